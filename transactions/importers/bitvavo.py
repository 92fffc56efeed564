"""Bitvavo: the transaction history as CSV.

``Timezone,Date,Time,Type,Currency,Amount,Quote Currency,Quote Price,Received / Paid Currency,Received / Paid
Amount,Fee currency,Fee amount,Status,Transaction ID,Address``; until 2022 with ``Price (EUR),EUR
received / paid`` in the middle. Newest first. Every row names its time zone.

Quirks: what was paid or received has the fee in it. The fee of a withdrawal comes on top of its amount.
Rewards have no value. Amounts carry the noise of binary fractions (0.010713949999999999); it is
kept, because it is what the balance is made of.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pricing.money import EXACT, ZERO, parse_number
from pricing.readers import Header, ImporterError, Source, has_columns
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    RowError,
)
from transactions.importers.coins import Coins, Event, Leg
from transactions.importers.figures import rejected, required
from transactions.importers.picking import Picker
from transactions.kinds import Kind

_EURO_PAID = "EUR received / paid"
_LAYOUTS = (
    has_columns("Timezone", "Date", "Time", "Type", "Currency", "Amount", "Received / Paid Amount"),
    has_columns("Timezone", "Date", "Time", "Type", "Currency", "Amount", _EURO_PAID),
)
_COLUMNS = (
    *(("Timezone",), ("Date",), ("Time",), ("Type",), ("Currency",), ("Amount",)),
    *(("Quote Price", "Price (EUR)"), ("Received / Paid Currency",)),
    *(("Received / Paid Amount", _EURO_PAID), ("Fee currency",), ("Fee amount",)),
    *(("Status",), ("Transaction ID",)),
)
_REQUIRED = ("Timezone", "Date", "Time", "Type", "Currency", "Amount")
_HAPPENED = frozenset({"completed", "distributed"})
_DID_NOT = frozenset(
    {
        *("pending", "canceled", "cancelled", "failed", "rejected", "expired", "processing"),
        *("awaiting processing", "awaiting email confirmation", "awaiting bitvavo inspection"),
    }
)


class Bitvavo(Importer):
    format = "bitvavo"
    broker = "Bitvavo"
    tracks_cash = True

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_history) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_history)
        if header is None:
            raise ImporterError("The header line of a Bitvavo transaction history is missing.")
        return _History(header).outcomes(source.records(header))


def _is_history(cells: list[str]) -> bool:
    return any(matches(cells) for matches in _LAYOUTS)


class _Row(NamedTuple):
    """A row whose event happened. ``paid`` is the money or coin on the other side of a trade."""

    type: str
    leg: Leg
    gains: bool
    price: Decimal | None
    paid: Leg | None
    fee: Leg | None


class _History:
    """The state of reading one file."""

    def __init__(self, header: Header) -> None:
        self.picker = Picker(header, _COLUMNS, _REQUIRED)
        self.delimiter = header.delimiter
        self.coins = Coins()
        self.quote = "EUR" if header.find(_EURO_PAID) is not None else ""

    def outcomes(self, records: Iterator[tuple[int, list[str]]]) -> Iterator[Outcome]:
        for line, cells in records:
            try:
                yield from self._outcomes(line, cells)
            except ValueError as error:
                yield rejected(line, error, cells, self.delimiter)

    def _outcomes(self, line: int, record: list[str]) -> list[Outcome]:
        (zone, day, time, kind, coin, amount_cell, price, quote, paid_cell, fee_coin, fee_cell,
         status, id) = self.picker.cells(record)  # fmt: skip
        if status.lower() in _DID_NOT:
            return [Ignored(line, f"nothing happened: the status is “{status}”")]
        if status.lower() not in _HAPPENED:
            raise RowError(f"the status “{status}” is not known; known are Completed, Distributed")
        read = _READERS.get(kind.lower())
        if read is None:
            raise RowError(f"the type “{kind}” is not known; known are {', '.join(_READERS)}")
        amount = required(amount_cell, "Amount")
        if not amount:
            raise RowError("the column “Amount” is zero")
        paid, fee = _stated(paid_cell), _stated(fee_cell)
        row = _Row(
            kind.lower(),
            Leg(amount.copy_abs(), coin),
            amount > 0,
            _stated(price),
            None if paid is None else Leg(paid.copy_abs(), quote or self.quote),
            Leg(fee.copy_abs(), fee_coin or coin) if fee else None,
        )
        # Everything at Bitvavo is quoted in euros; rewards have no value in any money.
        event = Event(line, _instant(zone, day, time), "EUR", id, kind)
        return [*read(self, event, row)]

    def bought(self, event: Event, row: _Row) -> list[ParsedTransaction]:
        """What was paid has the fee in it, if both are the same money or coin."""
        paid, fees = _other_side(row), [row.fee] if row.fee else []
        included = row.fee.amount if row.fee and row.fee.asset == paid.asset else ZERO
        gross = paid._replace(amount=EXACT.subtract(paid.amount, included))
        return self._priced(row, self.coins.exchange(event, [gross], [row.leg], fees))

    def sold(self, event: Event, row: _Row) -> list[ParsedTransaction]:
        paid, fees = _other_side(row), [row.fee] if row.fee else []
        included = row.fee.amount if row.fee and row.fee.asset == paid.asset else ZERO
        gross = paid._replace(amount=EXACT.add(paid.amount, included))
        return self._priced(row, self.coins.exchange(event, [row.leg], [gross], fees))

    def _priced(self, row: _Row, found: list[ParsedTransaction]) -> list[ParsedTransaction]:
        """A trade in money has the price of the file; one in coins has a price in coins."""
        if len(found) > 1 or row.price is None:
            return found
        return [found[0]._replace(price=row.price)]

    def moved(self, event: Event, row: _Row) -> list[ParsedTransaction]:
        return self.coins.moved(event, row.leg, row.gains, row.fee)

    def earned(self, event: Event, row: _Row, kind: Kind = Kind.STAKING) -> list[ParsedTransaction]:
        if not row.gains:
            return self.moved(event, row)
        return [self.coins.income(event, row.leg, kind)]

    def given(self, event: Event, row: _Row) -> list[ParsedTransaction]:
        return self.earned(event, row, Kind.AIRDROP)


_Reader = Callable[[_History, Event, _Row], list[ParsedTransaction]]
_READERS: dict[str, _Reader] = {
    "buy": _History.bought,
    "sell": _History.sold,
    "staking": _History.earned,
    "fixed_staking": _History.earned,
    "deposit": _History.moved,
    "withdrawal": _History.moved,
    "withdrawal_cancelled": _History.moved,
    "internal_transfer": _History.moved,
    "external_transferred_funds": _History.moved,
    "affiliate": _History.given,
    "rebate": _History.given,
    "distribution": _History.given,
    "campaign_new_user_incentive": _History.given,
    "manually_assigned_bitvavo": _History.given,
}


def _stated(text: str) -> Decimal | None:
    """A number, or None at once: most cells of most rows are empty."""
    return parse_number(text) if text else None


def _other_side(row: _Row) -> Leg:
    if row.paid is None:
        raise RowError("the column “Received / Paid Amount” is empty")
    return row.paid


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise RowError(f"the time zone “{name[:60]}” is not known") from None


def _instant(zone: str, day: str, time: str) -> datetime:
    place = _zone(zone)
    try:
        return datetime.fromisoformat(f"{day} {time}").replace(tzinfo=place)
    except ValueError:
        raise RowError(f"“{day} {time}” is not a date") from None
