"""Which rows of a file are in the ledger already. Pure: compares two streams of rows by time.

Rows are equal when account, instant, instrument, quantity and type are; the comparison is one of
multisets, because two real fills can be equal in everything. See docs/importers.md.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from operator import attrgetter
from typing import NamedTuple

from pricing.money import to_amount, to_quantity
from transactions.cancellations import CANCELS, are_different
from transactions.kinds import INCOME_IN_KIND, Kind

DAY = timedelta(days=1)
CENT = Decimal("0.01")
# Booked daily in equal amounts by many brokers, so that yesterday's is no sign of a duplicate.
DAILY_KINDS = frozenset({Kind.INTEREST, Kind.FEE, Kind.TAX, *INCOME_IN_KIND})


class Verdict(IntEnum):
    """What became of a row of the file; of several that apply to one record the highest counts."""

    IGNORED = 1
    DUPLICATE = 2
    LIKELY_DUPLICATE = 3
    CONFLICT = 4
    IMPORTED = 5
    REJECTED = 6


class Row(NamedTuple):
    """One transaction to be, as it would be stored. ``sequence`` is its place in the file's day."""

    at: datetime
    day: date
    kind: Kind
    ticker: str | None
    quantity: Decimal | None
    price: Decimal | None
    amount: Decimal | None
    currency: str
    fee: Decimal
    fee_currency: str
    tax: Decimal
    fx_rate: Decimal | None
    has_time: bool
    external_id: str
    group: str
    description: str
    line: int
    merged_lines: tuple[int, ...]
    sequence: int


class Stored(NamedTuple):
    """What is compared of a stored transaction."""

    at: datetime
    kind: str
    ticker: str | None
    quantity: Decimal | None
    price: Decimal | None
    amount: Decimal | None
    currency: str
    external_id: str
    occurrence: int
    line: int | None
    file: str


class Match(NamedTuple):
    """The verdict on one row: the stored row it met, or the occurrence to store it under."""

    row: Row
    verdict: Verdict
    occurrence: int
    stored: Stored | None


def match(rows: Sequence[Row], stored: Iterable[Stored]) -> Iterator[Match | Stored]:
    """Merge the file's rows with the stored ones, both sorted by instant.

    Yields a Match for every row, and every stored row that no row of the file met.
    """
    pending = iter(stored)
    ahead = next(pending, None)
    index, count = 0, len(rows)
    while index < count:
        at = rows[index].at
        while ahead is not None and ahead.at < at:
            yield ahead
            ahead = next(pending, None)
        end = index + 1
        while end < count and rows[end].at == at:
            end += 1
        if end == index + 1 and (ahead is None or ahead.at > at):
            # Nearly every row of a new file: nothing else happened at that instant.
            yield Match(rows[index], Verdict.IMPORTED, 1, None)
        else:
            held: list[Stored] = []
            while ahead is not None and ahead.at == at:
                held.append(ahead)
                ahead = next(pending, None)
            yield from _match_instant(rows[index:end], held)
        index = end
    while ahead is not None:
        yield ahead
        ahead = next(pending, None)


def _match_instant(rows: Sequence[Row], held: list[Stored]) -> Iterator[Match | Stored]:
    by_key: dict[tuple[object, ...], list[Stored]] = defaultdict(list)
    for stored in held:
        by_key[stored.ticker, stored.quantity, stored.kind].append(stored)
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.ticker, row.quantity, row.kind.value].append(row)
    for key, group in groups.items():
        yield from _match_key(group, by_key.pop(key, []))
    for rest in by_key.values():
        yield from rest


def _match_key(rows: list[Row], held: list[Stored]) -> Iterator[Match | Stored]:
    occurrence = max((stored.occurrence for stored in held), default=0)
    unmet = list(held)
    left: list[Row] = []
    for row in rows:
        twin = next((stored for stored in unmet if _same(row, stored)), None)
        if twin is None:
            left.append(row)
            continue
        unmet.remove(twin)
        yield Match(row, Verdict.DUPLICATE, 0, twin)
    for row in left:
        rival = next((stored for stored in unmet if _contradicts(row, stored)), None)
        if rival is not None:
            unmet.remove(rival)
            yield Match(row, Verdict.CONFLICT, 0, rival)
            continue
        occurrence += 1
        yield Match(row, Verdict.IMPORTED, occurrence, None)
    yield from unmet


def _same(row: Row, stored: Stored) -> bool:
    return (
        row.amount == stored.amount
        and row.currency == stored.currency
        and _price(row) == stored.price
        and not _different_ids(row, stored)
    )


def _price(row: Row) -> Decimal | None:
    return None if row.price is None else to_quantity(row.price)


def _different_ids(row: Row, stored: Stored) -> bool:
    mine, other = row.external_id, stored.external_id
    if CANCELS in mine or CANCELS in other:
        return are_different(mine, other)
    return bool(mine and other and mine != other)


def _contradicts(row: Row, stored: Stored) -> bool:
    """Equal in all but price, amount or currency. Money without units is told apart by nothing else."""
    return row.quantity is not None and not _different_ids(row, stored)


Place = tuple[date, int]


def place_of(row: Row) -> Place:
    """What tells the rows of one file apart: the day and the place within it."""
    return row.day, row.sequence


def likely_duplicates(new: Sequence[Row], unmet: Iterable[Stored]) -> dict[Place, Stored]:
    """Pair new rows with stored ones that are probably the same event told by another export.

    Same type, quantity, and amount within a cent; then either the same instrument with a time off by
    up to a day, or another ticker at the same instant (a renamed one). Each stored row is used once.
    Returns the stored row by the new row's place.
    """
    wanted = {(row.kind.value, row.quantity) for row in new}
    candidates: dict[tuple[str, Decimal | None], list[Stored]] = defaultdict(list)
    for stored in sorted(unmet, key=_instant_of):
        if (stored.kind, stored.quantity) in wanted:
            candidates[stored.kind, stored.quantity].append(stored)
    found: dict[Place, Stored] = {}
    for row in new:
        options = candidates.get((row.kind.value, row.quantity))
        if not options:
            continue
        # Only a day around the row: money of one kind can be thousands of rows.
        first = bisect_left(options, row.at - DAY, key=_instant_of)
        end = bisect_right(options, row.at + DAY, key=_instant_of)
        twin = min(
            (place for place in range(first, end) if _is_likely(row, options[place])),
            key=lambda place: abs(options[place].at - row.at),
            default=None,
        )
        if twin is not None:
            found[place_of(row)] = options.pop(twin)
    return found


_instant_of = attrgetter("at")


def _is_likely(row: Row, stored: Stored) -> bool:
    if _different_ids(row, stored) or row.currency != stored.currency:
        return False
    if not _close(row.amount, stored.amount):
        return False
    if row.ticker == stored.ticker:
        if row.kind in DAILY_KINDS:
            return row.at.date() == stored.at.date()
        return abs(row.at - stored.at) <= DAY
    # A reward of nothing known at the same second would be a poor witness for a renaming.
    return bool(row.ticker and stored.ticker and row.amount) and row.at == stored.at


def _close(one: Decimal | None, other: Decimal | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(to_amount(one) - other) <= CENT
