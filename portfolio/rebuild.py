"""Keep positions, lots and disposals true to the ledger, inside the transaction that changed it.

New rows that come after all known ones are applied to the open lots; anything else rebuilds the
position from its first row. Both ways give the same bits; ``manage.py verify`` proves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import reduce

from django.db import connection
from django.db.models import Count
from django.dispatch import receiver

from portfolio.derived import Build, delete_derived, fresh_build, write
from portfolio.entries import Exchange, LedgerLine, Money, ledger_lines
from portfolio.lots import Book, Lot
from portfolio.models import Position
from portfolio.transfers import linked_positions, rebuild_together
from pricing.money import EXACT, ZERO
from transactions.kinds import Kind
from transactions.models import Account, Transaction
from transactions.signals import Effect, ledger_changed

# Enough to make a COPY worth it, few enough to be held at once.
BATCH_ROWS = 50_000
# These reach every open lot, so appending them needs all of them.
WHOLE_BOOK = frozenset({Kind.SPLIT, Kind.RETURN_OF_CAPITAL, Kind.TRANSFER_IN})
# What a few sales reach; a sale of more reads all of its position's lots.
FIRST_LOTS = 12
DISPOSING = frozenset({Kind.SELL, Kind.TRANSFER_OUT, Kind.FEE})


@receiver(ledger_changed, dispatch_uid="portfolio.rebuild")
def follow_ledger(
    account: Account, changes: Mapping[str | None, date], **_: object
) -> list[Effect]:
    """Bring the account's positions up to its ledger; returns what changed on each."""
    tickers = sorted(ticker for ticker in changes if ticker is not None)
    before = _positions(account, tickers)
    figures = {ticker: _figures(position) for ticker, position in before.items()}
    linked = linked_positions(account, tickers)
    if linked:
        rebuild_together(account, linked)
    single = [ticker for ticker in tickers if (account.pk, ticker) not in linked]
    appendable = [
        ticker
        for ticker in single
        if ticker in before and before[ticker].built_through < changes[ticker]
    ]
    fresh = [ticker for ticker in single if ticker not in set(appendable)]
    fresh += append(account, {ticker: before[ticker] for ticker in appendable})
    rebuild(account, fresh)
    return _effects(figures, _positions(account, tickers))


def rebuild_account(account: Account) -> None:
    """Compute all positions of an account from its first row. The caller holds the lock."""
    tickers = set(
        Transaction.objects.filter(account=account, instrument__isnull=False)
        .order_by()
        .values_list("instrument__ticker", flat=True)
        .distinct()
    )
    tickers |= set(account.positions.values_list("instrument__ticker", flat=True))
    rebuild_positions(account, sorted(tickers))


def rebuild_positions(account: Account, tickers: Sequence[str]) -> None:
    """Compute positions, and those that they exchange lots with, from their first row."""
    linked = linked_positions(account, tickers)
    if linked:
        rebuild_together(account, linked)
    rebuild(account, [ticker for ticker in tickers if (account.pk, ticker) not in linked])


def rebuild(account: Account, tickers: Sequence[str]) -> None:
    """Compute positions from their first row and replace what was stored."""
    if not tickers:
        return
    delete_derived(account, tickers)
    exchange = Exchange()
    seen: set[str] = set()
    for batch in _batches(account, tickers):
        builds = []
        for ticker, lines in ledger_lines(account.pk, batch):
            build = fresh_build(account, ticker, lines)
            build.book.apply(_money(build.position, exchange).entries(lines))
            builds.append(build)
            seen.add(ticker)
        write(builds)
    # Their last row that moved units is gone; their lots went above.
    emptied = Position.objects.filter(account=account, instrument__ticker__in=set(tickers) - seen)
    emptied._raw_delete(emptied.db)


def _batches(account: Account, tickers: Sequence[str]) -> Iterator[list[str]]:
    """The tickers in groups of so many rows that a large import's memory stays flat."""
    counts = (
        Transaction.objects.filter(account=account, instrument__ticker__in=tickers)
        .order_by("instrument__ticker")
        .values_list("instrument__ticker")
        .annotate(Count("pk"))
    )
    batch: list[str] = []
    rows = 0
    for ticker, count in counts:
        batch.append(ticker)
        rows += count
        if rows >= BATCH_ROWS:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


def append(account: Account, positions: Mapping[str, Position]) -> list[str]:
    """Apply rows newer than all known ones; returns the tickers that need a rebuild instead."""
    if not positions:
        return []
    oldest = min(position.built_through for position in positions.values())
    refused: list[str] = []
    todo: dict[str, list[LedgerLine]] = {}
    for ticker, lines in ledger_lines(account.pk, sorted(positions), after=oldest):
        position = positions[ticker]
        new = [line for line in lines if line.day > position.built_through]
        if any(line.amount is not None and line.currency != position.currency for line in new):
            refused.append(ticker)
        elif new:
            todo[ticker] = new
    builds = _open_builds([(positions[ticker], lines) for ticker, lines in todo.items()])
    days = [line.day for lines in todo.values() for line in (lines[0], lines[-1])]
    exchange = Exchange(min(days), max(days)) if days else Exchange()
    for build, lines in zip(builds, todo.values(), strict=True):
        build.book.apply(_money(build.position, exchange).entries(lines))
        build.position.built_through = lines[-1].day
    write(builds)
    return refused


