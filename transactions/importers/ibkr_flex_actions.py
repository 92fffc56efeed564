"""Corporate actions and transfers of an Interactive Brokers Flex statement.

A corporate action is told by what it does: units added to the instrument it is about are a split, one
instrument out for one in carries the cost over, units with money are a sale or a purchase.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from pricing.money import EXACT, ONE, ZERO
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError
from transactions.importers.ibkr_flex_statement import (
    DERIVATIVES,
    Statement,
    number,
    rejected,
)
from transactions.importers.xml_reader import Element
from transactions.kinds import Kind

# Interactive Brokers' codes; what each record does is read from its figures.
ACTIONS = {
    "BC": "bond conversion",
    "BM": "bond maturity",
    "CC": "contract consolidation",
    "CD": "cash dividend",
    "CH": "choice dividend",
    "CI": "convertible issue",
    "CO": "contract spin-off",
    "CP": "coupon payment",
    "CS": "contract split",
    "CT": "CFD termination",
    "DI": "rights issue as dividend",
    "DW": "delisted, worthless",
    "ED": "expired dividend right",
    "FA": "fee allocation",
    "FI": "forward split issue",
    "FS": "forward split",
    "GV": "voluntary offer",
    "HD": "choice dividend delivery",
    "HI": "choice dividend issue",
    "IC": "change of ISIN or CUSIP",
    "OR": "asset purchase",
    "PI": "purchase issue",
    "PV": "proxy vote",
    "RI": "rights issue",
    "RS": "reverse split",
    "SD": "stock dividend",
    "SO": "spin-off",
    "SR": "subscription of rights",
    "TC": "merger",
    "TI": "tender issue",
    "TO": "tender",
}
# These end a position for nothing, which realises the loss of all its cost.
_WORTHLESS = {"DW", "ED"}
# These give units of the instrument that is held, if the record's instrument is the one it is about.
_ADDS_UNITS = {"FS", "RS", "FI", "SD", "HI", "CS"}
_INCOME = {"CD": Kind.DIVIDEND, "CP": Kind.INTEREST}

_ABOUT = re.compile(r"\s*([^()]+?)\s*\(([A-Z0-9]{9,12})\)")


def parse_actions(statement: Statement, elements: list[Element]) -> Iterator[Outcome]:
    events: dict[tuple[str, ...], list[Element]] = defaultdict(list)
    for element in elements:
        events[_event(element)].append(element)
    for event in events.values():
        try:
            yield from _event_outcomes(statement, event)
        except RowError as error:
            for element in event:
                yield rejected(element, str(error))


def _event(element: Element) -> tuple[str, ...]:
    values = element.values
    if values.get("actionID"):
        return (values["actionID"],)
    # Without an id: all records of one event share the text up to "(SYMBOL, NAME, ISIN)".
    text = values.get("description", "").rpartition(" (")[0]
    return (values.get("type", ""), values.get("dateTime", ""), values.get("reportDate", ""), text)


def _event_outcomes(statement: Statement, event: list[Element]) -> Iterator[Outcome]:
    """All outcomes of one event or none: half a merger would leave a position that never was."""
    for element in event:
        if element.values.get("type", "") not in ACTIONS:
            stated = element.values.get("type", "")
            raise RowError(f"the type “{stated}” is not known; known are {', '.join(ACTIONS)}")
    leaving = [element for element in event if _quantity(element) < 0]
    coming = [element for element in event if _quantity(element) > 0]
    if len(leaving) == len(coming) == 1 and all(map(_quantity, event)):
        yield from list(_replacement(statement, leaving[0], coming[0]))
    else:
        yield from [_single(statement, element) for element in event]


def _replacement(statement: Statement, old: Element, new: Element) -> Iterator[Outcome]:
    """One instrument out for another in: the lots move over with their cost and dates."""
    leaving, coming = statement.securities.required(old), statement.securities.required(new)
    units = _units(old), _units(new)
    if leaving == coming:
        if units[0] == units[1]:
            for element in (old, new):
                yield Ignored(element.line, "corporate action that another record takes back")
            return
        # A reverse split may state all old units out and all new ones in.
        yield _row(statement, new, Kind.SPLIT)._replace(
            quantity=units[1] - units[0], merged_lines=(old.line,)
        )
        return
    paid = _proceeds(statement, old) + _proceeds(statement, new)
    if paid:
        # Shares and money for the old shares: the money is cost given back, beyond it gain, before
        # the rest of the cost moves on.
        kind = Kind.RETURN_OF_CAPITAL
        yield _row(statement, old, kind)._replace(amount=paid, quantity=None)
    group = f"corporate action {old.values.get('transactionID') or old.line}"
    yield _row(statement, old, Kind.TRANSFER_OUT)._replace(group=group)
    yield _row(statement, new, Kind.TRANSFER_IN)._replace(group=group)


def _single(statement: Statement, element: Element) -> Outcome:
    """A record that has no single counterpart."""
    quantity, proceeds = _quantity(element), _proceeds(statement, element)
    code = element.values["type"]
    if not quantity:
        if not proceeds:
            return Ignored(element.line, "corporate action that moves neither units nor money")
        if code not in _INCOME:
            raise RowError(f"the {ACTIONS[code]} moves money but states no quantity")
        row = _row(statement, element, _INCOME[code])
        return row._replace(amount=proceeds, quantity=None)
    if proceeds or (code in _WORTHLESS and quantity < 0):
        kind = Kind.SELL if quantity < 0 else Kind.BUY
        amount = proceeds if quantity < 0 else -proceeds
        return _row(statement, element, kind)._replace(amount=amount)
    if code in _ADDS_UNITS and _is_about_itself(statement, element):
        row = _row(statement, element, Kind.SPLIT)
        return row._replace(quantity=_units(element).copy_sign(quantity))
    # Cost unknown: a spin-off's share of its parent's cost is not in the file.
    return _row(statement, element, Kind.TRANSFER_OUT if quantity < 0 else Kind.TRANSFER_IN)


def _is_about_itself(statement: Statement, element: Element) -> bool:
    about = _ABOUT.match(element.values.get("description", ""))
    # The text about an option's split names the underlying.
    if about is None or element.values.get("assetCategory") in DERIVATIVES:
        return True
    own = statement.securities.required(element)
    numbers = {own.isin, element.values.get("isin", ""), element.values.get("securityID", "")}
    return about[2] in numbers or about[1] == own.ticker


def _quantity(element: Element) -> Decimal:
    return number(element, "quantity") or ZERO


def _proceeds(statement: Statement, element: Element) -> Decimal:
    proceeds = number(element, "proceeds") or ZERO
    return EXACT.multiply(proceeds, statement.currency(element)[1]) if proceeds else proceeds


def _units(element: Element) -> Decimal:
    units = abs(_quantity(element))
    if element.values.get("assetCategory") in DERIVATIVES:
        units *= number(element, "multiplier") or ONE
    return units


def _row(statement: Statement, element: Element, kind: Kind) -> ParsedTransaction:
    currency, _ = statement.currency(element)
    # A split takes effect overnight, before the first trade of the new units; the report's day
    # would put it among that day's trades.
    instant = element.values.get("dateTime", "")
    overnight = kind is Kind.SPLIT and instant
    when, has_time = statement.dates.moment(instant) if overnight else statement.booked(element)
    return ParsedTransaction(
        line=element.line,
        when=when,
        kind=kind,
        currency=currency,
        amount=ZERO if kind is Kind.SPLIT else None,
        security=statement.securities.required(element),
        quantity=_units(element),
        fx_rate=statement.fx_rate(element, currency),
        has_time=has_time,
        external_id=element.values.get("transactionID", ""),
        description=element.values.get("description", ""),
        portfolio=statement.portfolio(element),
    )


def parse_transfers(statement: Statement, elements: list[Element]) -> Iterator[Outcome]:
    for element in elements:
        try:
            yield _transfer(statement, element)
        except RowError as error:
            yield rejected(element, str(error))


def _transfer(statement: Statement, element: Element) -> Outcome:
    """Units or money from or to another account or broker; the cost does not come along."""
    currency, factor = statement.currency(element)
    quantity = _quantity(element)
    money = number(element, "cashTransfer") or ZERO
    if element.values.get("assetCategory") == "CASH":
        quantity, money = ZERO, money or quantity
    if not quantity and not money:
        return Ignored(element.line, "transfer that moves neither units nor money")
    kind = _direction(element, quantity or money)
    if quantity:
        return _row(statement, element, kind)
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
