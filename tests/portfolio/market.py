"""Prices, splits and rates for tests, stored as providers would."""

from datetime import date
from decimal import Decimal as D

from pricing.models import ExchangeRate, PriceHistory, Split
from tests.factories import InstrumentFactory


def priced(ticker, *closes, currency="EUR", source="yahoo", **fields):
    """``priced("AAA", ("2024-05-06", "12.5"))``."""
    for day, close in closes:
        PriceHistory.objects.create(
            instrument=InstrumentFactory(ticker=ticker),
            date=date.fromisoformat(day),
            close_price=D(close),
            currency=currency,
            source=source,
            **fields,
        )


def rated(currency, *rates):
    for day, rate in rates:
        ExchangeRate.objects.create(
            currency=currency, date=date.fromisoformat(day), rate=D(rate), source="ecb"
        )


def split(ticker, day, numerator, denominator):
    Split.objects.create(
        instrument=InstrumentFactory(ticker=ticker),
        date=date.fromisoformat(day),
        numerator=numerator,
        denominator=denominator,
        source="yahoo",
    )
