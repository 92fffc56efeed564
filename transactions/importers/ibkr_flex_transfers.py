"""Transfers of an Interactive Brokers Flex statement: ACATS, FOP, INTERNAL and the like."""

from collections.abc import Iterator
from decimal import Decimal

from pricing.money import EXACT, ZERO
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError
from transactions.importers.ibkr_flex_actions import units_row
from transactions.importers.ibkr_flex_statement import Statement, number, rejected
from transactions.importers.xml_reader import Element
from transactions.kinds import Kind


def parse_transfers(statement: Statement, elements: list[Element]) -> Iterator[Outcome]:
    whole = any(not _is_lot(element) for element in elements)
    for element in elements:
        if whole and _is_lot(element):
            yield Ignored(element.line, "lots of a transfer that is in the file")
            continue
        try:
            yield _transfer(statement, element)
        except RowError as error:
            yield rejected(element, str(error))


def _is_lot(element: Element) -> bool:
    return element.tag == "TransferLot" or "LOT" in element.values.get("levelOfDetail", "").upper()


def _transfer(statement: Statement, element: Element) -> Outcome:
    """Units or money from or to another account or broker, with their cost if it came along."""
    currency, factor = statement.currency(element)
    quantity = number(element, "quantity") or ZERO
    money = number(element, "cashTransfer") or ZERO
    if element.values.get("assetCategory") == "CASH":
        quantity, money = ZERO, money or quantity
    if not quantity and not money:
        return Ignored(element.line, "transfer that moves neither units nor money")
    kind = _direction(element, quantity or money)
    if quantity:
        row = units_row(statement, element, kind)
        # Zero until the other broker has told it, and never the market value (positionAmount).
        cost = number(element, "cost") if kind is Kind.TRANSFER_IN else None
        return row._replace(amount=EXACT.multiply(abs(cost), factor) if cost else None)
    when, has_time = statement.booked(element)
    return ParsedTransaction(
        line=element.line,
        when=when,
        kind=kind,
        currency=currency,
        amount=EXACT.multiply(abs(money), factor),
        fx_rate=statement.fx_rate(element, currency),
        has_time=has_time,
        external_id=element.values.get("transactionID", ""),
        description=element.values.get("description", ""),
        portfolio=statement.portfolio(element),
    )


def _direction(element: Element, moved: Decimal) -> Kind:
    direction = element.values.get("direction", "")
    if direction not in {"", "-", "IN", "OUT"}:
        raise RowError(f"the direction “{direction}” is not known; known are IN, OUT")
    if direction in {"IN", "OUT"}:
        return Kind.TRANSFER_IN if direction == "IN" else Kind.TRANSFER_OUT
    return Kind.TRANSFER_OUT if moved < 0 else Kind.TRANSFER_IN
