"""The deepest fall of an index: from which day, to which, and when it was made up for.

Pure. It runs on the time-weighted index, never on value, so that a withdrawal is no loss.
docs/algorithms/drawdown.md has a worked table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pricing.money import EXACT, ONE, ZERO


@dataclass(frozen=True, slots=True)
class Drawdown:
    """``depth`` is the lost part of the peak: 0.25 is a fall by a quarter, 0 means none.

    ``peak`` is the last day at the high before the fall, ``trough`` the first day at its bottom,
    ``recovery`` the first day that is at the high again, None while it is not.
    """

    depth: Decimal
    peak: date | None = None
    trough: date | None = None
    recovery: date | None = None


def max_drawdown(index: Iterable[tuple[date, Decimal]]) -> Drawdown:
    """The largest 1 - index / highest index before; of equal ones the first. Values from 0 up."""
    worst = Drawdown(ZERO)
    high, peak, worst_high = ZERO, None, ZERO
    for day, value in index:
        if worst.trough and not worst.recovery and value >= worst_high:
            worst = Drawdown(worst.depth, worst.peak, worst.trough, day)
        if value >= high:
            high, peak = value, day
            continue
        depth = EXACT.subtract(ONE, EXACT.divide(value, high))
        if depth > worst.depth:
            worst, worst_high = Drawdown(depth, peak, day), high
    return worst
