"""Which new price is not believed before a person has seen it. Pure.

Two mistakes spoil more charts than all others: pounds taken for pence or the other way round, which is
a factor of exactly 100, and the price of another thing under the same symbol, which is any large factor.
"""

from __future__ import annotations

from decimal import Decimal

from pricing.money import EXACT, ONE

HUNDRED = Decimal(100)
# After the factor of exactly 100 is taken out, what is left is how the price itself moved since the
# last one. Larger moves within days are rare, and the general factor catches them anyway.
HUNDRED_TOLERANCE = Decimal("0.2")


def doubt(last: Decimal, price: Decimal, factor: int | None) -> str:
    """Why a price is not believed beside the last one in the same units and currency, or ``""``.

    ``factor``: a price that is at least so many times the last one, or at most that part of it, is
    doubted; None where so much time is between them that any move is possible.
    """
    if not last or not price:
        return ""
    ratio = EXACT.divide(price, last)
    grows = ratio >= ONE
    size = ratio if grows else EXACT.divide(ONE, ratio)
    if abs(EXACT.subtract(EXACT.divide(size, HUNDRED), ONE)) <= HUNDRED_TOLERANCE:
        unit = "100 times" if grows else "a hundredth of"
        return f"About {unit} the last price {_short(last)}: another unit, like pence for pounds?"
    if factor is not None and size >= factor:
        change = f"{_short(size)} times" if grows else f"1/{_short(size)} of"
        return f"{change} the last price {_short(last)}: a split, or another thing?"
    return ""


def _short(value: Decimal) -> str:
    """Six digits, which is enough to recognise a number."""
    rounded = value.normalize(EXACT).quantize(
        ONE.scaleb(min(0, value.adjusted() - 5)), context=EXACT
    )
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
