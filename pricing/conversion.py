"""Exchange rates as a lookup that can fail: a missing rate is unknown, never 1.

Rates are the European Central Bank's, in units per euro, so other pairs go by way of the euro. What is
found always says which day it was published for and by whom.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pricing.models import ExchangeRate
from pricing.money import EXACT, ONE, major_unit

EURO = "EUR"


class Rate(NamedTuple):
    """Units of ``quote`` per unit of ``base``.

    ``day`` is the older of the days for which the rates it rests on were published, and None, with an
    empty source, where none was needed: between a currency and itself or its minor unit.
    """

    base: str
    quote: str
    value: Decimal
    day: date | None
    source: str


class _Published(NamedTuple):
    per_euro: Decimal
    day: date | None
    source: str


_ONE_EURO = _Published(ONE, None, "")


class Rates:
    """The rates between some currencies over a range of days, read once."""

    def __init__(self, currencies: Collection[str], start: date, end: date) -> None:
        """Two queries, whatever the range: the days in it, and the last rate before it."""
        codes = sorted({major_unit(code)[0] for code in currencies} - {EURO, ""})
        self._days: dict[str, list[date]] = {code: [] for code in codes}
        self._found: dict[str, list[_Published]] = {code: [] for code in codes}
        if not codes:
            return
        rates = ExchangeRate.objects.filter(currency__in=codes)
        columns = ("currency", "rate", "date", "source")
        before = rates.filter(date__lt=start).order_by("currency", "-date").distinct("currency")
        for code, rate, day, source in before.values_list(*columns):
            self._add(code, rate, day, source)
        inside = rates.filter(date__range=(start, end)).order_by("date")
        for code, rate, day, source in inside.values_list(*columns):
            self._add(code, rate, day, source)

    def _add(self, code: str, rate: Decimal, day: date, source: str) -> None:
        self._days[code].append(day)
        self._found[code].append(_Published(rate, day, source))

    def find(self, base: str, quote: str, on: date) -> Rate | None:
        """By the last rates published on or before a day; None when one of the two is not."""
        major_base, base_factor = major_unit(base)
        major_quote, quote_factor = major_unit(quote)
        if major_base == major_quote:
            return Rate(base, quote, EXACT.divide(base_factor, quote_factor), None, "")
        of_base, of_quote = self._per_euro(major_base, on), self._per_euro(major_quote, on)
        if of_base is None or of_quote is None:
            return None
        value = EXACT.divide(of_quote.per_euro, of_base.per_euro)
        value = EXACT.divide(EXACT.multiply(value, base_factor), quote_factor)
        days = [found.day for found in (of_base, of_quote) if found.day is not None]
        sources = {found.source for found in (of_base, of_quote) if found.source}
        return Rate(base, quote, value, min(days), ", ".join(sorted(sources)))

    def _per_euro(self, currency: str, on: date) -> _Published | None:
        if currency == EURO:
            return _ONE_EURO
        # KeyError on a currency that was not asked for: a mistake of the caller, not a missing rate.
        place = bisect_right(self._days[currency], on)
        return self._found[currency][place - 1] if place else None


def find_rate(base: str, quote: str, on: date) -> Rate | None:
    """One rate by the last ones published on or before a day; ``Rates`` is for many."""
    return Rates({base, quote}, on, on).find(base, quote, on)
