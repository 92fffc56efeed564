"""Several refreshes at once: one waits for the other, and both leave what one alone would."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from pricing import corrections
from pricing.models import ExchangeRate, Instrument, PriceHistory
from pricing.providers.base import Quote
from pricing.providers.ecb import DailyRate
from pricing.writing import Series, store_quotes, store_rates
from tests.factories import InstrumentFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(60)]


def at_once(*works):
    """Run all in threads of their own, started together; what one raises is raised here."""
    gate, failures = threading.Barrier(len(works)), []

    def run(work):
        try:
            gate.wait(10)
            work()
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if failures:
        raise failures[0]


def test_the_same_prices_stored_four_times_at_once_are_there_once():
    InstrumentFactory(ticker="AAA")
    series = Series("AAA", "stooq", adjusted_for_splits=False, recorded=NOW)
    quotes = [Quote(day, Decimal(100 + place), "EUR") for place, day in enumerate(DAYS)]
    outcomes = []
    at_once(*[lambda: outcomes.append(store_quotes(series, quotes))] * 4)
    assert sorted(outcome.new for outcome in outcomes) == [0, 0, 0, len(DAYS)]
    assert PriceHistory.objects.count() == len(DAYS)
    assert not PriceHistory.objects.exclude(quarantine="").exists()


def test_the_same_rates_stored_four_times_at_once_are_there_once():
    rates = [DailyRate(day, code, Decimal("1.1")) for day in DAYS for code in ("USD", "GBP")]
    outcomes = []
    at_once(*[lambda: outcomes.append(store_rates(rates, "ecb", NOW))] * 4)
    assert sorted(outcome.new for outcome in outcomes) == [0, 0, 0, len(rates)]
    assert ExchangeRate.objects.count() == len(rates)


def test_a_price_by_hand_survives_a_refresh_of_the_same_moment():
    InstrumentFactory(ticker="AAA")
    share = Instrument.objects.get()
    series = Series("AAA", "stooq", adjusted_for_splits=False, recorded=NOW)
    quotes = [Quote(day, Decimal(100), "EUR") for day in DAYS]
    at_once(
        lambda: store_quotes(series, quotes),
        lambda: corrections.enter_price(share, DAYS[5], Decimal(101), "EUR", NOW),
    )
    assert PriceHistory.objects.get(source="manual").close_price == 101
    assert PriceHistory.objects.filter(source="stooq").count() == len(DAYS)
