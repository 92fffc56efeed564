"""What the same money would have become in something else.

Pure. Each inflow buys units of the benchmark at the close of its day, each outflow sells as many as it
takes. docs/algorithms/benchmark.md has a worked table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pricing.money import EXACT, ONE, ZERO, to_amount
from snapshots.returns import Day, absolute_gain
from snapshots.xirr import Xirr, money_weighted


@dataclass(frozen=True, slots=True)
class Benchmark:
    """``days`` repeats the flows with the value that the benchmark would have had, None where unknown.

    ``rate`` is the change of the benchmark's own price over the period: its time-weighted return.
    """

    days: tuple[Day, ...]
    rate: Decimal | None
    reason: str = ""

    @property
    def gain(self) -> Decimal | None:
        return absolute_gain(self.days)

    @property
    def money_weighted(self) -> Xirr:
        return money_weighted(self.days)


def same_flows(days: Sequence[Day], closes: Sequence[tuple[date, Decimal]]) -> Benchmark:
    """Invest the first value and then the flows of ``days`` in a series of prices, oldest first.

    Prices are in the currency of the days; a day without one takes the last before it. From the day on
    which more is withdrawn than the benchmark would have been worth, its value is unknown.
    """
    prices = _carried(days, closes)
    if not days or days[0].value is None:
        return Benchmark(tuple(_unknown(days)), None, "The value at the start is unknown.")
    if not prices[0]:
        reason = f"The benchmark has no price on or before {days[0].day}."
        return Benchmark(tuple(_unknown(days)), None, reason)
    rate = EXACT.subtract(EXACT.divide(prices[-1] or ZERO, prices[0]), ONE)
    path: list[Day] = []
    units = EXACT.divide(days[0].value, prices[0])
    for place, (day, price) in enumerate(zip(days, prices, strict=True)):
        if place and price:
            net = EXACT.subtract(day.inflow, day.outflow)
            units = EXACT.add(units, EXACT.divide(net, price))
        if units < 0:
            reason = f"On {day.day} more was withdrawn than the benchmark would have been worth."
            return Benchmark((*path, *_unknown(days[place:])), rate, reason)
        path.append(day._replace(value=to_amount(EXACT.multiply(units, price or ZERO))))
    return Benchmark(tuple(path), rate)


def _unknown(days: Sequence[Day]) -> list[Day]:
    return [day._replace(value=None) for day in days]


def _carried(days: Sequence[Day], closes: Sequence[tuple[date, Decimal]]) -> list[Decimal | None]:
    """The last price on or before each day, None where there is none yet; nothing is bought at 0."""
    found: list[Decimal | None] = []
    price, place = None, 0
    for day in days:
        while place < len(closes) and closes[place][0] <= day.day:
            price, place = closes[place][1] or price, place + 1
        found.append(price)
    return found
