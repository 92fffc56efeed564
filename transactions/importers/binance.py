"""Binance: the transaction history (statement) as CSV.

``User_ID,UTC_Time,Account,Operation,Coin,Change,Remark``, in newer files ``User ID,Time,…``. One row for each
coin that an operation moves, in all wallets. ``UTC_Time`` is UTC; ``Time`` is in the zone that was chosen for
the export, which only the name of the file has, so that it is taken as the account's local time.

Quirks: nothing joins the rows of a trade but their second, and when it is paid with money, seconds lie
between them. A trade filled in parts has a row for each part. Moves between wallets and
into savings have both sides, or one that changes nothing. There is no value in money but for trades in it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from pricing.readers import Header, ImporterError, Source, has_columns
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    Rejected,
    RowError,
)
from transactions.importers.binance_words import SIDES, Rule, known_operations, rule_of
from transactions.importers.coins import (
    Coins,
    Event,
    Leg,
    home_currency,
    is_fiat,
    summed,
    utc_instant,
)
from transactions.importers.figures import RAW_LENGTH, rejected, required
from transactions.importers.picking import Picker
from transactions.kinds import Kind

_REQUIRED = ("UTC_Time", "Operation", "Coin", "Change")
_COLUMNS = (("UTC_Time", "Time"), ("Operation",), ("Coin",), ("Change",), ("Remark",))
_LAYOUTS = (
    has_columns("UTC_Time", "Account", "Operation", "Coin", "Change"),
    has_columns("Time", "Account", "Operation", "Coin", "Change"),
)
# How far apart the sides of one trade may be booked.
_WAIT_FOR_MONEY = timedelta(minutes=2)
_NEARLY_AT_ONCE = timedelta(seconds=2)
_SHORT_YEAR = "-"


class Binance(Importer):
    format = "binance"
    broker = "Binance"
    tracks_cash = True

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_statement) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_statement)
        if header is None:
            raise ImporterError("The header line of a Binance transaction history is missing.")
        outcomes = _Statement(header).outcomes(source.records(header))
        # In the order of the file, from which the order of equal instants follows.
        return iter(sorted(outcomes, key=attrgetter("line")))


def _is_statement(cells: list[str]) -> bool:
    return any(matches(cells) for matches in _LAYOUTS)


class _Row(NamedTuple):
    """One movement; ``raw`` is its text, because lists of cells would slow the collector down."""

    line: int
    raw: str
    when: datetime
    operation: str
    rule: Rule
    leg: Leg
    gains: bool
    remark: str


class _Statement:
    """The state of reading one file."""

    def __init__(self, header: Header) -> None:
        self.picker = Picker(header, _COLUMNS, _REQUIRED)
        self.delimiter = header.delimiter
        self.is_utc = header.find("UTC_Time") is not None
        self.coins = Coins()
        self.currency = "EUR"

    def outcomes(self, records: Iterator[tuple[int, list[str]]]) -> Iterator[Outcome]:
        groups: dict[tuple[object, ...], list[_Row]] = {}
        fees: dict[datetime, list[_Row]] = {}
        for line, cells in records:
            try:
                row = self._row(line, cells)
            except ValueError as error:
                yield rejected(line, error, cells, self.delimiter)
                continue
            if row.rule is Rule.HELD:
                yield Ignored(line, "a move between own wallets or savings: still held")
            elif not row.leg.amount:
                yield Ignored(line, "nothing moved")
            elif row.rule is Rule.FEE and not row.gains:
                fees.setdefault(row.when, []).append(row)
            else:
                groups.setdefault(_key(row), []).append(row)
        events = _joined(groups.values())
        # Any money will do for what has no value.
        self.currency = home_currency(row.leg.asset for rows in events for row in rows)
        for rows in events:
            paid = fees.pop(rows[0].when, []) if rows[0].rule in SIDES else []
            yield from self._event(rows, paid)
        for rows in fees.values():
            yield from self._event(rows, [])

    def _row(self, line: int, record: list[str]) -> _Row:
        time, operation, coin, change_cell, remark = self.picker.cells(record)
        rule = rule_of(operation)
        if rule is None:
            raise RowError(
                f"the operation “{operation}” is not known; known are {known_operations()}"
            )
        change = required(change_cell, "Change")
        leg = Leg(change.copy_abs(), coin)
        raw = self.delimiter.join(record)[:RAW_LENGTH]
        return _Row(line, raw, self._when(time), operation, rule, leg, change > 0, remark)

    def _when(self, text: str) -> datetime:
        when = utc_instant(f"20{text}" if text[2:3] == _SHORT_YEAR else text)
        # Naive on purpose: the local time of the account.
        return when if self.is_utc else when.replace(tzinfo=None)

    def _event(self, rows: list[_Row], fees: list[_Row]) -> list[Outcome]:
        try:
            return [*self._read(rows, fees)]
        except ValueError as error:
            return [Rejected(row.line, str(error), row.raw) for row in (*rows, *fees)]

    def _read(self, rows: list[_Row], fees: list[_Row]) -> list[ParsedTransaction]:
        rule = rows[0].rule
        if rule in SIDES:
            return self._trade(rows, fees)
        if rule in {Rule.RENAMED, Rule.GIVEN} and len({row.gains for row in rows}) > 1:
            return self._renamed(rows)
        return [one for row in rows for one in self._single(row)]

    def _trade(self, rows: list[_Row], fees: list[_Row]) -> list[ParsedTransaction]:
        event = self._of(rows[0], *rows[1:], *fees)
        out = summed(row.leg for row in rows if not row.gains)
        into = summed(row.leg for row in rows if row.gains)
        if rows[0].rule is Rule.FIAT and not out:
            # Paid by card: the money never was at Binance, and the file does not say how much.
            return [self.coins.units(event, Kind.BUY, leg) for leg in into]
        return self.coins.exchange(event, out, into, summed(row.leg for row in fees))

    def _renamed(self, rows: list[_Row]) -> list[ParsedTransaction]:
        """A coin that became another keeps its cost and dates."""
        found = []
        for row in rows:
            (moved,) = self.coins.moved(self._of(row), row.leg, row.gains)
            found.append(moved._replace(group=f"move-{rows[0].line}"))
        return found

    def _single(self, row: _Row) -> list[ParsedTransaction]:
        event = self._of(row)
        if row.rule in {Rule.FEE, Rule.RESULT}:
            if row.gains:
                return [self.coins.income(event, row.leg, Kind.AIRDROP)]
            return [self.coins.charge(event, row.leg)]
        if row.rule is Rule.PAID and not is_fiat(row.leg.asset):
            return [self.coins.units(event, Kind.BUY if row.gains else Kind.SELL, row.leg)]
        if row.rule in {Rule.EARNED, Rule.GIVEN} and row.gains:
            kind = Kind.STAKING if row.rule is Rule.EARNED else Kind.AIRDROP
            return [self.coins.income(event, row.leg, kind)]
        return self.coins.moved(event, row.leg, row.gains)

    def _of(self, row: _Row, *others: _Row) -> Event:
        return Event(
            row.line,
            row.when,
            self.currency,
            description=f"{row.operation} {row.remark}".rstrip(),
            merged_lines=tuple(other.line for other in others),
        )


def _key(row: _Row) -> tuple[object, ...]:
    """What rows of one event have in common."""
    if row.rule in SIDES or row.rule in {Rule.RENAMED, Rule.GIVEN}:
        return row.rule, row.when, row.remark if row.rule is Rule.FIAT else ""
    return (row.line,)


def _joined(groups: Iterable[list[_Row]]) -> list[list[_Row]]:
    """The events, where the two sides of one were booked at different seconds put together."""
    events: list[list[_Row]] = []
    waiting: dict[Rule, list[list[_Row]]] = {}
    for rows in sorted(groups, key=lambda rows: rows[0].when):
        first = rows[0]
        if first.rule not in SIDES or any(row.gains is not first.gains for row in rows):
            events.append(rows)
            continue
        alone = waiting.setdefault(first.rule, [])
        alone[:] = [other for other in alone if first.when - other[0].when <= _apart(first.rule)]
        other = next((other for other in alone if _belong_together(other[0], first)), None)
        if other is None:
            events.append(rows)
            alone.append(rows)
        else:
            alone.remove(other)
            other += rows
    return events


def _apart(rule: Rule) -> timedelta:
    return _WAIT_FOR_MONEY if rule is Rule.FIAT else _NEARLY_AT_ONCE


def _belong_together(one: _Row, other: _Row) -> bool:
    # The remark of a trade with money names the wallet or card, for both sides alike.
    same = one.rule is not Rule.FIAT or one.remark == other.remark
    return same and one.gains is not other.gains
