"""Exchange rates as a lookup that can fail: a missing rate is unknown, never 1."""

from datetime import date
from decimal import Decimal

from pricing.models import ExchangeRate
from pricing.money import EXACT, ONE, major_unit

EURO = "EUR"


def find_rate(base: str, quote: str, on: date) -> Decimal | None:
    """Units of ``quote`` per unit of ``base``, by the last rates published on or before a day.

    Rates are the European Central Bank's, so other pairs go by way of the euro. None when one of the
    two is not published.
    """
    base, base_factor = major_unit(base)
    quote, quote_factor = major_unit(quote)
    if base == quote:
        return EXACT.divide(base_factor, quote_factor)
    per_euro = _per_euro(base, on), _per_euro(quote, on)
    if per_euro[0] is None or per_euro[1] is None:
        return None
    rate = EXACT.divide(per_euro[1], per_euro[0])
    return EXACT.divide(EXACT.multiply(rate, base_factor), quote_factor)


def _per_euro(currency: str, on: date) -> Decimal | None:
    if currency == EURO:
        return ONE
    rates = ExchangeRate.objects.filter(currency=currency, date__lte=on).order_by("-date")
    return rates.values_list("rate", flat=True).first()
