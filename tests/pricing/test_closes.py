"""Which price holds on a day: precedence, quarantine, carrying forward, units."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pricing.closes import Close, close_series, closes_on, price_in_units_of, splits_of
from pricing.models import Instrument, PriceHistory, Split
from pricing.splits import Split as Ratio
from tests.factories import InstrumentFactory

pytestmark = pytest.mark.django_db

MAY = [date(2026, 5, day) for day in range(1, 32)]


def price(ticker, day, close, source="stooq", **fields):
    recorded = fields.pop("recorded", None)
    stored = PriceHistory.objects.create(
        instrument=InstrumentFactory(ticker=ticker),
        date=day,
        close_price=Decimal(close),
        currency="EUR",
        source=source,
        **fields,
    )
    if recorded:
        PriceHistory.objects.filter(pk=stored.pk).update(created_at=recorded)
    return stored


def test_the_price_of_a_day_wins_over_older_ones_and_later_ones_are_not_known_yet():
    for day, close in ((1, 10), (4, 11), (6, 12)):
        price("AAA", MAY[day], close)
    assert closes_on(["AAA"], MAY[4]) == {
        "AAA": Close(MAY[4], Decimal(11), "EUR", "stooq", False, MAY[4])
    }


def test_a_day_without_price_takes_the_last_one_and_says_of_which_day_it_is():
    price("AAA", MAY[4], 11)
    assert closes_on(["AAA"], MAY[20])["AAA"].day == MAY[4]


def test_a_ticker_without_price_is_left_out_and_never_zero():
    price("AAA", MAY[4], 11)
    assert closes_on(["AAA", "BBB"], MAY[3]) == {}
    assert closes_on(["AAA", "BBB"], MAY[4]).keys() == {"AAA"}


def test_by_hand_wins_over_a_file_and_a_file_over_every_provider():
    for source, close in (("coingecko", 1), ("stooq", 2), ("imported", 3), ("manual", 4)):
        price("AAA", MAY[4], close, source)
    seen = []
    for source in ("manual", "imported", "coingecko", "stooq"):
        found = closes_on(["AAA"], MAY[4])["AAA"]
        seen.append((found.source, found.price))
        assert close_series(["AAA"], MAY[4], MAY[4])["AAA"] == [found]
        PriceHistory.objects.filter(source=source).delete()
    assert seen == [
        ("manual", Decimal(4)),
        ("imported", Decimal(3)),
        ("coingecko", Decimal(1)),
        ("stooq", Decimal(2)),
    ]


def test_the_provider_of_the_instrument_wins_over_one_that_it_had_before():
    price("AAA", MAY[4], 1, "coingecko")
    price("AAA", MAY[4], 2, "stooq")
    assert closes_on(["AAA"], MAY[4])["AAA"].price == 1
    Instrument.objects.update(provider="stooq")
    found = closes_on(["AAA"], MAY[4])["AAA"]
    assert (found.source, found.price) == ("stooq", 2)
    assert close_series(["AAA"], MAY[4], MAY[4])["AAA"] == [found]


def test_a_newer_price_of_a_provider_wins_over_an_older_one_by_hand():
    price("AAA", MAY[4], 4, "manual")
    price("AAA", MAY[5], 5, "stooq")
    assert closes_on(["AAA"], MAY[6])["AAA"].source == "stooq"


def test_a_price_in_quarantine_does_not_exist():
    price("AAA", MAY[3], 3)
    price("AAA", MAY[4], 300, quarantine="It is 100 times the last one.")
    price("AAA", MAY[4], 4, "coingecko")
    assert closes_on(["AAA"], MAY[4])["AAA"].price == 4
    assert [close.price for close in close_series(["AAA"], MAY[0], MAY[9])["AAA"]] == [3, 4]


def test_a_series_is_led_by_the_last_price_before_it_and_has_every_ticker():
    for day, close in ((1, 10), (2, 11), (5, 12), (9, 13)):
        price("AAA", MAY[day], close)
    price("b\\C", MAY[5], 7)
    series = close_series(["AAA", "b\\C", "NONE"], MAY[3], MAY[6])
    assert [(close.day, close.price) for close in series["AAA"]] == [(MAY[2], 11), (MAY[5], 12)]
    assert [close.price for close in series["b\\C"]] == [7]
    assert series["NONE"] == []


def test_an_adjusted_price_is_per_unit_of_the_day_on_which_it_was_recorded():
    late = datetime(2026, 5, 20, 23, 30, tzinfo=UTC)
    price("AAA", MAY[4], 10, adjusted_for_splits=True, recorded=late)
    found = closes_on(["AAA"], MAY[4])["AAA"]
    assert (found.day, found.unit_day) == (MAY[4], date(2026, 5, 20))
    assert close_series(["AAA"], MAY[0], MAY[9])["AAA"] == [found]


def test_a_split_after_the_recording_divides_an_adjusted_price_like_any_other():
    recorded = datetime(2026, 5, 6, 12, tzinfo=UTC)
    price("AAA", MAY[4], 100, adjusted_for_splits=True, recorded=recorded)
    splits = [Ratio(MAY[9], 10, 1)]
    found = closes_on(["AAA"], MAY[20])["AAA"]
    assert price_in_units_of(found, splits, MAY[4]) == 100
    assert price_in_units_of(found, splits, MAY[20]) == 10


def test_splits_come_oldest_first_for_every_ticker(django_assert_num_queries):
    aaa, bbb = InstrumentFactory(ticker="AAA"), InstrumentFactory(ticker="BBB")
    for instrument, day, numerator in ((aaa, MAY[9], 2), (aaa, MAY[3], 3), (bbb, MAY[1], 5)):
        Split.objects.create(
            instrument=instrument, date=day, numerator=numerator, denominator=1, source="manual"
        )
    with django_assert_num_queries(1):
        found = splits_of(["AAA", "CCC"])
    assert found == {"AAA": [Ratio(MAY[3], 3, 1), Ratio(MAY[9], 2, 1)], "CCC": []}


def test_many_tickers_take_as_many_queries_as_one(django_assert_num_queries):
    for number in range(5):
        price(f"T{number}", MAY[number], number)
    tickers = [f"T{number}" for number in range(5)]
    with django_assert_num_queries(1):
        assert len(closes_on(tickers, MAY[9])) == 5
    with django_assert_num_queries(1):
        close_series(tickers, MAY[0], MAY[9])
