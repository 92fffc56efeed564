"""Corporate actions of Revolut Invest, which the file spreads over several rows.

A split may come as the old quantity out and the new one in; a merger or a change of symbol as two
rows with different tickers; a takeover as shares out and cash in. So these rows are kept back until
the file has been read, and settled together. What keeps the positions right:

* a split pair becomes one SPLIT by the difference;
* shares out and other shares in at the same moment are TRANSFER_OUT and TRANSFER_IN of one
  ``group``, so that cost can move along; the cost of shares that come alone is unknown;
* shares out for cash are a SELL;
* cash for which the file names no shares is a RETURN_OF_CAPITAL.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from functools import reduce
from typing import NamedTuple

from pricing.money import EXACT, ZERO
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.kinds import Kind

# Both legs of a merger are booked within the same second, as a rule some milliseconds apart.
PAIR_WINDOW = timedelta(seconds=2)
# The cash of a takeover may be booked some hours after the shares are gone.
CASH_WINDOW = timedelta(days=3)
# More rows than this of one day, or payments of one security, are no merger; matching each with
# each would only cost time.
MOST_TO_MATCH = 50


class Action(Enum):
    SPLIT = auto()
    EXCHANGE = auto()
    CASH = auto()


class CorporateAction(NamedTuple):
    """One row; ``quantity`` is signed, ``amount`` the cash of the row (zero where it has none)."""

    line: int
    action: Action
    when: datetime
    has_time: bool
    security: Security
    quantity: Decimal | None
    amount: Decimal
    currency: str
    fx_rate: Decimal | None
    description: str

    def booked(
        self, kind: Kind, amount: Decimal | None, quantity: Decimal | None, group: str = ""
    ) -> ParsedTransaction:
        return ParsedTransaction(
            line=self.line,
            when=self.when,
            kind=kind,
            currency=self.currency,
            amount=amount,
            security=self.security,
            quantity=quantity,
            fx_rate=self.fx_rate,
            has_time=self.has_time,
            group=group,
            description=self.description,
        )


def checked(row: CorporateAction) -> CorporateAction:
    """The row if it carries the quantity or cash that its action needs; raises RowError else."""
    if row.action is Action.CASH:
        if not row.quantity and not row.amount:
            raise RowError(f"a “{row.description}” without quantity and without amount")
    elif not row.quantity:
        raise RowError(f"a “{row.description}” needs a quantity of shares other than zero")
    return row


def settle(rows: list[CorporateAction]) -> Iterator[Outcome]:
    """The outcomes of all corporate actions of one file, each row in exactly one."""
    yield from _splits([row for row in rows if row.action is Action.SPLIT])
    yield from _exchanges(
        [row for row in rows if row.action is Action.EXCHANGE],
        [row for row in rows if row.action is Action.CASH],
    )


def _splits(rows: list[CorporateAction]) -> Iterator[Outcome]:
    by_day: dict[tuple[Security, date], list[CorporateAction]] = defaultdict(list)
    for row in rows:
        by_day[row.security, row.when.date()].append(row)
    for same in by_day.values():
        removed = any(_quantity(row) < 0 for row in same)
        received = any(_quantity(row) > 0 for row in same)
        if removed and received:
            # Old quantity out and new one in: alone, the first row would empty the position.
            yield from _netted_split(same)
        else:
            for row in same:
                yield row.booked(Kind.SPLIT, None, row.quantity)


def _netted_split(rows: list[CorporateAction]) -> Iterator[Outcome]:
    added = reduce(EXACT.add, map(_quantity, rows))
    if not added:
        for row in rows:
            yield Ignored(row.line, "split rows that cancel each other out")
        return
    last = max(rows, key=lambda row: row.when)
    merged = tuple(row.line for row in rows if row is not last)
    yield last.booked(Kind.SPLIT, None, added)._replace(merged_lines=merged)


def _exchanges(shares: list[CorporateAction], cash: list[CorporateAction]) -> Iterator[Outcome]:
    partners = _partners(shares)
    payments = _payments([row for row in shares if row.line not in partners], cash)
    for row in shares:
        kind = Kind.TRANSFER_OUT if _quantity(row) < 0 else Kind.TRANSFER_IN
        quantity = _quantity(row).copy_abs()
        paid = payments.pop(row.line, None)
        if paid is not None:
            cash.remove(paid)
            yield paid.booked(Kind.SELL, paid.amount, quantity)._replace(merged_lines=(row.line,))
        elif row.line in partners:
            first = min(row.line, partners[row.line].line)
            yield row.booked(kind, None, quantity, group=f"exchange-{first}")
        else:
            yield row.booked(kind, None, quantity)
    gone = {
        row.security: (row, partners[row.line])
        for row in shares
        if row.line in partners and _quantity(row) < 0
    }
    for row in cash:
        if row.quantity:
            yield row.booked(Kind.SELL, row.amount, row.quantity.copy_abs())
        else:
            returned = row.booked(Kind.RETURN_OF_CAPITAL, row.amount, None)
            yield returned._replace(security=_holder(row, gone.get(row.security)))


def _holder(
    cash: CorporateAction, exchange: tuple[CorporateAction, CorporateAction] | None
) -> Security:
    """Which shares carry the cost that cash on top of a merger cuts: the old ones, as long as they
    are there; on a day without times capital is returned before anything moves."""
    if exchange is None:
        return cash.security
    out, into = exchange
    moved = cash.has_time and out.has_time and cash.when > out.when
    return into.security if moved else out.security


def _partners(shares: list[CorporateAction]) -> dict[int, CorporateAction]:
    """For every row with exactly one counterpart at the same moment: that row, by line."""
    by_day: dict[date, list[CorporateAction]] = defaultdict(list)
    for row in shares:
        by_day[row.when.date()].append(row)
    counterparts = {
        row.line: [other for other in same if _are_counterparts(row, other)]
        for same in by_day.values()
        if len(same) <= MOST_TO_MATCH
        for row in same
    }
    return {
        line: found[0]
        for line, found in counterparts.items()
        if len(found) == 1 and len(counterparts[found[0].line]) == 1
    }


def _are_counterparts(row: CorporateAction, other: CorporateAction) -> bool:
    return (
        row.security != other.security
        and (_quantity(row) < 0) != (_quantity(other) < 0)
        and (not row.has_time or not other.has_time or abs(row.when - other.when) <= PAIR_WINDOW)
    )


def _payments(
    shares: list[CorporateAction], cash: list[CorporateAction]
) -> dict[int, CorporateAction]:
    """The cash row that pays for shares that were taken away, by the line of the shares."""
    by_security: dict[Security, list[CorporateAction]] = defaultdict(list)
    for row in cash:
        if not row.quantity:
            by_security[row.security].append(row)
    payments: dict[int, CorporateAction] = {}
    for row in shares:
        offers = by_security[row.security]
        if _quantity(row) > 0 or len(offers) > MOST_TO_MATCH:
            continue
        days = row.when.date()
        paid = next((p for p in offers if abs(p.when.date() - days) <= CASH_WINDOW), None)
        if paid is not None:
            offers.remove(paid)
            payments[row.line] = paid
    return payments


def _quantity(row: CorporateAction) -> Decimal:
    return row.quantity or ZERO
