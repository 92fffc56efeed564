"""What people do about prices: enter, judge, and tell of splits."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pricing import corrections
from pricing.closes import closes_on
from pricing.models import Instrument, PriceHistory, Split
from pricing.providers.base import Quote
from pricing.signals import prices_changed
from pricing.writing import Series, store_quotes
from tests.factories import InstrumentFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
STOOQ = Series("AAA", "stooq", adjusted_for_splits=False, recorded=NOW)


@pytest.fixture(autouse=True)
def instrument(db):
    return InstrumentFactory(ticker="AAA")


@pytest.fixture
def told():
    seen = []

    def note(since, **_):
        seen.append(since)

    prices_changed.connect(note)
    yield seen
    prices_changed.disconnect(note)


def may(day):
    return date(2026, 5, day)


def store(**closes):
    quotes = [Quote(may(int(day[1:])), Decimal(close), "EUR") for day, close in closes.items()]
    return store_quotes(STOOQ, quotes)


def waiting():
    rows = PriceHistory.objects.exclude(quarantine="").order_by("date")
    return [row.date.day for row in rows]


def test_a_price_by_hand_wins_and_replaces_only_one_by_hand(instrument, told):
    store(d4="10")
    told.clear()
    assert corrections.enter_price(instrument, may(4), Decimal(11), "EUR", NOW) is None
    assert corrections.enter_price(instrument, may(4), Decimal(12), "EUR", NOW) == 11
    assert closes_on(["AAA"], may(4))["AAA"].price == 12
    assert PriceHistory.objects.count() == 2
    assert told == [{"AAA": may(4)}] * 2


def test_without_it_the_other_source_holds_again(instrument, told):
    store(d4="10")
    corrections.enter_price(instrument, may(4), Decimal(12), "EUR", NOW)
    told.clear()
    corrections.delete_price(PriceHistory.objects.get(source="manual"))
    assert closes_on(["AAA"], may(4))["AAA"].price == 10
    assert told == [{"AAA": may(4)}]


def test_accepting_a_jump_lets_in_the_days_after_it_that_fit(told):
    store(d4="10", d5="1000", d6="1010", d7="60", d8="1020")
    assert waiting() == [5, 6, 7, 8]
    told.clear()
    corrections.accept_price(PriceHistory.objects.get(date=may(5)))
    assert waiting() == [7]
    assert told == [{"AAA": may(5)}]


def test_a_price_by_hand_can_explain_what_waits(instrument, told):
    store(d4="10", d6="1000")
    told.clear()
    corrections.enter_price(instrument, may(5), Decimal(990), "EUR", NOW)
    assert waiting() == []
    assert told == [{"AAA": may(5)}]


def test_only_what_comes_after_a_good_price_is_measured_by_it(instrument):
    store(d4="10", d5="1000", d7="1010")
    corrections.enter_price(instrument, may(6), Decimal(1005), "EUR", NOW)
    assert waiting() == [5]


def test_what_waits_stays_when_it_is_rejected_beside_it(told):
    store(d4="10", d5="1000", d6="1010")
    told.clear()
    corrections.reject_price(PriceHistory.objects.get(date=may(5)))
    assert waiting() == [6]
    assert told == []


def test_a_price_that_was_accepted_meanwhile_cannot_be_rejected():
    store(d4="10", d5="1000")
    row = PriceHistory.objects.get(date=may(5))
    corrections.accept_price(row)
    corrections.reject_price(row)
    assert PriceHistory.objects.filter(pk=row.pk).exists()


def test_a_split_explains_what_waits_and_concerns_all_days_before_it(instrument, told):
    store(d4="1000", d5="100", d6="101")
    assert waiting() == [5, 6]
    told.clear()
    corrections.add_split(instrument, may(5), 10, 1)
    assert waiting() == []
    assert told == [{"AAA": may(4)}]


def test_deleting_a_split_is_told_too(instrument, told):
    store(d4="10")
    corrections.add_split(instrument, may(9), 2, 1)
    told.clear()
    corrections.delete_split(Split.objects.get())
    assert told == [{"AAA": may(4)}]
    assert not Split.objects.exists()


def test_another_provider_is_asked_from_the_start_and_outranks_the_former(instrument, told):
    store(d4="10")
    Instrument.objects.update(
        provider="stooq", provider_symbol="aaa.us", prices_since=may(1), price_error="down"
    )
    instrument.refresh_from_db()
    told.clear()
    corrections.choose_provider(instrument, "twelvedata", "AAA", "EUR")
    found = Instrument.objects.get()
    assert (found.provider, found.provider_symbol) == ("twelvedata", "AAA")
    assert (found.prices_since, found.price_error) == (None, "")
    assert told == [{"AAA": may(4)}]


def test_the_same_settings_again_change_nothing(instrument, told):
    Instrument.objects.update(provider="stooq", provider_symbol="a", prices_since=may(1))
    instrument.refresh_from_db()
    corrections.choose_provider(instrument, "stooq", "a", "EUR")
    assert Instrument.objects.get().prices_since == may(1)
    assert told == []
