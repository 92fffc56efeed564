"""Income and realised gains as JSON: the sums of their pages."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from ninja import Field, Query, Router
from pydantic import AfterValidator

from portfolio import gain_tables
from portfolio import income_tables as tables
from portfolio.api.asked import AsOf, Question, currency_of
from portfolio.gain_tables import Group
from portfolio.income import income_of
from portfolio.payments import Sum, total
from portfolio.realized import ALL, YEARS, sums_of
from pricing.requests import PageRequest
from transactions.answers import Answer, Exact, Name, accounts_of, answers
from transactions.kinds import INCOME, Kind

router = Router(tags=["earned"])


def _earning(kind: Kind) -> Kind:
    if kind not in INCOME and kind is not Kind.TAX:
        raise ValueError(f"{kind} is no type of income")
    return kind


IncomeKind = Annotated[Kind, AfterValidator(_earning)]
Year = Annotated[int | None, Field(ge=1, le=date.max.year - 1)]


class IncomeSum(Answer):
    """Payments added up, each at the rate of its day; what is unknown or unrated is left out."""

    payments: int
    gross: Exact
    tax: Exact
    fee: Exact
    net: Exact
    unknown: int = Field(description="Payments whose amount nobody knows.")
    unrated: int = Field(description="Payments for whose day there is no rate.")


class IncomeMonth(IncomeSum):
    month: int


class IncomeYear(IncomeSum):
    year: int
    months: list[IncomeMonth] = Field(description="Those that have payments.")


class IncomeInstrument(IncomeSum):
    ticker: str = Field(description="Empty for interest on cash.")


class IncomeAnswer(Answer):
    currency: str
    on: date | None
    years: list[IncomeYear] = Field(description="All years, the latest first.")
    instruments: list[IncomeInstrument] = Field(description="Of the asked year, or of all.")
    total: IncomeSum = Field(description="Of the asked year, or of all.")


class IncomeQuestion(Question):
    account: int | None = None
    year: Year = None
    instrument: Name = Field("", description="A ticker.")
    type: IncomeKind | None = None


@router.get("/income", response=answers(IncomeAnswer), url_name="income")
def income(request: PageRequest, asked: Query[IncomeQuestion]) -> IncomeAnswer:
    """What was earned, by year and month and by instrument."""
    accounts, currency = accounts_of(request, asked.account), currency_of(request, asked.currency)
    found = income_of(accounts, currency, asked.past, asked.year, _tickers(asked.instrument))
    found = tables.of_kind(found, asked.type)
    measure = tables.DEFAULT_MEASURE
    return IncomeAnswer(
        currency=currency,
        on=asked.past,
        years=[_year(row) for row in tables.calendar(found.months, measure)],
        instruments=[
            IncomeInstrument(ticker=group.value, **_sum(group.found))
            for group in tables.by_instrument(found.things, measure)
        ],
        total=IncomeSum(**_sum(total(found.things.values()))),
    )


def _year(row: tables.YearRow) -> IncomeYear:
    months = [
        IncomeMonth(month=cell.month, **_sum(cell.found))
        for cell in row.cells
        if cell.found.payments
    ]
    return IncomeYear(year=row.year, months=months, **_sum(row.found))


def _sum(found: Sum) -> dict[str, Any]:
    return {
        "payments": found.payments,
        "gross": found.in_gross,
        "tax": found.in_tax,
        "fee": found.in_fee,
        "net": found.in_net,
        "unknown": found.unknown,
        "unrated": found.unrated,
    }


def _tickers(text: str) -> list[str]:
    """As it may be meant: people write in small letters what stands in capitals."""
    return sorted({text, text.upper()}) if text else []


class GainsGroup(Answer):
    """Slices of lots that were closed, in the currency of their accounts.

    ``price_gain`` + ``currency_gain`` = ``gain``. What is unknown or unrated is left out.
    """

    currency: str
    slices: int
    proceeds: Exact
    cost: Exact
    gain: Exact
    price_gain: Exact
    currency_gain: Exact
    unknown: int = Field(description="Slices whose cost or proceeds nobody knows.")
    unrated: int = Field(description="Slices for whose days there is no rate.")


class GainsYear(GainsGroup):
    year: int


class GainsInstrument(GainsGroup):
    ticker: str


class GainsAnswer(Answer):
    on: date | None
    years: list[GainsYear] = Field(description="All years, the latest first.")
    instruments: list[GainsInstrument] = Field(description="Of the asked year, or of all.")


class GainsQuestion(AsOf):
    account: int | None = None
    year: Year = None
    instrument: Name = Field("", description="A ticker.")


@router.get("/gains", response=answers(GainsAnswer), url_name="gains")
def gains(request: PageRequest, asked: Query[GainsQuestion]) -> GainsAnswer:
    """Realised gains by year and by instrument, a row for each currency of accounts."""
    accounts = accounts_of(request, asked.account)
    name = ALL if asked.year is None else str(asked.year)
    by_year, sums = sums_of(accounts, asked.past, [YEARS, name], _tickers(asked.instrument))
    return GainsAnswer(
        on=asked.past,
        years=[
            GainsYear(year=int(group.value), **_gains(group))
            for group in gain_tables.by_year(by_year)
        ],
        instruments=[
            GainsInstrument(ticker=group.value, **_gains(group))
            for group in gain_tables.by_instrument(sums)
        ],
    )


def _gains(group: Group) -> dict[str, Any]:
    found = group.found
    return {
        "currency": group.currency,
        "slices": found.slices,
        "proceeds": found.home_proceeds,
        "cost": found.home_cost,
        "gain": found.home_gain,
        "price_gain": found.price_gain,
        "currency_gain": found.currency_gain,
        "unknown": found.unknown,
        "unrated": found.unrated,
    }
