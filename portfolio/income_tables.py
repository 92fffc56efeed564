"""The tables of the income page: a calendar of months, and sums by type, currency and instrument."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter

from portfolio.income import Exchange, Income, Line, Month, Thing, grouped
from portfolio.payments import NOTHING, Sum, terms, total
from pricing.conversion import Rate
from pricing.money import ZERO
from transactions.kinds import KIND_LABELS, Kind
from transactions.models import Transaction

MEASURES = {"gross": "Gross", "tax": "Withheld tax", "fee": "Fees", "net": "Net"}
DEFAULT_MEASURE = "gross"
YEAR = range(1, 13)
SHADES = 4


@dataclass(frozen=True, slots=True)
class Cell:
    month: int
    found: Sum
    amount: Decimal
    # How much it is of the largest month, in steps; 0 is nothing or less.
    shade: int


@dataclass(frozen=True, slots=True)
class YearRow:
    year: int
    cells: Sequence[Cell]
    found: Sum
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Group:
    """Payments with something in common; ``value`` is what the filter of the page calls it."""

    label: str
    value: str
    found: Sum


def amount_of(measure: str) -> Callable[[Sum], Decimal]:
    """The converted amount that a page shows."""
    return attrgetter(f"in_{measure}")


def calendar(months: Mapping[Month, Sum], measure: str) -> list[YearRow]:
    """The years that have payments, the latest first, each with its twelve months."""
    amount = amount_of(measure)
    by_month = grouped(months.items(), lambda key: key[:2])
    largest = max(map(amount, by_month.values()), default=ZERO)
    rows = []
    for year in sorted({year for year, _ in by_month}, reverse=True):
        found = [by_month.get((year, month), NOTHING) for month in YEAR]
        cells = [
            Cell(month, one, amount(one), _shade(amount(one), largest))
            for month, one in zip(YEAR, found, strict=True)
        ]
        whole = total(found)
        rows.append(YearRow(year, cells, whole, amount(whole)))
    return rows


def _shade(amount: Decimal, largest: Decimal) -> int:
    if amount <= 0:
        return 0
    return min(SHADES, 1 + int(SHADES * amount / largest))


def month_totals(rows: Sequence[YearRow], measure: str) -> list[Cell]:
    """What each month brought over all years."""
    amount = amount_of(measure)
    found = [total(row.cells[month - 1].found for row in rows) for month in YEAR]
    return [Cell(month, one, amount(one), 0) for month, one in zip(YEAR, found, strict=True)]


def of_kind(income: Income, kind: Kind | None) -> Income:
    if kind is None:
        return income
    return Income(
        {key: one for key, one in income.months.items() if key[2] is kind},
        {key: one for key, one in income.things.items() if key[2] is kind},
    )


def in_month(things: Mapping[Thing, Sum], month: int | None) -> Mapping[Thing, Sum]:
    if month is None:
        return things
    return {key: one for key, one in things.items() if key[0] == month}


def by_instrument(things: Mapping[Thing, Sum], measure: str) -> list[Group]:
    found = grouped(things.items(), lambda key: key[1])
    return _sorted((Group(ticker or "Cash", ticker, one) for ticker, one in found.items()), measure)


def by_kind(things: Mapping[Thing, Sum], measure: str) -> list[Group]:
    found = grouped(things.items(), lambda key: key[2])
    return _sorted(
        (Group(_kind_label(kind), kind.value, one) for kind, one in found.items()), measure
    )


def _kind_label(kind: Kind) -> str:
    return "Withheld tax in rows of its own" if kind is Kind.TAX else KIND_LABELS[kind]


def by_currency(things: Mapping[Thing, Sum], measure: str) -> list[Group]:
    """As they were paid: the sums in their own currency are of one currency only here."""
    found = grouped(things.items(), lambda key: key[3])
    return _sorted((Group(currency, currency, one) for currency, one in found.items()), measure)


def _sorted(groups: Iterable[Group], measure: str) -> list[Group]:
    amount = amount_of(measure)
    return sorted(groups, key=lambda group: (-amount(group.found), group.label))


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment as the list shows it: as it was paid, its rate, and what is left of it."""

    transaction: Transaction
    told: Sum
    converted: Sum
    rate: Rate | None
    amount: Decimal


def payment_row(exchange: Exchange, row: Transaction, measure: str) -> PaymentRow:
    line = line_of(row)
    parts = list(terms(exchange.payment(line)))
    told = total(one for currency, one in parts if currency == row.currency)
    converted = total(one for _, one in parts)
    rate = exchange.rate(line, row.currency)
    return PaymentRow(row, told, converted, rate, amount_of(measure)(converted))


def line_of(row: Transaction) -> Line:
    return Line(
        row.account_id,
        row.trade_date,
        row.instrument_id,
        row.transaction_type,
        row.currency,
        row.total_amount,
        row.tax,
        row.fee,
        row.fee_currency,
        row.fx_rate,
    )
