"""Writes what lot books produced: positions, lots and disposals, all of it derived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from portfolio.entries import LedgerLine, book_currency
from portfolio.lots import Book, Issue, IssueCode, Lot
from portfolio.models import Position
from pricing.bulk import copy_rows, trusted_references
from pricing.money import EXACT, LARGEST, ZERO, to_quantity
from transactions.models import Account

LOT_COLUMNS = (
    "id", "position_id", "sequence", "purchase_date", "quantity", "remaining_quantity",
    "purchase_price", "cost", "remaining_cost", "account_rate", "opening_transaction_id",
    "created_at",
)  # fmt: skip
DISPOSAL_COLUMNS = (
    "lot_id", "closing_transaction_id", "quantity", "proceeds", "cost", "gain", "account_rate",
    "created_at",
)  # fmt: skip
POSITION_FIELDS = (
    "currency", "quantity", "avg_cost_basis", "total_cost", "realized_pl", "issues",
    "built_through", "last_updated",
)  # fmt: skip

_MESSAGES = {
    IssueCode.OVERSOLD: "{quantity} {ticker} sold or moved out without a recorded purchase.",
    IssueCode.UNKNOWN_COST: "The cost of {quantity} {ticker} is unknown.",
    IssueCode.UNKNOWN_PROCEEDS: "What {quantity} {ticker} brought is unknown.",
    IssueCode.UNMATCHED_SPLIT: "A split of {quantity} {ticker} found no shares to split.",
    IssueCode.UNMATCHED_TRANSFER: "The other side of a transfer of {quantity} {ticker} is missing.",
}


@dataclass(slots=True)
class Build:
    """One position while it is computed: its book, and what to write."""

    position: Position
    book: Book
    is_new_book: bool
    # Whether a row of its own fixes the position's currency.
    has_amounts: bool = True
    # The lots behind those that were loaded: appending a sale needs only the oldest.
    unloaded_quantity: Decimal = ZERO
    unloaded_cost: Decimal = ZERO


def fresh_build(account: Account, ticker: str, lines: Sequence[LedgerLine]) -> Build:
    """An empty book for a position whose rows are these."""
    position = Position(
        account=account,
        instrument_id=ticker,
        currency=book_currency(account, lines),
        built_through=lines[-1].day,
    )
    has_amounts = any(line.amount is not None for line in lines)
    return Build(position, Book(), is_new_book=True, has_amounts=has_amounts)


def write(builds: Sequence[Build]) -> None:
    """Store what the books produced: positions, new lots, changed lots, disposals."""
    if not builds:
        return
    now = datetime.now(UTC)
    for build in builds:
        summarise(build, now)
    Position.objects.bulk_create(
        [build.position for build in builds],
        update_conflicts=True,
        unique_fields=["account", "instrument"],
        update_fields=POSITION_FIELDS,
    )
    ids = _lot_ids(builds)
    # Positions and transactions are ours: written or locked in this database transaction.
    with trusted_references():
        copy_rows("lots", LOT_COLUMNS, _lot_rows(builds, ids, now))
        _update_lots(builds)
        copy_rows("disposals", DISPOSAL_COLUMNS, _disposal_rows(builds, ids, now))


def summarise(build: Build, now: datetime) -> None:
    """Set the position's figures from its book."""
    position, book = build.position, build.book
    cost = book.total_cost()
    position.quantity = EXACT.add(book.held(), build.unloaded_quantity)
    position.total_cost = None if cost is None else EXACT.add(cost, build.unloaded_cost)
    position.avg_cost_basis = None
    if position.total_cost is not None and position.quantity > 0:
        position.avg_cost_basis = _per_unit(position.total_cost, position.quantity)
    position.realized_pl = book.realized
    kept = [] if build.is_new_book else [i for i in position.issues if not i["open"]]
    position.issues = [
        *kept,
        *(_issue(issue, position.instrument_id, False) for issue in book.issues),
        *(_issue(issue, position.instrument_id, True) for issue in book.state_issues()),
    ]
    position.last_updated = now


def _issue(issue: Issue, ticker: str, is_open: bool) -> dict[str, Any]:
    message = _MESSAGES[issue.code].format(
        quantity=f"{issue.quantity.normalize(EXACT):f}", ticker=ticker
    )
    return {
        "code": issue.code.value,
        "message": message,
        "transaction": issue.transaction,
        # Follows from lots that are open now, so that it is said anew by every build.
        "open": is_open,
    }


