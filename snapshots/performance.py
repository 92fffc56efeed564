"""Every figure of a period, each by the one function that computes it; all pages take them from here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from django.core.cache import cache

from portfolio.ledger_sums import groups_of
from pricing.closes import close_series, price_in_units_of, splits_of
from pricing.conversion import Rates
from pricing.money import EXACT, ZERO
from snapshots.benchmark import Benchmark, same_flows
from snapshots.drawdown import Drawdown, max_drawdown
from snapshots.periods import Period
from snapshots.returns import Day, TimeWeighted, absolute_gain, annualised, time_weighted
from snapshots.risk import Volatility, sharpe, volatility
from snapshots.series import ONE_DAY, Extent, Series, extent, load
from snapshots.takings import Takings, takings
from snapshots.xirr import Xirr, money_weighted
from transactions.models import Account

# Part of the key, to be raised with every change of what is kept.
VERSION = 1


class Asked(NamedTuple):
    """What a reader wants to see: whose days, in which currency, and against what.

    ``risk_free`` is per year, 0.02 being 2 %. ``benchmark`` is a ticker, empty for none.
    """

    accounts: Sequence[Account]
    currency: str
    period: Period
    benchmark: str = ""
    risk_free: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Month:
    """The days of a calendar month, as a table tells them."""

    day: date
    value: Decimal | None
    inflow: Decimal
    outflow: Decimal
    rate: Decimal | None
    benchmark: Decimal | None


@dataclass(frozen=True, slots=True)
class Performance:
    """The figures of a period; ``end`` is the last day that they include."""

    asked: Asked
    extent: Extent
    series: Series
    chain: TimeWeighted
    gain: Decimal | None
    money: Xirr
    drawdown: Drawdown
    volatility: Volatility
    benchmark: Benchmark | None

    @property
    def days(self) -> tuple[Day, ...]:
        return self.series.days

    @property
    def start(self) -> date:
        return self.days[0].day

    @property
    def end(self) -> date:
        return self.days[-1].day

    @property
    def opening(self) -> int:
        """How many days to pass over in a series: the one of nothing before the first is no day to show."""
        first = self.extent.first
        return 1 if self.days and first and self.start < first else 0

    @property
    def is_year(self) -> bool:
        return (self.end - self.start).days >= 365

    @property
    def annual(self) -> Decimal | None:
        """The time-weighted return per year, None under a year."""
        return annualised(self.chain.rate, self.start, self.end)

    @property
    def sharpe(self) -> Decimal | None:
        return sharpe(self.annual, self.volatility.annual, self.asked.risk_free)

    @property
    def inflow(self) -> Decimal:
        return exact_sum(day.inflow for day in self.days[1:])

    @property
    def outflow(self) -> Decimal:
        return exact_sum(day.outflow for day in self.days[1:])

    def unrealized(self, taken: Takings) -> Decimal | None:
        """By how much gains that are not realised grew: what the other parts leave of the gain."""
        if self.gain is None:
            return None
        earned = EXACT.add(taken.realized.amount, taken.income.amount)
        spent = EXACT.add(taken.fees_apart.amount, taken.taxes_apart.amount)
        return EXACT.subtract(self.gain, EXACT.subtract(earned, spent))


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def measure(asked: Asked) -> Performance:
    """The figures of a period.

    The figures are kept by the content of the days that they rest on, so they are never out of date.
    """
    reach = extent(asked.accounts, asked.period.end)
    first = asked.period.start or reach.first or asked.period.end
    series_of = _closes(asked, first - ONE_DAY)
    rates = _rates(asked, min(first, reach.first or first) - ONE_DAY, series_of)
    series = load(asked.accounts, rates, asked.currency, asked.period.start, reach)
    closes = _converted(series_of, rates, asked.currency)
    chain, money, drawdown, risk, compared = _figures(series.days, closes, bool(asked.benchmark))
    gain = absolute_gain(series.days)
    return Performance(asked, reach, series, chain, gain, money, drawdown, risk, compared)


Kept = tuple[TimeWeighted, Xirr, Drawdown, Volatility, Benchmark | None]


def _figures(
    days: Sequence[Day], closes: Sequence[tuple[date, Decimal]], is_compared: bool
) -> Kept:
    content = sha256(repr((days, closes, is_compared)).encode()).hexdigest()
    key = f"performance:{VERSION}:{content}"
    kept: Kept | None = cache.get(key)
    if kept is None:
        chain = time_weighted(days)
        index = [(point.day, point.index) for point in chain.index]
        start, end = (index[0][0], index[-1][0]) if index else (date.min, date.min)
        inside = [(day, rate) for day, rate in chain.rates if day > start]
        kept = (
            chain,
            money_weighted(days),
            max_drawdown(index),
            volatility(inside, start, end),
            same_flows(days, closes) if is_compared else None,
        )
        cache.set(key, kept)
    return kept


def taken(found: Performance) -> Takings:
    """What the ledger brought and cost in the days of the figures."""
    return takings(found.asked.accounts, found.asked.currency, found.start, found.end)


def months(found: Performance) -> list[Month]:
    """The last day of each month with what came and went in it, and its return."""
    rows: list[Month] = []
    compared = found.benchmark.days if found.benchmark else ()
    since: list[Day] = [found.days[0]]
    for place, day in enumerate(found.days[1:], start=1):
        since.append(day)
        is_last = place == len(found.days) - 1
        if is_last or found.days[place + 1].day.month != day.day.month:
            rows.append(
                Month(
                    day.day,
                    day.value,
                    exact_sum(one.inflow for one in since[1:]),
                    exact_sum(one.outflow for one in since[1:]),
                    time_weighted(since).rate,
                    compared[place].value if compared else None,
                )
            )
            since = [day]
    return rows


class _Close(NamedTuple):
    day: date
    price: Decimal
    currency: str


def _closes(asked: Asked, start: date) -> list[_Close]:
    """The benchmark's prices per unit as it is on the last day, so that a split is no fall."""
    if not asked.benchmark:
        return []
    ticker, end = asked.benchmark, asked.period.end
    splits = splits_of([ticker]).get(ticker, [])
    return [
        _Close(close.day, price_in_units_of(close, splits, end), close.currency)
        for close in close_series([ticker], start, end)[ticker]
    ]


def _rates(asked: Asked, start: date, closes: Sequence[_Close]) -> Rates:
    ledger = groups_of(asked.accounts)
    currencies = {asked.currency, *(account.currency for account in asked.accounts)}
    currencies |= {group.currency for group in ledger} | {group.payer for group in ledger}
    currencies |= {close.currency for close in closes}
    return Rates(currencies - {""}, start, asked.period.end)


def _converted(closes: Sequence[_Close], rates: Rates, currency: str) -> list[tuple[date, Decimal]]:
    """The prices in the shown currency; those of days without a rate are left out."""
    found = []
    for close in closes:
        rate = rates.find(close.currency, currency, close.day)
        if rate is not None:
            found.append((close.day, EXACT.multiply(close.price, rate.value)))
    return found
