"""The rows that the figures of one position rest on: as they are stored, or as of a past day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import Case, Count, Model, QuerySet, Subquery, Value, When, Window

from portfolio import derived
from portfolio import lots as engine
from portfolio.as_of import Past
from portfolio.models import Disposal, Lot, Position
from transactions.kinds import Kind
from transactions.models import Transaction, TransactionQuerySet

Row = TypeVar("Row", bound=Model)

# Of a long sum, what an explanation shows.
MOST_TERMS = 20


class Head(NamedTuple, Generic[Row]):
    """The first rows of a sum, and how many there are in all."""

    rows: list[Row]
    total: int


@dataclass(frozen=True)
class Evidence:
    """Lots stand in the order in which they will be sold, closed ones last; disposals newest first."""

    position: Position
    lots: QuerySet[Lot] | list[Lot]
    open_lots: QuerySet[Lot] | list[Lot]
    disposals: QuerySet[Disposal] | list[Disposal]
    # Without transfers, which realise nothing.
    realizing: QuerySet[Disposal] | list[Disposal]
    ledger: TransactionQuerySet

    @cached_property
    def first_open_lots(self) -> Head[Lot]:
        return _head(self.open_lots)

    @cached_property
    def first_realizing(self) -> Head[Disposal]:
        return _head(self.realizing)

    def counts(self) -> dict[str, int]:
        """How many lots, disposals and transactions there are, by one query."""
        rows = {"lots": self.lots, "disposals": self.disposals, "transactions": self.ledger}
        counts = {name: len(found) for name, found in rows.items() if isinstance(found, list)}
        counting = {
            name: Subquery(
                found.order_by().values(one=Value(1)).annotate(count=Count("*")).values("count")
            )
            for name, found in rows.items()
            if isinstance(found, QuerySet)
        }
        counted = Position.objects.values_list(*counting.values()).get(pk=self.position.pk)
        return counts | {name: count or 0 for name, count in zip(counting, counted, strict=True)}


def stored(position: Position) -> Evidence:
    is_closed = Case(When(remaining_quantity=0, then=Value(1)), default=Value(0))
    lots = Lot.objects.filter(position=position).order_by(is_closed, "purchase_date", "sequence")
    disposals = (
        Disposal.objects.filter(lot__position=position)
        .select_related("lot", "closing_transaction")
        .order_by("-closing_transaction__transaction_date", "-pk")
    )
    transferring = {"closing_transaction__transaction_type": Kind.TRANSFER_OUT.value}
    return Evidence(
        position,
        lots,
        lots.exclude(remaining_quantity=0),
        disposals,
        disposals.exclude(**transferring),
        _ledger(position),
    )


def as_of(past: Past, on: date) -> Evidence:
    position, book = past.position, past.book
    made = {lot.sequence: _lot(position, lot) for lot in book.opened}
    lots = sorted(
        made.values(), key=lambda lot: (not lot.remaining_quantity, lot.purchase_date, lot.sequence)
    )
    rows = Transaction.objects.in_bulk({piece.transaction for piece in book.slices})
    disposals = [
        _disposal(made[piece.lot], rows[piece.transaction], piece) for piece in book.slices
    ]
    disposals.reverse()
    # Stable: what one row closed stays newest first.
    disposals.sort(key=lambda found: found.closing_transaction.transaction_date, reverse=True)
    return Evidence(
        position,
        lots,
        [lot for lot in lots if lot.remaining_quantity],
        disposals,
        [one for one in disposals if one.closing_transaction.kind is not Kind.TRANSFER_OUT],
        _ledger(position).filter(trade_date__lte=on),
    )


def _ledger(position: Position) -> TransactionQuerySet:
    return Transaction.objects.filter(account=position.account, instrument=position.instrument)


def _lot(position: Position, lot: engine.Lot) -> Lot:
    return Lot(
        position=position,
        sequence=lot.sequence,
        purchase_date=lot.purchased_at,
        quantity=lot.quantity,
        remaining_quantity=lot.remaining,
        purchase_price=derived.unit_price(lot),
        cost=lot.cost,
        remaining_cost=lot.remaining_cost,
        account_rate=lot.rate,
        opening_transaction_id=lot.transaction,
    )


def _disposal(lot: Lot, closing: Transaction, piece: engine.Slice) -> Disposal:
    return Disposal(
        lot=lot,
        closing_transaction=closing,
        quantity=piece.quantity,
        proceeds=piece.proceeds,
        cost=piece.cost,
        gain=piece.gain,
        account_rate=piece.rate,
    )


def costless_lot(lots: Sequence[Lot] | QuerySet[Lot]) -> Lot | None:
    """The first open lot whose cost is missing."""
    if isinstance(lots, QuerySet):
        return lots.filter(remaining_quantity__gt=0, remaining_cost__isnull=True).first()
    missing = (lot for lot in lots if lot.remaining_quantity > 0 and lot.remaining_cost is None)
    return next(missing, None)


def _head(rows: QuerySet[Row] | list[Row]) -> Head[Row]:
    if isinstance(rows, QuerySet):
        return heads_of([rows])[0]
    return Head(rows[:MOST_TERMS], len(rows))


def heads_of(sums: Sequence[QuerySet[Row]]) -> list[Head[Row]]:
    """Of several sums over one table, by one query however many there are."""
    if not sums:
        return []
    first, *others = (
        rows.annotate(place=Value(place), whole=Window(Count("pk")))[:MOST_TERMS]
        for place, rows in enumerate(sums)
    )
    found: list[list[Any]] = [[] for _ in sums]
    for row in first.union(*others, all=True) if others else first:
        found[row.place].append(row)  # type: ignore[attr-defined]
    return [Head(rows, rows[0].whole if rows else 0) for rows in found]
