"""The money-weighted return: the yearly rate at which all flows together are worth nothing.

Pure, and in Decimals throughout, so that every machine finds the same digits. With the discount factor of
one day, w = (1 + rate) ^ (-1/365), the equation is a polynomial: sum of amount * w ^ days = 0. Its roots
between 0 and 1 are the rates above 0; counting the days from the last flow gives the others. Roots are
isolated by bounds that hold over whole intervals, so that none is missed and none is made up.
docs/algorithms/xirr.md has the rules and a worked table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum
from typing import NamedTuple

from pricing.money import EXACT, ONE, ZERO
from snapshots.polynomials import roots
from snapshots.returns import DAYS_A_YEAR, Day, power

# Digits of a rate that are told; the search itself runs with more.
_TOLD = Context(prec=20)


class Status(StrEnum):
    SOLVED = "solved"
    NONE = "no solution"
    SEVERAL = "several solutions"


class Flow(NamedTuple):
    """Money as its owner sees it: paid in is negative, received is positive."""

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Xirr:
    """``rate`` is per year (0.05 is 5 %), None unless there is exactly one.

    ``solutions`` has all of them in ascending order, ``reason`` says why there is no single one, and
    ``days`` is the time from the first flow to the last.
    """

    status: Status
    rate: Decimal | None
    solutions: tuple[Decimal, ...]
    reason: str
    days: int

    @property
    def over_period(self) -> Decimal | None:
        """What the rate gives over the days of the flows: the figure to show under a year."""
        if self.rate is None:
            return None
        return EXACT.subtract(power(EXACT.add(ONE, self.rate), self.days, DAYS_A_YEAR), ONE)


def xirr(flows: Iterable[tuple[date, Decimal]]) -> Xirr:
    """The rate with sum of amount / (1 + rate) ^ (days / 365) = 0, Act/365; order does not matter."""
    by_day: defaultdict[date, Decimal] = defaultdict(lambda: ZERO)
    moved = False
    for day, amount in flows:
        by_day[day] = EXACT.add(by_day[day], amount)
        moved = moved or amount != 0
    net = sorted((day, amount) for day, amount in by_day.items() if amount)
    if reason := _unsolvable(net, moved):
        return Xirr(Status.NONE, None, (), reason, _span(net))
    found = tuple(_rates(net))
    if not found:
        reason = "At no rate are these flows together worth nothing."
        return Xirr(Status.NONE, None, (), reason, _span(net))
    if len(found) > 1:
        reason = f"At {len(found)} rates these flows together are worth nothing; none is the one."
        return Xirr(Status.SEVERAL, None, found, reason, _span(net))
    return Xirr(Status.SOLVED, found[0], found, "", _span(net))


def money_weighted(days: Sequence[Day]) -> Xirr:
    """The XIRR of a period: its first value is paid in, its last is received.

    The opening value stands for everything up to and including the first day; the last day's flows count.
    When all that was paid in is gone and nothing came back, the rate is exactly -1.
    """
    if len(days) < 2 or days[0].value is None or days[-1].value is None:
        reason = "The value at the start or at the end is unknown, or they are one day."
        return Xirr(Status.NONE, None, (), reason, 0)
    flows = [Flow(days[0].day, days[0].value.copy_negate())]
    for day in days[1:]:
        flows.append(Flow(day.day, EXACT.subtract(day.outflow, day.inflow)))
    span = (days[-1].day - days[0].day).days
    if _is_total_loss(days):
        return Xirr(Status.SOLVED, -ONE, (-ONE,), "", span)
    return xirr([*flows, Flow(days[-1].day, days[-1].value)])


def _is_total_loss(days: Sequence[Day]) -> bool:
    assert days[0].value is not None
    paid_in = days[0].value > 0 or any(day.inflow for day in days[1:])
    return paid_in and days[-1].value == 0 and not any(day.outflow for day in days[1:])


def _unsolvable(net: Sequence[tuple[date, Decimal]], moved: bool) -> str:
    if not moved:
        return "No money moved."
    if len(net) < 2:
        return "All flows are on one day, or cancel out on each: there is no time in which to earn."
    if all(amount > 0 for _, amount in net):
        return "Money only came out: nothing was paid in that could have earned it."
    if all(amount < 0 for _, amount in net):
        return "Money only went in: nothing came back and nothing is left."
    return ""


def _span(net: Sequence[tuple[date, Decimal]]) -> int:
    return (net[-1][0] - net[0][0]).days if net else 0


def _rates(net: Sequence[tuple[date, Decimal]]) -> list[Decimal]:
    first, last = net[0][0], net[-1][0]
    forwards = [((day - first).days, amount) for day, amount in net]
    backwards = [((last - day).days, amount) for day, amount in reversed(net)]
    # Backwards the unknown is the growth of one day, which is below 1 where the rate is below 0.
    below = [power(root, DAYS_A_YEAR, 1) for root in roots(backwards)]
    above = [EXACT.divide(ONE, power(root, DAYS_A_YEAR, 1)) for root in roots(forwards)]
    total = ZERO
    for _, amount in net:
        total = EXACT.add(total, amount)
    at_zero = [ONE] if total == 0 else []
    growths = sorted({*below, *at_zero, *above})
    return [_TOLD.plus(EXACT.subtract(growth, ONE)) for growth in growths]
