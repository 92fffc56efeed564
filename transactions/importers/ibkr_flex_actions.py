"""Corporate actions of an Interactive Brokers Flex statement.

One is told by what it does: units added to the instrument it is about are a split, an instrument out
for another in carries the cost over, units with money are a sale or a purchase.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from pricing.money import EXACT, ONE, ZERO
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.importers.ibkr_flex_reversals import Pairing, bookings, moves, opposite
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
    "CA": "cash compensation",
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
        events[statement.account_of(element), *_event(element)].append(element)
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
    found = bookings(statement, event)
    outcomes = [*_booked(statement, found.undone), *_booked(statement, found.standing)]
    for row in _booked(statement, found.reversals):
        outcomes.append(opposite(row, found) if isinstance(row, ParsedTransaction) else row)
    yield from outcomes


def _booked(statement: Statement, records: list[Element]) -> Iterator[Outcome]:
    """What records of one event did together, of which none takes back what a day before did."""
    undone = _undone(statement, records)
    for element in undone:
        yield Ignored(element.line, "corporate action that another record takes back")
    records = [element for element in records if element not in undone]
    leaving = _sums(statement, [each for each in records if _quantity(each) < 0])
    coming = _sums(statement, [each for each in records if _quantity(each) > 0])
    if len(leaving) == 1 and coming:
        money = _paid_alone(records)
        yield from _replacement(statement, leaving[0], coming, money)
        records = [each for each in records if not _quantity(each) and each not in money]
    for element in records:
        yield _single(statement, element)


def _undone(statement: Statement, records: list[Element]) -> list[Element]:
    undone: list[Element] = []
    pairing = Pairing(statement)
    for element in filter(moves, records):
        other = pairing.take(element)
        if other is None:
            pairing.add(element)
        else:
            undone += [other, element]
    return undone


class _Sum(NamedTuple):
    """What an event does to one instrument: a record with the figures of all, and the others' lines."""

    element: Element
    merged_lines: tuple[int, ...]


def _sums(statement: Statement, elements: list[Element]) -> list[_Sum]:
    alike: dict[tuple[Security, str], list[Element]] = defaultdict(list)
    for element in elements:
        key = statement.securities.required(element), element.values.get("currency", "")
        alike[key].append(element)
    return [_sum(records) for records in alike.values()]


def _sum(records: list[Element]) -> _Sum:
    first, *others = records
    if not others:
        return _Sum(first, ())
    values = dict(first.values)
    for name in ("quantity", "proceeds", "value"):
        total = ZERO
        for element in records:
            total = EXACT.add(total, number(element, name) or ZERO)
        values[name] = f"{total:f}"
    return _Sum(first._replace(values=values), tuple(element.line for element in others))


def _paid_alone(event: list[Element]) -> list[Element]:
    """Records of an exchange that hold nothing but money paid with it."""
    return [
        element
        for element in event
        if not _quantity(element)
        and number(element, "proceeds")
        and element.values["type"] not in _INCOME
    ]


def _replacement(
    statement: Statement, old: _Sum, coming: list[_Sum], money: list[Element]
) -> Iterator[Outcome]:
    """One instrument out for others in: its lots move over with their cost and dates.

    Of several the shares of the highest value take all of the cost, as a parent keeps it in a spin-off.
    """
    leaving = statement.securities.required(old.element)
    new = max(coming, key=lambda each: _claim(statement, each.element, leaving))
    before, after = old.element, new.element
    replaced = statement.securities.required(after) != leaving
    lines = (*old.merged_lines, *(element.line for element in money))
    if not replaced:
        # A reverse split may state all old units out and all new ones in.
        lines = (*lines, after.line, *new.merged_lines)
    paid = _paid(statement, [before, after, *money])
    if paid:
        # Money for the old shares is cost given back, beyond it gain, before the rest of the cost
        # moves on; money that was paid for the new ones adds to it.
        row = units_row(statement, before, Kind.RETURN_OF_CAPITAL)
        yield row._replace(amount=paid, quantity=None, merged_lines=lines)
    if replaced:
        group = f"corporate action {before.values.get('transactionID') or before.line}"
        row = units_row(statement, before, Kind.TRANSFER_OUT)
        yield row._replace(group=group, merged_lines=lines)
        row = units_row(statement, after, Kind.TRANSFER_IN)
        yield row._replace(group=group, merged_lines=new.merged_lines)
    elif _units(after) != _units(before):
        row = units_row(statement, after, Kind.SPLIT)
        merged = (before.line, *(line for line in lines if line != after.line))
        yield row._replace(quantity=_units(after) - _units(before), merged_lines=merged)
    for other in coming:
        if other is not new:
            row = units_row(statement, other.element, Kind.TRANSFER_IN)
            yield row._replace(merged_lines=other.merged_lines)


def _claim(statement: Statement, element: Element, leaving: Security) -> tuple[bool, bool, Decimal]:
    """How much speaks for an instrument as the one that goes on with the cost of ``leaving``."""
    return (
        statement.securities.required(element) == leaving,
        element.values.get("assetCategory") == "STK",
        number(element, "value") or ZERO,
    )


def _paid(statement: Statement, elements: list[Element]) -> Decimal:
    paid = [element for element in elements if number(element, "proceeds")]
    if len({statement.currency(element)[0] for element in paid}) > 1:
        raise RowError("the money of this corporate action is in several currencies")
    total = ZERO
    for element in paid:
        total = EXACT.add(total, _proceeds(statement, element))
    return total


def _single(statement: Statement, element: Element) -> Outcome:
    """A record that has no single counterpart."""
    quantity, proceeds = _quantity(element), _proceeds(statement, element)
    code = element.values["type"]
    if not quantity:
        if not proceeds:
            return Ignored(element.line, "corporate action that moves neither units nor money")
        if code not in _INCOME:
            raise RowError(f"the {ACTIONS[code]} moves money but states no quantity")
        row = units_row(statement, element, _INCOME[code])
        return row._replace(amount=proceeds, quantity=None)
    if proceeds or (code in _WORTHLESS and quantity < 0):
        kind = Kind.SELL if quantity < 0 else Kind.BUY
        amount = proceeds if quantity < 0 else -proceeds
        return units_row(statement, element, kind)._replace(amount=amount)
    if code in _ADDS_UNITS and _is_about_itself(statement, element):
        row = units_row(statement, element, Kind.SPLIT)
        return row._replace(quantity=_units(element).copy_sign(quantity))
    # Cost unknown: a spin-off's share of its parent's cost is not in the file.
    return units_row(statement, element, Kind.TRANSFER_OUT if quantity < 0 else Kind.TRANSFER_IN)


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


def units_row(statement: Statement, element: Element, kind: Kind) -> ParsedTransaction:
    """A record of an instrument as a transaction of this kind, without money."""
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