def _money(position: Position, exchange: Exchange) -> Money:
    return Money(position.currency, position.account.currency, exchange)


def _open_builds(work: Sequence[tuple[Position, Sequence[LedgerLine]]]) -> list[Build]:
    """Books with the open lots that the new rows can reach: the oldest ones, as many as are sold."""
    reach = {}
    for position, lines in work:
        whole = (
            position.total_cost is None
            or position.quantity < 0
            or any(line.type in WHOLE_BOOK for line in lines)
        )
        # Not sum(), which rounds to the 28 digits of the default context.
        gone = [line.quantity or ZERO for line in lines if line.type in DISPOSING]
        sold = reduce(EXACT.add, gone, ZERO)
        reach[position.pk] = None if whole else sold
    loaded = _load_lots(reach)
    builds = []
    for position, _ in work:
        lots, next_sequence = loaded[position.pk]
        book = Book(lots, next_sequence=next_sequence, realized=position.realized_pl)
        build = Build(position, book, is_new_book=False)
        build.unloaded_quantity = EXACT.subtract(position.quantity, book.held())
        if reach[position.pk] is not None:
            build.unloaded_cost = EXACT.subtract(
                position.total_cost or ZERO, book.total_cost() or ZERO
            )
        builds.append(build)
    return builds


_LAST_SEQUENCES = """
SELECT position, (SELECT max(sequence) FROM lots WHERE position_id = position)
FROM unnest(%s::bigint[]) AS position
"""

_OPEN_LOTS = """
SELECT wanted.position, open.*
FROM unnest(%s::bigint[], %s::int[]) AS wanted (position, most), LATERAL (
    SELECT sequence, opening_transaction_id, purchase_date, quantity, remaining_quantity, cost,
           remaining_cost, account_rate
    FROM lots WHERE position_id = wanted.position AND remaining_quantity <> 0
    ORDER BY purchase_date, sequence LIMIT wanted.most
) AS open
"""


def _load_lots(reach: Mapping[int, Decimal | None]) -> dict[int, tuple[list[Lot], int]]:
    """The oldest open lots of positions, at least so many units, and the next lot's number."""
    lots = _open_lots({pk: None if units is None else FIRST_LOTS for pk, units in reach.items()})
    too_few = {
        pk: None
        for pk, units in reach.items()
        if units is not None
        and len(lots[pk]) == FIRST_LOTS
        and reduce(EXACT.add, (lot.remaining for lot in lots[pk]), ZERO) < units
    }
    lots |= _open_lots(too_few)
    with connection.cursor() as cursor:
        cursor.execute(_LAST_SEQUENCES, [list(reach)])
        return {pk: (lots[pk], (last or 0) + 1) for pk, last in cursor.fetchall()}


def _open_lots(most: Mapping[int, int | None]) -> dict[int, list[Lot]]:
    found: dict[int, list[Lot]] = {pk: [] for pk in most}
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_LOTS, [list(most), list(most.values())])
        for pk, sequence, opener, at, quantity, remaining, cost, remaining_cost, rate in cursor:
            lot = Lot(sequence, opener, at, quantity, cost, rate)
            lot.remaining, lot.remaining_cost = remaining, remaining_cost
            found[pk].append(lot)
    return found


def _positions(account: Account, tickers: Sequence[str]) -> dict[str, Position]:
    found = account.positions.filter(instrument__ticker__in=tickers)
    return {position.instrument_id: position for position in found}


Figures = tuple[str, Decimal, Decimal | None, Decimal | None]


def _figures(position: Position) -> Figures:
    return (
        position.currency,
        position.quantity,
        position.total_cost,
        position.realized_pl,
    )


def _effects(before: Mapping[str, Figures], after: Mapping[str, Position]) -> list[Effect]:
    effects = []
    for ticker in sorted({*before, *after}):
        new = _figures(after[ticker]) if ticker in after else None
        old = before.get(ticker)
        currency = (new or old or ("",))[0]
        _, old_quantity, old_cost, old_realized = old or ("", ZERO, ZERO, ZERO)
        _, new_quantity, new_cost, new_realized = new or ("", ZERO, ZERO, ZERO)
        effects.append(
            Effect(
                ticker,
                currency,
                old_quantity,
                new_quantity,
                old_cost,
                new_cost,
                old_realized,
                new_realized,
            )
        )
    return effects
