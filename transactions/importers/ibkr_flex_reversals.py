"""Corporate actions of Interactive Brokers that were taken back.

A booking that was wrong is taken back by records with its signs turned and the code ``Ca``, and often made
anew, all under one id. What the wrong booking did and what takes it back are rows both, so that a file with
one of them is recognised beside a file with the other; see ``transactions.cancellations``. Without codes
records of a later day take back. Of one day they are an instrument that is exchanged for itself.
"""

import re
from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from pricing.money import ZERO
from transactions.cancellations import cancelling_id
from transactions.importers.base import ParsedTransaction
from transactions.importers.ibkr_flex_statement import Statement, number
from transactions.importers.xml_reader import Element
from transactions.kinds import INCOME, Kind

_CANCELLED = "Ca"
_OPPOSITE = {
    Kind.BUY: Kind.SELL,
    Kind.SELL: Kind.BUY,
    Kind.TRANSFER_IN: Kind.TRANSFER_OUT,
    Kind.TRANSFER_OUT: Kind.TRANSFER_IN,
}


class Bookings(NamedTuple):
    """The records of one event: what stands, what was taken back, and what takes back.

    ``reversals`` have their signs turned, so that they say what is taken back; ``cancelled`` are the ids
    of the records that they mean, by line.
    """

    standing: list[Element]
    undone: list[Element]
    reversals: list[Element]
    cancelled: dict[int, str]


class Pairing:
    """Finds the record that another one takes back: one instrument, all figures with their signs turned."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._open: dict[object, list[Element]] = defaultdict(list)

    def add(self, element: Element) -> None:
        self._open[self._figures(element)].append(element)

    def take(self, element: Element) -> Element | None:
        """The first of the added records that this one takes back; it is not found again."""
        found = self._open[self._figures(_turned(element))]
        return found.pop(0) if found else None

    def _figures(self, element: Element) -> object:
        security = self._statement.securities.required(element)
        return security, number(element, "quantity") or ZERO, number(element, "proceeds") or ZERO


def bookings(statement: Statement, event: list[Element]) -> Bookings:
    moving = [each for each in event if moves(each)]
    if any(map(_is_coded, moving)):
        pairs = _coded_pairs(statement, moving)
    else:
        pairs = _later_pairs(statement, moving)
    undone = [original for _, original in pairs if original is not None]
    taken = {element.line for element in (*undone, *(reversal for reversal, _ in pairs))}
    return Bookings(
        [element for element in event if element.line not in taken],
        undone,
        [_turned(reversal) for reversal, _ in pairs],
        {
            reversal.line: original.values.get("transactionID", "")
            for reversal, original in pairs
            if original is not None
        },
    )


def moves(element: Element) -> bool:
    return bool(number(element, "quantity") or number(element, "proceeds"))


_Pairs = list[tuple[Element, Element | None]]


def _coded_pairs(statement: Statement, event: list[Element]) -> _Pairs:
    """Reversals by their code, each with what it takes back if that is in the file."""
    pairing, pairs = Pairing(statement), _Pairs()
    # What is booked anew on the day of the reversal comes after what was booked before.
    for element in sorted(event, key=lambda each: statement.booked(each).when):
        if not _is_coded(element):
            pairing.add(element)
    for element in event:
        if _is_coded(element):
            pairs.append((element, pairing.take(element)))
    return pairs


def _later_pairs(statement: Statement, event: list[Element]) -> _Pairs:
    days: dict[datetime, list[Element]] = defaultdict(list)
    for element in event:
        days[statement.booked(element).when].append(element)
    if len(days) == 1:
        return []
    pairing, pairs = Pairing(statement), _Pairs()
    for day in sorted(days):
        found = [(element, pairing.take(element)) for element in days[day]]
        pairs += [pair for pair in found if pair[1] is not None]
        for element, original in found:
            if original is None:
                pairing.add(element)
    return pairs


def _is_coded(element: Element) -> bool:
    return _CANCELLED in re.split(r"[;,\s]+", element.values.get("code", ""))


def _turned(element: Element) -> Element:
    figures = {name: number(element, name) for name in ("quantity", "proceeds", "value")}
    values = {name: f"{figure.copy_negate():f}" for name, figure in figures.items() if figure}
    return element._replace(values=element.values | values)


def opposite(row: ParsedTransaction, found: Bookings) -> ParsedTransaction:
    """The row that takes back what this one says, with the id that says which one it means."""
    if row.kind is Kind.SPLIT:
        turned = row._replace(quantity=(row.quantity or ZERO).copy_negate())
    elif row.kind in _OPPOSITE:
        turned = row._replace(kind=_OPPOSITE[row.kind])
    else:
        turned = row._replace(amount=(row.amount or ZERO).copy_negate())
    if row.kind in INCOME:
        # Money that is taken back needs no partner: the sum is right.
        return turned
    # With a group of its own, a transfer is no leg of one between accounts.
    return turned._replace(
        external_id=cancelling_id(row.external_id, found.cancelled.get(row.line, "")),
        group=f"taken back {row.line}",
    )
