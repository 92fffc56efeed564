"""The lists of the pages, in the order and the portions in which they are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Case, F, OrderBy, Q, QuerySet, Value, When

from portfolio.models import Disposal, Lot, Position
from transactions.kinds import ACQUISITIONS, Kind
from transactions.models import KIND_LABELS, Account, Transaction, TransactionQuerySet

Row = TypeVar("Row", Lot, Disposal, Transaction)

POSITIONS_A_PAGE = 50
ROWS_A_PAGE = 100

# What a column of the positions sorts by; the ticker settles what is equal.
COLUMNS = {
    "ticker": "instrument",
    "account": "account__name",
    "type": "instrument__asset_type",
    "quantity": "quantity",
    "price": "avg_cost_basis",
    "cost": "total_cost",
    "gain": "realized_pl",
}
DEFAULT_SORT = "ticker"
SORTS = [
    ("ticker", "Instrument"),
    ("-ticker", "Instrument, Z first"),
    ("account", "Account"),
    ("-account", "Account, Z first"),
    ("type", "Type"),
    ("-type", "Type, Z first"),
    ("-quantity", "Largest quantity"),
    ("quantity", "Smallest quantity"),
    ("-price", "Highest average cost"),
    ("price", "Lowest average cost"),
    ("-cost", "Highest cost"),
    ("cost", "Lowest cost"),
    ("-gain", "Highest realised gain"),
    ("gain", "Lowest realised gain"),
]


def known_sort(wanted: str) -> str:
    """The wanted column, with a minus when it descends; the default for what is no column."""
    return wanted if wanted.removeprefix("-") in COLUMNS else DEFAULT_SORT


def ordering(sort: str) -> list[OrderBy]:
    """Unknown figures come last both ways: they are neither large nor small."""
    column = F(COLUMNS[sort.removeprefix("-")])
    first = column.desc(nulls_last=True) if sort[0] == "-" else column.asc(nulls_last=True)
    return [first, F("instrument").asc(), F("account__name").asc(), F("pk").asc()]


def matching(text: str) -> Q:
    """Positions whose instrument is found by a part of its ticker, name or ISIN."""
    return (
        Q(instrument__ticker__icontains=text)
        | Q(instrument__name__icontains=text)
        | Q(instrument__isin__icontains=text)
    )


def positions_page(found: QuerySet[Position], sort: str, number: str) -> Page[Position]:
    rows = found.select_related("account", "instrument").order_by(*ordering(sort))
    return Paginator(rows, POSITIONS_A_PAGE).get_page(number)


def lots(position: Position) -> QuerySet[Lot]:
    """Open lots in the order in which they will be sold, then the closed ones."""
    is_closed = Case(When(remaining_quantity=0, then=Value(1)), default=Value(0))
    return Lot.objects.filter(position=position).order_by(is_closed, "purchase_date", "sequence")


def disposals(position: Position) -> QuerySet[Disposal]:
    """What was sold or given away, newest first."""
    return (
        Disposal.objects.filter(lot__position=position)
        .select_related("lot", "closing_transaction")
        .order_by("-closing_transaction__transaction_date", "-pk")
    )


def ledger_of(position: Position) -> TransactionQuerySet:
    """The rows of the position's instrument in its account."""
    return Transaction.objects.filter(account=position.account, instrument=position.instrument)


@dataclass(frozen=True, slots=True)
class LotRow:
    lot: Lot
    bought: date


@dataclass(frozen=True, slots=True)
class DisposalRow:
    """A disposal as people see it: what was bought when, and what became of it when."""

    disposal: Disposal
    kind: str
    bought: date
    sold: date
    bought_by: int
    sold_by: int
    # Units that were sold before a purchase is recorded were held for no time.
    days: int | None
    is_transfer: bool


def lot_rows(position: Position, number: str) -> Page[Any]:
    day_of = position.account.day_of
    return portion(lots(position), number, lambda lot: LotRow(lot, day_of(lot.purchase_date)))


def disposal_rows(position: Position, number: str) -> Page[Any]:
    account = position.account
    return portion(disposals(position), number, lambda found: disposal_row(account, found))


def transaction_rows(position: Position, number: str) -> Page[Any]:
    return portion(ledger_of(position).newest_first(), number, lambda row: row)


def disposal_row(account: Account, found: Disposal) -> DisposalRow:
    lot, closing = found.lot, found.closing_transaction
    bought, sold = account.day_of(lot.purchase_date), closing.trade_date
    bought_by, sold_by = lot.opening_transaction_id, closing.pk
    is_covered = lot.quantity < 0 and closing.kind in ACQUISITIONS
    if is_covered:
        bought, sold, bought_by, sold_by = sold, bought, sold_by, bought_by
    return DisposalRow(
        found,
        "Sale" if is_covered or closing.kind is Kind.SELL else KIND_LABELS[closing.kind],
        bought,
        sold,
        bought_by,
        sold_by,
        None if is_covered else (sold - bought).days,
        closing.kind is Kind.TRANSFER_OUT,
    )


def portion(rows: QuerySet[Row], number: str, show: Callable[[Row], object]) -> Page[Any]:
    page: Page[Any] = Paginator(rows, ROWS_A_PAGE).get_page(number)
    page.object_list = [show(row) for row in page.object_list]
    return page
