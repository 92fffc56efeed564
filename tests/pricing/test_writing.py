"""Storing prices: what changes, what is doubted, what is told, and what is never touched."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from pricing.closes import closes_on
from pricing.models import PriceHistory, Split
from pricing.providers.base import Quote
from pricing.signals import prices_changed
from pricing.writing import Series, Stored, store_quotes
from tests.factories import InstrumentFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
STOOQ = Series("AAA", "stooq", adjusted_for_splits=False, recorded=NOW)
ADJUSTED = Series("AAA", "twelvedata", adjusted_for_splits=True, recorded=NOW)


@pytest.fixture(autouse=True)
def instrument(db):
    return InstrumentFactory(ticker="AAA")


@pytest.fixture
def told():
    """Every message about changed prices, in order."""
    seen = []

    def note(since, **_):
        seen.append(since)

    prices_changed.connect(note)
    yield seen
    prices_changed.disconnect(note)


def may(day):
    return date(2026, 5, day)


def quotes(currency="EUR", **closes):
    return [Quote(may(int(day[1:])), Decimal(close), currency) for day, close in closes.items()]


def stored(source="stooq"):
    rows = PriceHistory.objects.filter(source=source).order_by("date")
    return [(row.date.day, row.close_price, bool(row.quarantine)) for row in rows]


def test_new_prices_are_stored_and_told_from_the_first_of_them(told):
    outcome = store_quotes(STOOQ, quotes(d5="11", d4="10"))
    assert outcome == Stored(new=2, since=may(4))
    assert stored() == [(4, 10, False), (5, 11, False)]
    assert told == [{"AAA": may(4)}]


def test_the_same_prices_again_write_and_tell_nothing(told):
    store_quotes(STOOQ, quotes(d4="10", d5="11"))
    told.clear()
    before = list(PriceHistory.objects.values_list("created_at", flat=True))
    later = STOOQ._replace(recorded=NOW + timedelta(days=1))
    assert store_quotes(later, quotes(d4="10", d5="11")) == Stored(unchanged=2)
    assert list(PriceHistory.objects.values_list("created_at", flat=True)) == before
    assert told == []


def test_a_change_is_told_from_the_first_day_that_differs(told):
    store_quotes(STOOQ, quotes(d4="10", d5="11", d6="12"))
    outcome = store_quotes(STOOQ, quotes(d4="10", d5="11.5", d6="12", d7="12"))
    assert outcome == Stored(new=1, changed=1, unchanged=2, since=may(5))
    assert told[-1] == {"AAA": may(5)}


def test_a_series_replaces_only_its_own_prices():
    for source, close in (("manual", 20), ("imported", 19)):
        store_quotes(STOOQ._replace(source=source), quotes(d4=str(close)))
    store_quotes(STOOQ, quotes(d4="21"))
    store_quotes(STOOQ, quotes(d4="22"))
    assert (stored("manual"), stored("imported"), stored()) == (
        [(4, 20, False)],
        [(4, 19, False)],
        [(4, 22, False)],
    )


def test_zero_and_less_are_no_prices():
    outcome = store_quotes(STOOQ, quotes(d4="0", d5="-3", d6="12"))
    assert outcome == Stored(new=1, unusable=2, since=may(6))
    assert store_quotes(STOOQ, quotes(d4="0")) == Stored(unusable=1)
    assert stored() == [(6, 12, False)]


def test_a_hundredfold_waits_for_a_person_and_the_days_after_it_too(told):
    store_quotes(STOOQ, quotes(d4="0.70"))
    told.clear()
    outcome = store_quotes(STOOQ, quotes(d5="70.5", d6="71", d7="0.71"))
    assert outcome == Stored(new=1, quarantined=2, since=may(7))
    assert stored() == [
        (4, Decimal("0.7"), False),
        (5, Decimal("70.5"), True),
        (6, 71, True),
        (7, Decimal("0.71"), False),
    ]
    row = PriceHistory.objects.get(date=may(5))
    assert row.quarantine == (
        "About 100 times the last price 0.7: another unit, like pence for pounds?"
    )
    assert closes_on(["AAA"], may(6))["AAA"].day == may(4)
    assert told == [{"AAA": may(7)}]


def test_only_doubted_prices_are_not_told(told):
    store_quotes(STOOQ, quotes(d4="10"))
    told.clear()
    assert store_quotes(STOOQ, quotes(d5="100")) == Stored(quarantined=1)
    assert told == []


def test_the_comparison_is_with_the_last_good_price_of_any_source():
    store_quotes(STOOQ._replace(source="manual"), quotes(d4="10"))
    assert store_quotes(STOOQ, quotes(d5="1000")).quarantined == 1


def test_a_factor_of_the_settings_decides_what_a_jump_is(settings):
    store_quotes(STOOQ, quotes(d4="10"))
    assert store_quotes(STOOQ, quotes(d5="49.9")).quarantined == 0
    settings.PRICE_JUMP_FACTOR = 2
    assert store_quotes(STOOQ, quotes(d6="100")).quarantined == 1


def test_a_split_between_the_days_explains_a_jump():
    Split.objects.create(
        instrument_id="AAA", date=may(5), numerator=10, denominator=1, source="manual"
    )
    store_quotes(STOOQ, quotes(d4="1000"))
    assert store_quotes(STOOQ, quotes(d5="101")) == Stored(new=1, since=may(5))
    # Without the tenth the price would be ten times what a split leaves of it.
    assert store_quotes(STOOQ, quotes(d6="1001")).quarantined == 1


def test_an_adjusted_series_is_compared_in_the_units_of_its_recording():
    Split.objects.create(
        instrument_id="AAA", date=may(10), numerator=10, denominator=1, source="manual"
    )
    store_quotes(STOOQ, quotes(d4="1000"))
    assert store_quotes(ADJUSTED, quotes(d5="101", d12="102")) == Stored(new=2, since=may(5))


def test_another_currency_is_not_compared():
    store_quotes(STOOQ, quotes(d4="10"))
    assert store_quotes(STOOQ, quotes("HUF", d5="4000")).quarantined == 0


def test_after_a_long_silence_only_another_unit_is_doubted():
    store_quotes(STOOQ, [Quote(date(2025, 1, 2), Decimal(10), "EUR")])
    assert store_quotes(STOOQ, quotes(d5="70")).quarantined == 0
    PriceHistory.objects.filter(date=may(5)).delete()
    assert store_quotes(STOOQ, quotes(d5="1000")).quarantined == 1


def test_time_alone_does_not_end_a_doubt():
    store_quotes(STOOQ, [Quote(date(2026, 1, 2), Decimal(10), "EUR")])
    store_quotes(STOOQ, [Quote(date(2026, 3, 2), Decimal(70), "EUR")])
    assert store_quotes(STOOQ, quotes(d5="71")) == Stored(quarantined=1)


def test_what_a_person_accepted_stays_accepted_as_long_as_it_is_the_same():
    store_quotes(STOOQ, quotes(d4="10"))
    store_quotes(STOOQ, quotes(d5="100"))
    PriceHistory.objects.update(quarantine="")
    assert store_quotes(STOOQ, quotes(d5="100", d6="101")) == Stored(
        new=1, unchanged=1, since=may(6)
    )
    assert store_quotes(STOOQ, quotes(d4="10", d5="1000")).quarantined == 1


def test_a_good_price_that_turns_doubtful_is_told(told):
    store_quotes(STOOQ, quotes(d4="10", d5="11"))
    told.clear()
    assert store_quotes(STOOQ, quotes(d5="1100")) == Stored(quarantined=1, since=may(5))
    assert told == [{"AAA": may(5)}]


def test_an_adjusted_price_that_is_told_anew_after_a_split_is_another_price(told):
    store_quotes(ADJUSTED, quotes(d4="100"))
    Split.objects.create(
        instrument_id="AAA", date=date(2026, 6, 1), numerator=2, denominator=1, source="manual"
    )
    told.clear()
    later = ADJUSTED._replace(recorded=datetime(2026, 6, 2, tzinfo=UTC))
    # Half of it in the units of today is the same worth; the same number is twice the worth.
    assert store_quotes(later, quotes(d4="50")) == Stored(unchanged=1)
    assert store_quotes(later, quotes(d4="100")) == Stored(changed=1, since=may(4))
    assert told == [{"AAA": may(4)}]


def test_whoever_listens_and_fails_undoes_the_change():
    def fail(**_):
        raise DatabaseError("no snapshot today")

    prices_changed.connect(fail)
    try:
        with pytest.raises(DatabaseError), transaction.atomic():
            store_quotes(STOOQ, quotes(d4="10"))
    finally:
        prices_changed.disconnect(fail)
    assert not PriceHistory.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_prices(django_assert_max_num_queries):
    first = date(2024, 1, 1)
    many = [Quote(first + timedelta(days=n), Decimal(10), "EUR") for n in range(900)]
    with django_assert_max_num_queries(10):
        store_quotes(STOOQ, many)
    assert PriceHistory.objects.count() == 900
