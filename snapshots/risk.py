"""How much the returns of single days scatter, and what was earned for it.

Pure. The conventions, which differ between trackers, and a worked table are in docs/algorithms/risk.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pricing.money import EXACT, ONE, ZERO
from snapshots.returns import DAYS_A_YEAR

LEAST_RETURNS = 2


@dataclass(frozen=True, slots=True)
class Volatility:
    """``deviation`` is the standard deviation of one day, ``over_period`` that of all ``count`` days.

    ``annual`` is None under a year. All are None, with a reason, where there is too little to tell.
    """

    count: int
    deviation: Decimal | None = None
    over_period: Decimal | None = None
    annual: Decimal | None = None
    reason: str = ""


def volatility(rates: Sequence[tuple[date, Decimal]], start: date, end: date) -> Volatility:
    """The sample deviation of the logarithmic returns of the days that have one.

    Over the period it grows with the root of their number; a year has as many of them as there were
    per 365 days between ``start``, the day before the first return, and ``end``.
    """
    count, span = len(rates), (end - start).days
    if count < LEAST_RETURNS:
        return Volatility(count, reason="Fewer than two days have a return.")
    if any(rate <= -1 for _, rate in rates):
        return Volatility(count, reason="Everything was lost on a day, which has no logarithm.")
    deviation = EXACT.sqrt(_variance([EXACT.ln(EXACT.add(ONE, rate)) for _, rate in rates]))
    annual = None
    if span >= DAYS_A_YEAR:
        returns_a_year = EXACT.divide(Decimal(count * DAYS_A_YEAR), Decimal(span))
        annual = EXACT.multiply(deviation, EXACT.sqrt(returns_a_year))
    over_period = EXACT.multiply(deviation, EXACT.sqrt(Decimal(count)))
    return Volatility(count, deviation, over_period, annual)


def _variance(values: Sequence[Decimal]) -> Decimal:
    """Of a sample: divided by one less than the number of values."""
    if len(set(values)) == 1:
        # Their mean is rounded, and what that leaves would pass for a risk: a Sharpe ratio of 10^79.
        return ZERO
    mean = EXACT.divide(_total(values), Decimal(len(values)))
    squares = [EXACT.power(EXACT.subtract(value, mean), 2) for value in values]
    return EXACT.divide(_total(squares), Decimal(len(values) - 1))


def _total(values: Sequence[Decimal]) -> Decimal:
    total = ZERO
    for value in values:
        total = EXACT.add(total, value)
    return total


def sharpe(
    annual_return: Decimal | None, annual_volatility: Decimal | None, risk_free: Decimal
) -> Decimal | None:
    """(annualised return - risk-free rate) / annualised volatility; None under a year or without risk.

    All per year, 0.02 being 2 %.
    """
    if annual_return is None or not annual_volatility:
        return None
    return EXACT.divide(EXACT.subtract(annual_return, risk_free), annual_volatility)
