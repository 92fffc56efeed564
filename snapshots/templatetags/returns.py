"""How returns are written: hundredths with two decimals, every digit that matters in the title."""

from decimal import ROUND_HALF_EVEN, Decimal

from django import template
from django.template import Context
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portfolio.templatetags.navigation import query_with
from pricing.money import EXACT
from pricing.templatetags.money import MINUS, SPACE, UNKNOWN, gain_class

register = template.Library()

SHOWN, TOLD = Decimal("0.01"), Decimal("1e-10")
# Beyond this hundredths say nothing that a person could use.
MOST = Decimal(10) ** 7


@register.filter
def percent(value: Decimal | None) -> str:
    """``12.34 %`` for 0.1234, with a minus where it is one."""
    return UNKNOWN if value is None else _written(value, SHOWN)


@register.filter
def percent_gain(value: Decimal | None) -> SafeString:
    """A return with sign, arrow and colour."""
    if value is None:
        return format_html('<span class="unknown">{}</span>', UNKNOWN)
    sign = "+" if value > 0 else ""
    return format_html(
        '<data class="gain {}" value="{}" title="{}">{}</data>',
        gain_class(value),
        f"{value:.12f}" if abs(value) < MOST else f"{value:.6e}",
        sign + _written(value, TOLD),
        sign + _written(value, SHOWN),
    )


@register.filter
def ratio(value: Decimal | None) -> str:
    """A plain number with two decimals."""
    if value is None:
        return UNKNOWN
    return f"{MINUS if value < 0 else ''}{number_format(abs(_rounded(value, SHOWN)), 2)}"


@register.simple_tag(takes_context=True)
def period_link(context: Context, name: str, label: str) -> SafeString:
    """A link to another period of the page; the one that is shown says so."""
    query = query_with(context["request"], period=name, since="", until="")
    chosen = context["asked"].period.name == name
    mark = format_html(' aria-current="{}"', "true") if chosen else ""
    return format_html('<a href="{}"{}>{}</a>', query, mark, label)


def _written(value: Decimal, step: Decimal) -> str:
    sign = MINUS if value < 0 else ""
    if abs(value) >= MOST:
        return f"{sign}{EXACT.multiply(abs(value), Decimal(100)):.2e}{SPACE}%"
    rounded = _rounded(EXACT.multiply(abs(value), Decimal(100)), step)
    sign = sign if rounded else ""
    digits = max(2, len(f"{rounded.normalize(EXACT):f}".partition(".")[2]))
    return f"{sign}{number_format(rounded, digits, force_grouping=True)}{SPACE}%"


def _rounded(value: Decimal, step: Decimal) -> Decimal:
    return value.quantize(step, ROUND_HALF_EVEN, EXACT)
