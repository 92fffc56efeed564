"""Daily snapshots and performance as JSON: the days of the chart and the figures of the page."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from pydantic import model_validator

from portfolio.api.asked import ABOUT_CURRENCY, Currency, currency_of
from portfolio.ledger_sums import Figure
from pricing.money import EXACT, ONE
from pricing.requests import PageRequest
from snapshots.benchmark import Benchmark
from snapshots.forms import benchmarks
from snapshots.performance import Asked, Performance, measure, taken
from snapshots.periods import ALL, CUSTOM, period
from snapshots.takings import Takings
from snapshots.xirr import Xirr
from transactions.answers import Answer, Day, Exact, Name, accounts_of, answers

router = Router(tags=["performance"])


class DaysQuestion(Schema):
    account: int | None = Field(None, description="All accounts together if left out.")
    currency: Currency | None = Field(None, description=ABOUT_CURRENCY)
    since: Day | None = Field(None, description="The first day, told with its value at the end.")
    until: Day | None = Field(None, description="The last day; yesterday at the latest.")

    @model_validator(mode="after")
    def runs_forwards(self) -> DaysQuestion:
        if self.since and self.until and self.since >= self.until:
            raise ValueError("“since” must be a day before “until”")
        return self


class PerformanceQuestion(DaysQuestion):
    period: Literal["1m", "ytd", "1y", "3y", "all"] = Field(
        "all", description="Up to yesterday; passed over where since or until are given."
    )
    benchmark: Name = Field("", description="The ticker of an instrument.")
    risk_free: Exact = Field(
        Decimal(0),
        ge=-1,
        le=10,
        decimal_places=6,
        description="A year, for the Sharpe ratio: 0.02 is 2 %.",
    )


def _asked(request: PageRequest, asked: DaysQuestion, name: str = ALL) -> Asked:
    if asked.since or asked.until:
        name = CUSTOM
    days = period(name, timezone.localdate(), asked.since, asked.until)
    accounts = accounts_of(request, asked.account)
    return Asked(accounts, currency_of(request, asked.currency), days)


class SnapshotAnswer(Answer):
    """A day: its value at the end, what came in at its start, and what went out at its end."""

    day: date
    value: Exact | None
    inflow: Exact
    outflow: Exact
    missing: list[str] = Field(description="Of price (or amount) and rate; see data-health.")


class SnapshotsAnswer(Answer):
    currency: str
    is_behind: bool = Field(description="Whether later days are still to be recorded anew.")
    days: list[SnapshotAnswer]


@router.get("/snapshots", response=answers(SnapshotsAnswer), url_name="snapshots")
def snapshots(request: PageRequest, asked: Query[DaysQuestion]) -> SnapshotsAnswer:
    """The value of one account or of all of them, day by day."""
    found = measure(_asked(request, asked))
    incomplete, unrated = set(found.series.incomplete), set(found.series.unrated)
    days = [
        SnapshotAnswer(
            day=day.day,
            value=day.value,
            inflow=day.inflow,
            outflow=day.outflow,
            missing=[
                *(["price"] if day.day in incomplete else []),
                *(["rate"] if day.day in unrated else []),
            ],
        )
        for day in found.days[found.opening :]
    ]
    return SnapshotsAnswer(
        currency=found.asked.currency, is_behind=found.extent.is_behind, days=days
    )


class SumAnswer(Answer):
    amount: Exact
    unknown: int = Field(description="Rows without an amount or rate, which are left out.")


class TimeWeightedAnswer(Answer):
    rate: Exact | None = Field(description="Of the period; null when it is not defined.")
    annual: Exact | None = Field(description="Null under a year.")
    since_break: Exact | None = Field(description="What can be told where rate is null.")
    reason: str


class MoneyWeightedAnswer(Answer):
    annual: Exact | None = Field(description="XIRR, Act/365; null under a year.")
    over_period: Exact | None
    reason: str


class DrawdownAnswer(Answer):
    depth: Exact | None = Field(description="-0.25 is a fall by a quarter.")
    peak: date | None
    trough: date | None
    recovery: date | None


class VolatilityAnswer(Answer):
    annual: Exact | None = Field(description="Null under a year.")
    over_period: Exact | None
    reason: str


class BenchmarkAnswer(Answer):
    ticker: str
    rate: Exact | None
    value: Exact | None = Field(description="What the same flows would be worth in it.")
    gain: Exact | None
    money_weighted: MoneyWeightedAnswer
    reason: str


class FiguresAnswer(Answer):
    """Rates are fractions: 0.05 is 5 %. What happened on the first day is in the value it starts from."""

    start: date
    end: date
    value: Exact | None
    gain: Exact | None
    inflow: Exact
    outflow: Exact
    time_weighted: TimeWeightedAnswer
    money_weighted: MoneyWeightedAnswer
    drawdown: DrawdownAnswer
    volatility: VolatilityAnswer
    sharpe_ratio: Exact | None
    realized: SumAnswer
    unrealized: Exact | None = Field(description="By how much unrealised gains grew.")
    income: SumAnswer
    fees: SumAnswer
    taxes: SumAnswer
    benchmark: BenchmarkAnswer | None


class PerformanceAnswer(Answer):
    currency: str
    is_behind: bool
    figures: FiguresAnswer | None
    missing: list[str] = Field(description="Of snapshots, price (or amount) and rate.")


@router.get("/performance", response=answers(PerformanceAnswer), url_name="performance")
def performance(request: PageRequest, asked: Query[PerformanceQuestion]) -> PerformanceAnswer:
    """The figures of a period, as the page has them."""
    wanted = _asked(request, asked, asked.period)._replace(risk_free=asked.risk_free)
    if asked.benchmark:
        known = get_object_or_404(benchmarks(request.user.pk), ticker=asked.benchmark)
        wanted = wanted._replace(benchmark=known.ticker)
    found = measure(wanted)
    return PerformanceAnswer(
        currency=wanted.currency,
        is_behind=found.extent.is_behind,
        figures=_figures(found, taken(found)) if found.days else None,
        missing=_missing(found),
    )


def _missing(found: Performance) -> list[str]:
    lacks = (
        ("snapshots", not found.days),
        ("price", bool(found.series.incomplete)),
        ("rate", bool(found.series.unrated)),
    )
    return [what for what, is_missing in lacks if is_missing]


def _figures(found: Performance, brought: Takings) -> FiguresAnswer:
    chain, fall, risk = found.chain, found.drawdown, found.volatility
    return FiguresAnswer(
        start=found.start,
        end=found.end,
        value=found.days[-1].value,
        gain=found.gain,
        inflow=found.inflow,
        outflow=found.outflow,
        time_weighted=TimeWeightedAnswer(
            rate=chain.rate, annual=found.annual, since_break=chain.latest, reason=chain.reason
        ),
        money_weighted=_money_weighted(found, found.money),
        drawdown=DrawdownAnswer(
            depth=EXACT.multiply(fall.depth, -ONE) if chain.index else None,
            peak=fall.peak,
            trough=fall.trough,
            recovery=fall.recovery,
        ),
        volatility=VolatilityAnswer.model_validate(risk),
        sharpe_ratio=found.sharpe,
        realized=_sum(brought.realized),
        unrealized=found.unrealized(brought),
        income=_sum(brought.income),
        fees=_sum(brought.fees),
        taxes=_sum(brought.taxes),
        benchmark=_benchmark(found, found.benchmark),
    )


def _sum(figure: Figure) -> SumAnswer:
    return SumAnswer(amount=figure.amount, unknown=figure.unknown)


def _money_weighted(found: Performance, money: Xirr) -> MoneyWeightedAnswer:
    return MoneyWeightedAnswer(
        annual=money.rate if found.is_year else None,
        over_period=money.over_period,
        reason=money.reason,
    )


def _benchmark(found: Performance, compared: Benchmark | None) -> BenchmarkAnswer | None:
    if compared is None:
        return None
    return BenchmarkAnswer(
        ticker=found.asked.benchmark,
        rate=compared.rate,
        value=compared.days[-1].value,
        gain=compared.gain,
        money_weighted=_money_weighted(found, compared.money_weighted),
        reason=compared.reason,
    )
