"""The lists of the pages, in the order and the portions in which they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from portfolio.evidence import Evidence
from portfolio.gains import Valuation, known_total, percent
from portfolio.holdings import Books, Held
from portfolio.models import Disposal, Lot, Position
from portfolio.valuation import Market
from pricing.staleness import is_stale
from transactions.kinds import ACQUISITIONS, KIND_LABELS, Kind
from transactions.models import Account, Transaction

Row = TypeVar("Row", Lot, Disposal, Transaction)

POSITIONS_A_PAGE = 50
ROWS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class PositionRow:
    """A position of the list, valued in the currency and on the day of the page.

    ``position`` is as it is stored now: it has names and links; the figures are those of ``held``.
    """

    position: Position
    held: Held
    valuation: Valuation
    # What all open positions of known value come to.
    whole: Decimal
    market: Market

    @property
    def weight(self) -> Decimal | None:
        """In hundredths of the whole."""
        return percent(self.valuation.value, self.whole)

    @property
    def is_stale(self) -> bool:
        quote = self.valuation.quote
        kind = self.position.instrument.asset_type
        return quote is not None and is_stale(kind, quote.day, self.market.day)


# What a column of the positions sorts by.
COLUMNS: dict[str, Callable[[PositionRow], Any]] = {
    "ticker": lambda row: row.held.ticker,
    "account": lambda row: row.position.account.name,
    "type": lambda row: row.position.instrument.asset_type,
    "quantity": lambda row: row.held.holding.quantity,
    "price": lambda row: row.held.average,
    "cost": lambda row: row.valuation.holding.cost,
    "value": lambda row: row.valuation.value,
    "unrealized": lambda row: row.valuation.gain.total,
    "weight": lambda row: row.weight,
    "gain": lambda row: row.held.realized.total,
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
    ("-value", "Highest value"),
    ("value", "Lowest value"),
    ("-unrealized", "Highest unrealised gain"),
    ("unrealized", "Lowest unrealised gain"),
    ("-gain", "Highest realised gain"),
    ("gain", "Lowest realised gain"),
]


def known_sort(wanted: str) -> str:
    """The wanted column, with a minus when it descends; the default for what is no column."""
    return wanted if wanted.removeprefix("-") in COLUMNS else DEFAULT_SORT


def ordered(rows: Iterable[PositionRow], sort: str) -> list[PositionRow]:
    """Unknown figures come last both ways: they are neither large nor small."""
    column = COLUMNS[sort.removeprefix("-")]
    by_name = sorted(rows, key=lambda row: (row.held.ticker, row.position.account.name))
    known = [row for row in by_name if column(row) is not None]
    known.sort(key=column, reverse=sort[0] == "-")
    return known + [row for row in by_name if column(row) is None]


def matching(text: str) -> Q:
    """Positions whose instrument is found by a part of its ticker, name or ISIN."""
    return (
        Q(instrument__ticker__icontains=text)
        | Q(instrument__name__icontains=text)
        | Q(instrument__isin__icontains=text)
    )


def position_rows(
    positions: Mapping[int, Position], books: Books, market: Market
) -> list[PositionRow]:
    """The given positions as the books have them on the market's day."""
    values = {held.position: market.value(held) for held in books.held if held.is_open}
    whole = known_total(valuation.value for valuation in values.values())
    return [
        PositionRow(positions[held.position], held, valuation, whole, market)
        for held in books.held
        if held.position in positions
        for valuation in [values.get(held.position) or market.value(held)]
    ]


def positions_page(rows: Iterable[PositionRow], sort: str, number: str) -> Page[PositionRow]:
    return Paginator(ordered(rows, sort), POSITIONS_A_PAGE).get_page(number)


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


def lot_rows(found: Evidence, count: int, number: str) -> Page[Any]:
    day_of = found.position.account.day_of
    return portion(found.lots, count, number, lambda lot: LotRow(lot, day_of(lot.purchase_date)))


def disposal_rows(found: Evidence, count: int, number: str) -> Page[Any]:
    account = found.position.account
    return portion(found.disposals, count, number, lambda one: disposal_row(account, one))


def transaction_rows(found: Evidence, count: int, number: str) -> Page[Any]:
    return portion(found.ledger.newest_first(), count, number, lambda row: row)


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


class Counted(Paginator):  # type: ignore[type-arg] # generic only for the type checker
    """Pages of rows that have been counted already."""

    def __init__(self, rows: QuerySet[Row] | list[Row], count: int) -> None:
        super().__init__(rows, ROWS_A_PAGE)
        self.__dict__["count"] = count


def portion(
    rows: QuerySet[Row] | list[Row], count: int, number: str, show: Callable[[Row], object]
) -> Page[Any]:
    page: Page[Any] = Counted(rows, count).get_page(number)
    page.object_list = [show(row) for row in page.object_list]
    return page
