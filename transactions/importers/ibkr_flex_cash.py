"""Cash transactions and taxes of an Interactive Brokers Flex statement."""

import re
from collections.abc import Iterator

from pricing.money import EXACT
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError
from transactions.importers.ibkr_flex_statement import Statement, number, rejected
from transactions.importers.xml_reader import Element
from transactions.kinds import CASH_SIGN, Kind

# None: the sign of the amount tells (a deposit or a withdrawal).
CASH_TYPES: dict[str, Kind | None] = {
    "Deposits/Withdrawals": None,
    "Deposits & Withdrawals": None,
    "Deposits": None,
    "Withdrawals": None,
    "Bill Pay": None,
    "Dividends": Kind.DIVIDEND,
    "Payment In Lieu Of Dividends": Kind.DIVIDEND,
    "Withholding Tax": Kind.TAX,
    "871(m) Withholding": Kind.TAX,
    "Broker Interest Received": Kind.INTEREST,
    "Broker Interest Paid": Kind.INTEREST,
    "Bond Interest Received": Kind.INTEREST,
    "Bond Interest Paid": Kind.INTEREST,
    "Other Fees": Kind.FEE,
    "Broker Fees": Kind.FEE,
    "Advisor Fees": Kind.FEE,
    "Management Fees": Kind.FEE,
    "Commission Adjustments": Kind.FEE,
    "Price Adjustments": Kind.FEE,
    "Carbon Credits": Kind.FEE,
    # Rewards and the like, which belong to no instrument.
    "Other Income": Kind.INTEREST,
}
# "(Return of Capital)" at the end of a dividend's text: no income, but cost given back.
_RETURN_OF_CAPITAL = re.compile(r"return of capital", re.IGNORECASE)


def parse_cash(statement: Statement, elements: list[Element]) -> Iterator[Outcome]:
    detailed = any(element.values.get("levelOfDetail") == "DETAIL" for element in elements)
    for element in elements:
        if detailed and element.values.get("levelOfDetail") == "SUMMARY":
            yield Ignored(element.line, "sum of cash transactions that are in the file")
        elif element.values.get("accountId") == "-":
            yield Ignored(element.line, "sum over several accounts")
        else:
            try:
                yield _cash(statement, element)
            except RowError as error:
                yield rejected(element, str(error))


def _cash(statement: Statement, element: Element) -> Outcome:
    stated = element.values.get("type", "")
    if stated not in CASH_TYPES:
        raise RowError(f"the type “{stated}” is not known; known are {', '.join(CASH_TYPES)}")
    amount = number(element, "amount")
    if amount is None:
        raise RowError("the amount is missing; include it in the Flex query")
    if not amount:
        return Ignored(element.line, "cash transaction over nothing")
    description = element.values.get("description", "")
    kind = CASH_TYPES[stated] or (Kind.DEPOSIT if amount > 0 else Kind.WITHDRAWAL)
    security = None
    if kind is Kind.DIVIDEND:
        security = statement.securities.required(element)
        if _RETURN_OF_CAPITAL.search(description):
            kind = Kind.RETURN_OF_CAPITAL
    elif kind not in {Kind.DEPOSIT, Kind.WITHDRAWAL}:
        security = statement.securities.of(element)
    currency, factor = statement.currency(element)
    when, has_time = statement.booked(element)
    return ParsedTransaction(
        line=element.line,
        when=when,
        kind=kind,
        currency=currency,
        # The sign of the file is that of the cash; ours is that of the kind.
        amount=EXACT.multiply(amount, CASH_SIGN[kind] * factor),
        security=security,
        fx_rate=statement.fx_rate(element, currency),
        has_time=has_time,
        external_id=element.values.get("transactionID", ""),
        description=description,
        portfolio=statement.portfolio(element),
    )


def parse_taxes(statement: Statement, elements: list[Element]) -> Iterator[Outcome]:
    """Sales taxes on fees, and transaction taxes that were not folded into their trade."""
    for element in elements:
        try:
            yield _tax(statement, element)
        except RowError as error:
            yield rejected(element, str(error))


def _tax(statement: Statement, element: Element) -> Outcome:
    values = element.values
    name = "salesTax" if element.tag == "SalesTax" else "taxAmount"
    amount = number(element, name)
    if amount is None:
        raise RowError(f"{name} is missing; include it in the Flex query")
    if not amount:
        return Ignored(element.line, "tax of nothing")
    currency, factor = statement.currency(element)
    when, has_time = statement.booked(element)
    return ParsedTransaction(
        line=element.line,
        when=when,
        kind=Kind.TAX,
        currency=currency,
        amount=EXACT.multiply(-amount, factor),
        security=statement.securities.of(element),
        fx_rate=statement.fx_rate(element, currency),
        has_time=has_time,
        external_id=values.get("transactionID", ""),
        description=values.get("taxableDescription", "") or values.get("taxDescription", ""),
        portfolio=statement.portfolio(element),
    )
