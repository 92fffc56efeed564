"""Refreshing prices: what is asked, what is kept, and that one failure stops nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pricing.models import Instrument, PriceHistory, Split
from pricing.providers import PROVIDERS
from pricing.refresh import NO_PROVIDER, NO_SYMBOL, RESTATED, refresh_prices
from pricing.signals import prices_changed
from pricing.writing import Stored
from tests.factories import InstrumentFactory
from tests.pricing.service import Reply

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 8, 16, tzinfo=UTC)
STOOQ, TWELVE = "q/d/l/", "time_series"


def may(day):
    return date(2026, 5, day)


def csv(**closes):
    rows = [f"{may(int(day[1:]))},1,1,1,{close},5" for day, close in closes.items()]
    return "\n".join(["Date,Open,High,Low,Close,Volume", *rows])


def series(**closes):
    rows = [{"datetime": str(may(int(day[1:]))), "close": close} for day, close in closes.items()]
    return {"meta": {"currency": "USD"}, "values": rows, "status": "ok"}


def stooq(ticker, **fields):
    symbol = f"{ticker.lower()}.us"
    return InstrumentFactory(ticker=ticker, provider="stooq", provider_symbol=symbol, **fields)


def twelve(ticker):
    return InstrumentFactory(
        ticker=ticker, provider="twelvedata", provider_symbol=ticker, currency="USD"
    )


def closes(ticker):
    rows = PriceHistory.objects.filter(instrument__ticker=ticker).order_by("date")
    return [(row.date.day, row.close_price) for row in rows]


def test_prices_are_fetched_from_the_first_day_that_is_needed(service):
    stooq("AAA", currency="USD")
    service.answer(STOOQ, csv(d4="10", d5="11"))
    (done,) = refresh_prices({"AAA": may(4)}, NOW)
    assert done == ("AAA", "Stooq", Stored(new=2, since=may(4)), "", "")
    assert closes("AAA") == [(4, 10), (5, 11)]
    assert (service.asked[0].query["d1"], service.asked[0].query["d2"]) == ("20260504", "20260508")
    stored = Instrument.objects.get()
    assert (stored.price_error, stored.prices_checked_at, stored.prices_since) == ("", NOW, may(4))


def test_the_next_time_only_the_last_day_and_later_ones_are_asked(service):
    stooq("AAA", currency="USD")
    service.answer(STOOQ, csv(d4="10", d5="11"), csv(d5="11.5", d6="12"))
    refresh_prices({"AAA": may(4)}, NOW)
    (done,) = refresh_prices({"AAA": may(4)}, NOW)
    assert service.asked[1].query["d1"] == "20260505"
    assert done.stored == Stored(new=1, changed=1, since=may(5))
    assert closes("AAA") == [(4, 10), (5, Decimal("11.5")), (6, 12)]


def test_an_older_first_day_asks_for_everything_once(service):
    stooq("AAA", currency="USD")
    service.answer(STOOQ, csv(d5="11"), csv(d5="11"))
    for first in (may(5), may(1), may(1)):
        refresh_prices({"AAA": first}, NOW)
    assert [asked.query["d1"] for asked in service.asked] == ["20260505", "20260501", "20260505"]


def test_one_that_fails_stops_no_other_and_keeps_its_last_good_price(service):
    known = stooq("BBB", currency="USD")
    PriceHistory.objects.create(
        instrument=known, date=may(5), close_price=7, currency="USD", source="stooq"
    )
    twelve("AAA")
    twelve("CCC")
    service.answer(STOOQ, Reply(status=404))
    service.answer(
        TWELVE,
        {"AAA": series(d5="1"), "CCC": {"status": "error", "code": 404, "message": "not found"}},
    )
    first, second, third = refresh_prices(dict.fromkeys(("AAA", "BBB", "CCC"), may(4)), NOW)
    assert first.stored.new == 1
    assert second.error == "Stooq does not know the symbol or the days (error 404)."
    assert third.error == "Twelve Data on “CCC”: not found"
    assert closes("BBB") == [(5, 7)]
    errors = dict(Instrument.objects.values_list("ticker", "price_error"))
    assert errors == {"AAA": "", "BBB": second.error, "CCC": third.error}
    assert Instrument.objects.get(ticker="BBB").prices_since is None


def test_the_symbols_of_a_provider_are_asked_in_batches(service):
    needed = {}
    for number in range(PROVIDERS["twelvedata"].batch_size + 2):
        needed[twelve(f"T{number}").ticker] = may(4)
    service.answer(TWELVE, {ticker: series(d5="1") for ticker in needed})
    assert {done.stored.new for done in refresh_prices(needed, NOW)} == {1}
    assert len(service.asked) == 2


def test_a_provider_that_is_down_is_not_asked_for_every_symbol(service):
    needed = {twelve(f"T{number}").ticker: may(4) for number in range(20)}
    service.answer(TWELVE, {"code": 429, "message": "out of credits", "status": "error"})
    results = refresh_prices(needed, NOW)
    assert {done.error for done in results} == {"Twelve Data refuses: out of credits"}
    assert len(results) == 20
    assert len(service.asked) == 1


def test_what_cannot_be_asked_says_why():
    InstrumentFactory(ticker="AAA")
    InstrumentFactory(ticker="BBB", provider="stooq")
    InstrumentFactory(ticker="CCC", provider="oracle", provider_symbol="c")
    none, symbol, unknown = refresh_prices(dict.fromkeys(("AAA", "BBB", "CCC"), may(4)), NOW)
    assert (none.error, symbol.error) == (NO_PROVIDER, NO_SYMBOL)
    assert unknown.error.startswith("There is no provider “oracle”. Choose one of: coingecko,")


def test_a_long_silence_asks_to_check_the_symbol(service):
    stooq("AAA", currency="USD")
    service.answer(STOOQ, "No data")
    (done,) = refresh_prices({"AAA": date(2026, 1, 5)}, NOW)
    assert done.error == "Stooq has no prices of “aaa.us” since 2026-01-05. Check the symbol."
    (done,) = refresh_prices({"AAA": may(6)}, NOW)
    assert done == ("AAA", "Stooq", Stored(), "", "")


def test_no_more_is_asked_than_the_provider_has(service):
    InstrumentFactory(
        ticker="BTC", asset_type="CRYPTO", provider="coingecko", provider_symbol="bitcoin"
    )
    service.answer("coins/bitcoin/market_chart/range", {"prices": [[1778198400000, 5]]})
    refresh_prices({"BTC": date(2019, 1, 1)}, NOW)
    start = datetime.fromtimestamp(int(service.asked[0].query["from"]), UTC)
    assert start == datetime(2025, 5, 8, tzinfo=UTC)
    service.answer("simple/price", {"bitcoin": {"eur": 6, "last_updated_at": 1778252400}})
    refresh_prices({"BTC": date(2019, 1, 1)}, NOW)
    assert service.asked[1].path == "coins/bitcoin/market_chart/range"


def test_after_a_split_a_restated_series_is_fetched_as_a_whole(service):
    twelve("AAA")
    service.answer(TWELVE, series(d4="400", d5="404"))
    refresh_prices({"AAA": may(4)}, datetime(2026, 5, 5, 22, tzinfo=UTC))
    service.answer(TWELVE, series(d5="101", d6="102"), series(d4="100", d5="101", d6="102"))
    (done,) = refresh_prices({"AAA": may(4)}, NOW)
    assert [asked.query["start_date"] for asked in service.asked] == [
        "2026-05-04", "2026-05-05", "2026-05-04",
    ]  # fmt: skip
    assert closes("AAA") == [(4, 100), (5, 101), (6, 102)]
    assert done.stored == Stored(new=1, changed=2, since=may(4))
    assert (done.error, done.note) == ("", RESTATED)


def test_a_split_that_is_known_needs_nothing_fetched_again(service):
    instrument = twelve("AAA")
    service.answer(TWELVE, series(d4="400", d5="404"))
    refresh_prices({"AAA": may(4)}, datetime(2026, 5, 5, 22, tzinfo=UTC))
    Split.objects.create(
        instrument=instrument, date=may(6), numerator=4, denominator=1, source="manual"
    )
    service.answer(TWELVE, series(d5="101", d6="102"))
    (done,) = refresh_prices({"AAA": may(4)}, NOW)
    assert len(service.asked) == 2
    assert done.stored == Stored(new=1, unchanged=1, since=may(6))
    assert done.note == ""


def test_every_instrument_is_told_by_itself(service):
    seen = []

    def note(since, **_):
        seen.append(since)

    twelve("AAA")
    twelve("BBB")
    service.answer(TWELVE, {"AAA": series(d5="1"), "BBB": series(d6="1")})
    prices_changed.connect(note)
    try:
        refresh_prices(dict.fromkeys(("AAA", "BBB"), may(4)), NOW)
    finally:
        prices_changed.disconnect(note)
    assert seen == [{"AAA": may(5)}, {"BBB": may(6)}]
