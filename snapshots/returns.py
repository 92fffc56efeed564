"""How the value did, apart from what was paid in and out: the true daily time-weighted return.

Pure. docs/algorithms/twr.md has the rules and a worked table. A return that is not defined is None with
a sentence that says why, never a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pricing.money import EXACT, ONE, ZERO

DAYS_A_YEAR = 365


class Day(NamedTuple):
    """One day in one currency: ``value`` at its end, money that came in at its start and left at its end.

    ``value`` is None when nobody knows it. ``inflow`` and ``outflow`` are never negative.
    """

    day: date
    value: Decimal | None
    inflow: Decimal = ZERO
    outflow: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Point:
    """The index at the end of a day, and the return since the point before it.

    ``rate`` is None on the first point of a stretch and while nothing was invested.
    """

    day: date
    index: Decimal
    rate: Decimal | None


class Break(NamedTuple):
    """A day that has no return, and why."""

    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class TimeWeighted:
    """The chained return of a period.

    Each stretch between two breaks is an index of its own, which starts at 1. ``rate`` is the return of
    the whole period and None once the chain broke; ``latest`` is what can still be said. On the days
    ``passed`` over something was gained or lost, but by nothing invested: the index rests.
    """

    stretches: tuple[tuple[Point, ...], ...]
    breaks: tuple[Break, ...]
    passed: tuple[Break, ...] = ()

    @property
    def rate(self) -> Decimal | None:
        return None if self.breaks or not self.stretches else self.latest

    @property
    def latest(self) -> Decimal | None:
        """The return since the last break."""
        return EXACT.subtract(self.index[-1].index, ONE) if self.index else None

    @property
    def index(self) -> tuple[Point, ...]:
        """The index since the last break: the whole one when there was none."""
        return self.stretches[-1] if self.stretches else ()

    @property
    def rates(self) -> list[tuple[date, Decimal]]:
        """The returns of all days that have one."""
        return [
            (point.day, point.rate)
            for stretch in self.stretches
            for point in stretch
            if point.rate is not None
        ]

    @property
    def reason(self) -> str:
        """Why there is no return, or else what it leaves out."""
        for first in (*self.breaks[:1], *self.passed[:1]):
            return first.reason
        return "" if self.stretches else "There is no day with a value."


def time_weighted(days: Iterable[Day]) -> TimeWeighted:
    """Chain (end value + outflow) / (start value + inflow) - 1 over the days, in their order.

    The first day is the start of the index: only its value counts, which stands for everything up to and
    including it. To count the flows of the first day itself, begin with a day of value 0 before it.
    A day without value is passed over if no money moved on it; the next return then spans several days.
    """
    chain = _Chain()
    for day in days:
        chain.add(day)
    stretches = tuple(tuple(part) for part in chain.stretches)
    return TimeWeighted(stretches, tuple(chain.breaks), tuple(chain.passed))


class _Chain:
    def __init__(self) -> None:
        self.stretches: list[list[Point]] = []
        self.breaks: list[Break] = []
        self.passed: list[Break] = []
        self.start: Decimal | None = None
        self.was_moved = False  # money, while the value was unknown

    def add(self, day: Day) -> None:
        if day.value is None:
            self.was_moved = self.was_moved or bool(day.inflow or day.outflow)
            return
        if self.start is None:
            self._begin(day)
        elif reason := self._undefined(day, self.start):
            self.breaks.append(Break(day.day, reason))
            self._begin(day)
        elif reason := _unearned(day, self.start):
            self.passed.append(Break(day.day, reason))
            self._rest(day)
        else:
            self._chain(day, EXACT.add(self.start, day.inflow))
        self.start, self.was_moved = day.value, False

    def _begin(self, day: Day) -> None:
        self.stretches.append([Point(day.day, ONE, None)])

    def _undefined(self, day: Day, start: Decimal) -> str:
        assert day.value is not None
        base, end = EXACT.add(start, day.inflow), EXACT.add(day.value, day.outflow)
        if self.was_moved:
            return f"Money moved before {day.day} while the value was unknown."
        if base < 0:
            return f"On {day.day} the value was negative before the day began."
        if end < 0:
            return f"On {day.day} the value became negative: more was lost than was invested."
        return ""

    def _chain(self, day: Day, base: Decimal) -> None:
        assert day.value is not None
        if base == 0:
            self._rest(day)
            return
        index = self.stretches[-1][-1].index
        factor = EXACT.divide(EXACT.add(day.value, day.outflow), base)
        point = Point(day.day, EXACT.multiply(index, factor), EXACT.subtract(factor, ONE))
        self.stretches[-1].append(point)

    def _rest(self, day: Day) -> None:
        self.stretches[-1].append(Point(day.day, self.stretches[-1][-1].index, None))


def _unearned(day: Day, start: Decimal) -> str:
    """What a day without anything invested gained or lost, which is no return of the investments.

    A dividend after the last sale, a share as a present; a fee after the last sale, of which all is lost.
    """
    assert day.value is not None
    end = EXACT.add(day.value, day.outflow)
    if start == 0 and day.inflow == 0 and end > 0:
        return f"On {day.day} there was value or an outflow, but nothing invested to earn it."
    if start == 0 and day.inflow > 0 and end == 0:
        return f"On {day.day} all that came in was spent, with nothing held before or after it."
    return ""


def absolute_gain(days: Sequence[Day]) -> Decimal | None:
    """Value at the end less value at the start less what was paid in, plus what was paid out.

    The first day's flows are in its value. None when the first or the last value is unknown.
    """
    if not days or days[0].value is None or days[-1].value is None:
        return None
    gain = EXACT.subtract(days[-1].value, days[0].value)
    for day in days[1:]:
        gain = EXACT.subtract(EXACT.add(gain, day.outflow), day.inflow)
    return gain


def annualised(rate: Decimal | None, start: date, end: date) -> Decimal | None:
    """(1 + rate) ^ (365 / days) - 1; None for an unknown rate and for less than 365 days."""
    days = (end - start).days
    if rate is None or days < DAYS_A_YEAR:
        return None
    return EXACT.subtract(power(EXACT.add(ONE, rate), DAYS_A_YEAR, days), ONE)


def power(base: Decimal, numerator: int, denominator: int) -> Decimal:
    """base ^ (numerator / denominator) for a base that is not negative."""
    if base == 0:
        return ZERO
    return EXACT.power(base, EXACT.divide(Decimal(numerator), Decimal(denominator)))
