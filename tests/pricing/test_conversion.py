"""Exchange rates: crosses, minor units, gaps, and what is missing stays unknown."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.conversion import Rate, Rates, find_rate
from pricing.models import ExchangeRate
from pricing.money import EXACT

pytestmark = pytest.mark.django_db

FRIDAY = date(2026, 5, 1)
MONDAY = date(2026, 5, 4)


def publish(currency, day, rate, source="ecb"):
    ExchangeRate.objects.create(currency=currency, date=day, rate=Decimal(rate), source=source)


def test_a_rate_is_units_of_the_quote_per_unit_of_the_base_with_its_day_and_source():
    publish("USD", FRIDAY, "1.25")
    assert find_rate("EUR", "USD", FRIDAY) == Rate("EUR", "USD", Decimal("1.25"), FRIDAY, "ecb")
    assert find_rate("USD", "EUR", FRIDAY) == Rate("USD", "EUR", Decimal("0.8"), FRIDAY, "ecb")


def test_a_weekend_takes_the_rate_of_friday_and_says_so():
    publish("USD", FRIDAY, "1.25")
    publish("USD", MONDAY, "1.50")
    sunday = find_rate("EUR", "USD", date(2026, 5, 3))
    assert (sunday.value, sunday.day) == (Decimal("1.25"), FRIDAY)
    assert find_rate("EUR", "USD", MONDAY).day == MONDAY


def test_a_rate_of_a_later_day_is_never_used():
    publish("USD", MONDAY, "1.50")
    assert find_rate("EUR", "USD", FRIDAY) is None


def test_a_currency_without_rate_is_unknown_and_never_one():
    publish("USD", FRIDAY, "1.25")
    assert find_rate("USD", "TWD", FRIDAY) is None
    assert find_rate("TWD", "USD", FRIDAY) is None
    assert find_rate("TWD", "EUR", FRIDAY) is None


def test_a_currency_in_itself_needs_no_rate():
    assert find_rate("TWD", "TWD", FRIDAY) == Rate("TWD", "TWD", Decimal(1), None, "")
    assert find_rate("EUR", "EUR", FRIDAY) == Rate("EUR", "EUR", Decimal(1), None, "")


def test_a_cross_goes_by_way_of_the_euro_and_is_as_old_as_the_older_of_both():
    publish("USD", FRIDAY, "1.25")
    publish("GBP", MONDAY, "0.80", "imported")
    assert find_rate("GBP", "USD", MONDAY) == Rate(
        "GBP", "USD", Decimal("1.5625"), FRIDAY, "ecb, imported"
    )


def test_minor_units_are_hundredths_and_need_no_rate_to_their_own_currency():
    publish("GBP", FRIDAY, "0.80")
    assert find_rate("GBX", "GBP", FRIDAY) == Rate("GBX", "GBP", Decimal("0.01"), None, "")
    assert find_rate("GBP", "GBp", FRIDAY).value == 100
    assert find_rate("GBX", "EUR", FRIDAY) == Rate("GBX", "EUR", Decimal("0.0125"), FRIDAY, "ecb")
    assert find_rate("EUR", "GBX", FRIDAY).value == 80


def test_a_range_is_read_in_two_queries_with_the_last_rate_before_it(django_assert_num_queries):
    publish("USD", FRIDAY - timedelta(days=30), "1.20")
    publish("USD", FRIDAY, "1.25")
    publish("USD", MONDAY, "1.50")
    with django_assert_num_queries(2):
        rates = Rates({"USD", "EUR", "TWD"}, FRIDAY, MONDAY)
    with django_assert_num_queries(0):
        found = [rates.find("EUR", "USD", FRIDAY + timedelta(days=n)).value for n in (-1, 0, 1, 3)]
        assert found == [Decimal(text) for text in ("1.20", "1.25", "1.25", "1.50")]
        assert rates.find("EUR", "TWD", MONDAY) is None


def test_asking_for_a_currency_that_was_not_read_is_a_mistake_and_no_missing_rate():
    with pytest.raises(KeyError):
        Rates({"USD"}, FRIDAY, FRIDAY).find("EUR", "GBP", FRIDAY)


prices = st.decimals(Decimal("0.0001"), Decimal("100000"), places=4)


@given(prices, prices)
def test_there_and_back_is_one(usd, gbp):
    ExchangeRate.objects.all().delete()
    publish("USD", FRIDAY, usd)
    publish("GBP", FRIDAY, gbp)
    rates = Rates({"USD", "GBP"}, FRIDAY, FRIDAY)
    there, back = rates.find("USD", "GBP", FRIDAY), rates.find("GBP", "USD", FRIDAY)
    assert abs(EXACT.subtract(EXACT.multiply(there.value, back.value), 1)) < Decimal("1e-60")
