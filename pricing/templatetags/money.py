"""How numbers are written on pages: the only place where they become text for people.

``money``, ``price``, ``quantity`` and ``signed`` give text; ``amount`` and ``gain`` give the element
with its class, rounded for reading and with the exact figure in its title. None is unknown and says so: a
missing figure must never look like zero.
"""

from decimal import ROUND_HALF_EVEN, Decimal

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pricing.currencies import decimals_of, is_money
from pricing.money import EXACT, ONE, to_amount, to_quantity

register = template.Library()

UNKNOWN = "unknown"
MINUS = "\u2212"
SPACE = "\u00a0"  # no line break between a number and its unit
AMOUNT_DECIMALS = 8
PRICE_DECIMALS = 4
PRICE_DIGITS = 6  # of a price below one: 0.0000123457


@register.filter
def money(value: Decimal | None, currency: str = "") -> str:
    """Every digit that is there: ``1,234.50 EUR``, ``0.00012345 BTC``."""
    return UNKNOWN if value is None else with_unit(exact(value, currency), currency)


@register.filter
def price(value: Decimal | None, currency: str = "") -> str:
    """Of one unit, rounded to what can be read: ``187.1234``, ``0.0000123457``."""
    if value is None:
        return UNKNOWN
    places = PRICE_DECIMALS
    if value and abs(value) < ONE:
        places = PRICE_DIGITS - 1 - value.adjusted()
    rounded = value.quantize(ONE.scaleb(-places), ROUND_HALF_EVEN, EXACT)
    return with_unit(written(rounded, decimals_of(currency)), currency)


@register.filter
def quantity(value: Decimal | None) -> str:
    """Units with every digit that is there; nothing where a row has no units."""
    return "" if value is None else written(to_quantity(value), 0)


@register.filter
def signed(value: Decimal | None, currency: str = "") -> str:
    """Money with its sign in front, also when it is a plus."""
    text = money(value, currency)
    return f"+{text}" if value is not None and value > 0 else text


@register.filter
def gain_class(value: Decimal | None) -> str:
    if value is None:
        return "unknown"
    return "up" if value > 0 else "down" if value < 0 else "flat"


@register.filter
def amount(value: Decimal | None, currency: str = "") -> SafeString:
    """Money as an element: rounded to the currency's decimals, exact in the title."""
    return element(value, currency, "amount", plus="")


@register.filter
def gain(value: Decimal | None, currency: str = "") -> SafeString:
    """Money that was won or lost: sign, arrow and colour."""
    return element(value, currency, f"gain {gain_class(value)}", plus="+")


def element(value: Decimal | None, currency: str, css: str, *, plus: str) -> SafeString:
    if value is None:
        return format_html('<span class="unknown">{}</span>', UNKNOWN)
    sign = plus if value > 0 else ""
    return format_html(
        '<data class="{}" value="{}" title="{}">{}{}</data>',
        css,
        f"{value:f}",
        sign + money(value, currency),
        sign + readable(value, currency),
        format_html("<small>{}{}</small>", SPACE, currency) if currency else "",
    )


def readable(value: Decimal, currency: str) -> str:
    """Rounded as statements are, but never to zero what is not zero."""
    if currency and not is_money(currency):
        return exact(value, currency)
    places = decimals_of(currency)
    rounded = value.quantize(ONE.scaleb(-places), ROUND_HALF_EVEN, EXACT)
    return written(rounded, places) if rounded or not value else exact(value, currency)


def exact(value: Decimal, currency: str) -> str:
    # Statements write 5 euros as 5.00, and 5 bitcoins as 5.
    least = decimals_of(currency) if is_money(currency) or not currency else 0
    return written(to_amount(value), least)


def with_unit(text: str, unit: str) -> str:
    return f"{text}{SPACE}{unit}" if unit else text


def written(value: Decimal, least: int) -> str:
    """In the user's format, without trailing zeros beyond ``least`` decimals."""
    digits = f"{abs(value):f}".partition(".")[2].rstrip("0")
    text = number_format(abs(value), max(len(digits), least), use_l10n=True, force_grouping=True)
    return f"{MINUS}{text}" if value < 0 else text
