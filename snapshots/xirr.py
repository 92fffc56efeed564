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
from snapshots.polynomials import parts, roots
from snapshots.returns import DAYS_A_YEAR, Day, power

# Digits of a rate that are told; the search itself runs with more.
_TOLD = Context(prec=20)


class Status(StrEnum):
    SOLVED = "solved"
    NONE = "no solution"
    SEVERAL = "several solutions"


class _Root(NamedTuple):
    """A rate at which all flows are worth nothing; ``falls``: at a higher one they are worth less."""

    rate: Decimal
    falls: bool


class Flow(NamedTuple):
    """Money as its owner sees it: paid in is negative, received is positive."""

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Xirr:
    """``rate`` is per year (0.05 is 5 %), None where no solution is the return.

    ``solutions`` has all of them in ascending order, ``reason`` says why none is the return, and
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
    if net and _is_all_lost(net, max(by_day)):
        return Xirr(Status.SOLVED, -ONE, (-ONE,), "", (max(by_day) - net[0][0]).days)
    if reason := _unsolvable(net, moved):
        return Xirr(Status.NONE, None, (), reason, _span(net))
    gain, found = _sum(net), _roots(net)
    rates = tuple(root.rate for root in found)
    if not found:
        reason = "At no rate are these flows together worth nothing."
        return Xirr(Status.NONE, None, (), reason, _span(net))
    if (rate := _return_among(found, gain)) is None:
        reason = f"At {len(found)} rates these flows together are worth nothing; none is the one."
        return Xirr(Status.SEVERAL, None, rates, reason, _span(net))
    return Xirr(Status.SOLVED, rate, rates, "", _span(net))


def _return_among(found: Sequence[_Root], gain: Decimal) -> Decimal | None:
    """The only solution, or the only one that says of these flows what a return says of an investment.

    It has the sign of the gain, and a higher rate would ask for more than came back. The others come
    from small flows at the ends: a fee after the account was emptied has one near -100 %.
    """
    if len(found) == 1:
        return found[0].rate
    alike = [root.rate for root in found if root.falls and _sign(root.rate) == _sign(gain)]
    return alike[0] if len(alike) == 1 else None


def _sign(value: Decimal) -> Decimal:
    return value.compare(ZERO)


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


def _is_all_lost(net: Sequence[tuple[date, Decimal]], last: date) -> bool:
    """Money only went in, and a flow of nothing on a later day says that nothing is left."""
    return net[-1][0] < last and all(amount < 0 for _, amount in net)


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


def _sum(net: Sequence[tuple[date, Decimal]]) -> Decimal:
    total = ZERO
    for _, amount in net:
        total = EXACT.add(total, amount)
    return total


def _roots(net: Sequence[tuple[date, Decimal]]) -> list[_Root]:
    """In ascending order. A rate falls as the discount factor of a day rises, and as growth falls."""
    first, last = net[0][0], net[-1][0]
    forwards = [((day - first).days, amount) for day, amount in net]
    backwards = [((last - day).days, amount) for day, amount in reversed(net)]
    # Backwards the unknown is the growth of one day, which is below 1 where the rate is below 0.
    growths = {
        power(root, DAYS_A_YEAR, 1): parts(backwards, root).slope < 0 for root in roots(backwards)
    }
    if not _sum(net):
        growths[ONE] = parts(forwards, ONE).slope > 0
    for root in roots(forwards):
        growth = EXACT.divide(ONE, power(root, DAYS_A_YEAR, 1))
        growths[growth] = parts(forwards, root).slope > 0
    return [
        _Root(_TOLD.plus(EXACT.subtract(growth, ONE)), falls)
        for growth, falls in sorted(growths.items())
    ]
