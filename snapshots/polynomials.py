"""All roots between 0 and 1 of a polynomial with few terms and large exponents.

Pure. The polynomial is split into its positive and its negative terms, both of which grow with w. On an
interval the value therefore lies between the positive part at the left end less the negative part at the
right end, and the other way round; the same holds for the derivative. An interval over which one of the
two cannot be zero holds no root, or at most one, and all others are halved.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal, DivisionByZero, InvalidOperation
from itertools import pairwise
from typing import NamedTuple

from pricing.money import ONE, ZERO

Terms = Sequence[tuple[int, Decimal]]

# Digits of the search, the width at which an interval counts as one point, and the distance within which
# roots are one: where the polynomial only touches zero, its sign is lost at half of the digits.
_SEARCH = Context(prec=50, Emin=-999999, Emax=999999, traps=[InvalidOperation, DivisionByZero])
_NARROW = Decimal("1e-32")
_APART = Decimal("1e-20")
_HALF = Decimal("0.5")


class _Parts(NamedTuple):
    """Positive and negative part of the value at a point, and of the derivative times the point."""

    at: Decimal
    positive: Decimal
    negative: Decimal
    rising: Decimal
    falling: Decimal

    @property
    def value(self) -> Decimal:
        return _SEARCH.subtract(self.positive, self.negative)

    @property
    def slope(self) -> Decimal:
        """The derivative times the point: it has the derivative's sign."""
        return _SEARCH.subtract(self.rising, self.falling)


def roots(terms: Terms) -> list[Decimal]:
    """The w with 0 < w < 1 at which the sum of amount * w ^ exponent is zero, ascending.

    ``terms`` are (exponent, amount) in ascending order, the first exponent 0, no amount 0. Right to about
    30 digits; a root that only touches zero is found once.
    """
    right = ONE
    if not sum_of(terms):
        # w = 1 is a root itself; others are looked for up to just below it.
        right = _SEARCH.subtract(ONE, _NARROW)
    changes = sum(1 for a, b in pairwise(terms) if (a[1] < 0) != (b[1] < 0))
    ends = parts(terms, _lowest(terms)), parts(terms, right)
    if changes == 1:
        # Descartes: exactly one positive root, here or beyond 1.
        return [_refined(terms, *ends)] if _differ(*ends) else []
    return _isolated(terms, *ends)


def sum_of(terms: Terms) -> Decimal:
    total = ZERO
    for _, amount in terms:
        total = _SEARCH.add(total, amount)
    return total


def parts(terms: Terms, at: Decimal) -> _Parts:
    positive = negative = rising = falling = ZERO
    power, previous = ONE, 0
    for exponent, amount in terms:
        power = _SEARCH.multiply(power, _SEARCH.power(at, exponent - previous))
        previous = exponent
        term = _SEARCH.multiply(amount, power)
        if amount > 0:
            positive = _SEARCH.add(positive, term)
            rising = _SEARCH.fma(term, Decimal(exponent), rising)
        else:
            negative = _SEARCH.subtract(negative, term)
            falling = _SEARCH.fma(-term, Decimal(exponent), falling)
    return _Parts(at, positive, negative, rising, falling)


def _lowest(terms: Terms) -> Decimal:
    """A point below which the first term outweighs all others, so that no root lies there."""
    at = _HALF
    while True:
        found = parts(terms, at)
        first = abs(terms[0][1])
        if _SEARCH.add(found.positive, found.negative) < _SEARCH.add(first, first):
            return at
        at = _SEARCH.multiply(at, _HALF)


def _isolated(terms: Terms, left: _Parts, right: _Parts) -> list[Decimal]:
    found: list[Decimal] = []
    waiting = [(left, right)]
    while waiting:
        left, right = waiting.pop()
        if _has_no_root(left, right):
            continue
        if _is_monotone(left, right):
            if _differ(left, right):
                found.append(_refined(terms, left, right))
        elif _is_narrow(left, right):
            found.append(left.at)
        else:
            middle = parts(terms, _middle(left.at, right.at))
            waiting += [(middle, right), (left, middle)]
    return _distinct(found)


def _has_no_root(left: _Parts, right: _Parts) -> bool:
    return left.positive > right.negative or left.negative > right.positive


def _is_monotone(left: _Parts, right: _Parts) -> bool:
    return left.rising > right.falling or left.falling > right.rising


def _differ(left: _Parts, right: _Parts) -> bool:
    """Whether the value changes its sign; a zero belongs to the interval that it begins."""
    if left.value == 0:
        return True
    return right.value != 0 and (left.value < 0) != (right.value < 0)


def _is_narrow(left: _Parts, right: _Parts) -> bool:
    return _SEARCH.subtract(right.at, left.at) < _NARROW


def _middle(left: Decimal, right: Decimal) -> Decimal:
    return _SEARCH.multiply(_SEARCH.add(left, right), _HALF)


def _distinct(found: list[Decimal]) -> list[Decimal]:
    """Without the neighbours that one touching root leaves behind."""
    result: list[Decimal] = []
    for at in sorted(found):
        if not result or _SEARCH.subtract(at, result[-1]) > _APART:
            result.append(at)
    return result


def _refined(terms: Terms, left: _Parts, right: _Parts) -> Decimal:
    """The root between two points of different sign: Newton's steps, halves where they leave."""
    point = left if left.value == 0 else parts(terms, _middle(left.at, right.at))
    while point.value != 0 and not _is_narrow(left, right):
        if (point.value < 0) == (left.value < 0):
            left = point
        else:
            right = point
        step = _newton(point)
        if step is not None and abs(_SEARCH.subtract(step, point.at)) < _NARROW:
            return step
        inside = step is not None and left.at < step < right.at
        at = step if inside and step is not None else _middle(left.at, right.at)
        point = parts(terms, at)
    return point.at


def _newton(point: _Parts) -> Decimal | None:
    if point.slope == 0:
        return None
    move = _SEARCH.divide(_SEARCH.multiply(point.value, point.at), point.slope)
    return _SEARCH.subtract(point.at, move)