def _lot_ids(builds: Sequence[Build]) -> dict[tuple[int, int], int]:
    """Primary keys of all lots that the books touched, by position and sequence."""
    keys = [(build.position.pk, lot.sequence) for build in builds for lot in build.book.opened]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval((SELECT pg_get_serial_sequence('lots', 'id')::regclass))"
            " FROM generate_series(1, %s)",
            [len(keys)],
        )
        ids = {key: row[0] for key, row in zip(keys, cursor.fetchall(), strict=True)}
        old = [
            (build.position.pk, sequence)
            for build in builds
            if not build.is_new_book
            for sequence in build.book.touched
            if (build.position.pk, sequence) not in ids
        ]
        if old:
            cursor.execute(
                """
                SELECT position_id, lots.sequence, id FROM lots
                JOIN unnest(%s::bigint[], %s::int[]) AS touched (position, sequence)
                  ON position_id = position AND lots.sequence = touched.sequence
                """,
                [[pk for pk, _ in old], [sequence for _, sequence in old]],
            )
            ids.update({(pk, sequence): lot for pk, sequence, lot in cursor.fetchall()})
    return ids


def _lot_rows(
    builds: Iterable[Build], ids: Mapping[tuple[int, int], int], now: datetime
) -> Iterator[tuple[Any, ...]]:
    moment = str(now)
    for build in builds:
        pk = build.position.pk
        for lot in build.book.opened:
            yield (
                ids[pk, lot.sequence], pk, lot.sequence, lot.purchased_at, lot.quantity,
                lot.remaining, unit_price(lot), lot.cost, lot.remaining_cost, lot.rate,
                lot.transaction, moment,
            )  # fmt: skip


def unit_price(lot: Lot) -> Decimal | None:
    """What one unit of a lot cost, for reading."""
    if lot.cost is None:
        return None
    return _per_unit(lot.cost, lot.quantity)


def _per_unit(cost: Decimal, quantity: Decimal) -> Decimal | None:
    """A price to show; None where a cent for some wei makes it larger than can be stored."""
    price = to_quantity(EXACT.divide(cost, quantity))
    return price if price < LARGEST else None


def _update_lots(builds: Iterable[Build]) -> None:
    changed = [
        (build.position.pk, lot)
        for build in builds
        if not build.is_new_book
        for lot in build.book.touched.values()
    ]
    if not changed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE lots SET quantity = new.quantity, remaining_quantity = new.remaining,
                            remaining_cost = new.cost, purchase_price = new.price
            FROM unnest(%s::bigint[], %s::int[], %s::numeric[], %s::numeric[], %s::numeric[],
                        %s::numeric[]) AS new (position, sequence, quantity, remaining, cost, price)
            WHERE position_id = new.position AND lots.sequence = new.sequence
            """,
            [
                [pk for pk, _ in changed],
                [lot.sequence for _, lot in changed],
                [lot.quantity for _, lot in changed],
                [lot.remaining for _, lot in changed],
                [lot.remaining_cost for _, lot in changed],
                [unit_price(lot) for _, lot in changed],
            ],
        )


def _disposal_rows(
    builds: Iterable[Build], ids: Mapping[tuple[int, int], int], now: datetime
) -> Iterator[tuple[Any, ...]]:
    moment = str(now)
    for build in builds:
        pk = build.position.pk
        for piece in build.book.slices:
            yield (ids[pk, piece.lot], *piece[1:], moment)


def delete_derived(account: Account, tickers: Sequence[str]) -> None:
    """Remove the lots and disposals of positions that are about to be written anew."""
    scope = "SELECT id FROM positions WHERE account_id = %s AND ticker = ANY(%s)"
    with connection.cursor() as cursor, trusted_references():
        # The dependants go first, so that nothing is left dangling while triggers are off.
        cursor.execute(
            f"DELETE FROM disposals USING lots WHERE lot_id = lots.id AND position_id IN ({scope})",  # noqa: S608 - our own constant
            [account.pk, list(tickers)],
        )
        cursor.execute(
            f"DELETE FROM lots WHERE position_id IN ({scope})",  # noqa: S608
            [account.pk, list(tickers)],
        )
