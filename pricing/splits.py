"""Stock splits: how many units of one day are how many units of another.

Pure. A split keeps what a holding is worth, so a price that is quoted in the units of one day can only
be multiplied by a quantity in the units of the same day. Every conversion between the two goes through
``units``; nothing else multiplies by a ratio.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from pricing.money import EXACT, to_quantity


class Split(NamedTuple):
    """From this day on, ``denominator`` old units are ``numerator`` new ones (2 for 1: 2 and 1)."""

    day: date
    numerator: int
    denominator: int


def ratio(splits: Iterable[Split], since: date, until: date) -> Fraction:
    """What one unit as it was at the end of ``since`` has become by the end of ``until``.

    Going back in time gives the inverse, so that there and back is exactly 1.
    """
    if until < since:
        return 1 / ratio(splits, until, since)
    result = Fraction(1)
    for split in splits:
        if since < split.day <= until:
            result *= Fraction(split.numerator, split.denominator)
    return result


def units(quantity: Decimal, splits: Iterable[Split], since: date, until: date) -> Decimal:
    """A quantity in the units of ``since``, told in the units of ``until``, at 18 decimals."""
    factor = ratio(splits, since, until)
    if factor == 1:
        return quantity
    product = EXACT.multiply(quantity, Decimal(factor.numerator))
    return to_quantity(EXACT.divide(product, Decimal(factor.denominator)))
