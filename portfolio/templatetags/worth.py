"""How shares and changes are written on pages."""

from decimal import ROUND_HALF_EVEN, Decimal

from django import template

from pricing.money import EXACT
from pricing.templatetags.money import SPACE, UNKNOWN, readable, written

register = template.Library()

STEP = Decimal("0.01")


@register.filter
def percent(value: Decimal | None) -> str:
    """Hundredths, rounded for reading: ``12.50 %``."""
    if value is None:
        return UNKNOWN
    return f"{written(value.quantize(STEP, ROUND_HALF_EVEN, EXACT), 2)}{SPACE}%"


@register.filter
def signed_percent(value: Decimal | None) -> str:
    """With its sign in front, also when it is a plus."""
    return f"+{percent(value)}" if value is not None and value > 0 else percent(value)


@register.filter
def rounded_gain(value: Decimal | None, currency: str) -> str:
    """Money that was won or lost, as statements write it, without its currency."""
    if value is None:
        return UNKNOWN
    text = readable(value, currency)
    return f"+{text}" if value > 0 else text
