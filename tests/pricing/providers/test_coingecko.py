"""CoinGecko: one request for many coins of today, one each for history, days by midnight UTC."""

from datetime import UTC, date, datetime
from decimal import Decimal

from pricing.providers.base import ProviderDown, ProviderError, Quote, Wanted
from pricing.providers.coingecko import CoinGecko, closes
from tests.pricing.service import Reply

MAY_4, MAY_5, MAY_6 = date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 6)


def at(day, hour=0, minute=0):
    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def today(symbol, currency="EUR"):
    return Wanted(symbol, MAY_5, MAY_5, currency)


def test_the_coins_of_one_day_are_asked_for_together(service):
    updated = at(MAY_5, 9) // 1000
    service.answer(
        "simple/price",
        f'{{"bitcoin": {{"eur": 58123.123456789012, "last_updated_at": {updated}}},'
        f' "pepe": {{"eur": 9.8e-06, "last_updated_at": {updated}}}}}',
    )
    answers = CoinGecko().fetch([today("bitcoin"), today("pepe"), today("nonsense")])
    assert answers[today("bitcoin")] == [Quote(MAY_5, Decimal("58123.123456789012"), "EUR")]
    assert answers[today("pepe")] == [Quote(MAY_5, Decimal("0.0000098"), "EUR")]
    assert str(answers[today("nonsense")]) == "CoinGecko has no price of “nonsense” in EUR."
    (asked,) = service.asked
    assert asked.query["ids"] == "bitcoin,nonsense,pepe"
    assert asked.query["vs_currencies"] == "eur"
    assert asked.headers["x-cg-demo-api-key"] == "cg-demo"


def test_each_currency_is_a_request_and_an_unknown_one_is_asked_in_euros(service):
    service.answer("simple/price", {})
    CoinGecko().fetch([today("bitcoin"), today("bitcoin", "USD"), today("ethereum", "")])
    assert sorted(asked.query["vs_currencies"] for asked in service.asked) == ["eur", "usd"]


def test_without_a_key_none_is_sent(service, settings):
    settings.PROVIDER_KEYS = {"coingecko": ""}
    service.answer("simple/price", {})
    CoinGecko().fetch([today("bitcoin")])
    assert "x-cg-demo-api-key" not in service.asked[0].headers


def test_history_is_asked_from_midnight_to_the_midnight_after(service):
    wanted = Wanted("bitcoin", MAY_4, MAY_5, "EUR")
    points = [[at(MAY_4), 1], [at(MAY_5), 2.5], [at(MAY_6), 3.25]]
    service.answer("coins/bitcoin/market_chart/range", {"prices": points})
    assert CoinGecko().fetch([wanted])[wanted] == [
        Quote(MAY_4, Decimal("2.5"), "EUR"),
        Quote(MAY_5, Decimal("3.25"), "EUR"),
    ]
    query = service.asked[0].query
    assert int(query["from"]) * 1000 == at(MAY_4)
    assert at(MAY_6) < int(query["to"]) * 1000 < at(MAY_6, 1)


def test_the_last_price_of_a_day_is_its_close_also_when_it_comes_minutes_late():
    points = [(at(MAY_5, 23), 2), (at(MAY_5, 8), 1), (at(MAY_6, 0, 4), 3), (at(MAY_6, 0, 11), 4)]
    assert closes(points, "EUR") == [
        Quote(MAY_5, Decimal(3), "EUR"),
        Quote(MAY_6, Decimal(4), "EUR"),
    ]


def test_one_unknown_coin_does_not_stop_the_others(service):
    known, unknown = Wanted("bitcoin", MAY_4, MAY_5, ""), Wanted("bitcon", MAY_4, MAY_5, "")
    service.answer("coins/bitcoin/market_chart/range", {"prices": [[at(MAY_5), 2]]})
    answers = CoinGecko().fetch([unknown, known])
    assert isinstance(answers[unknown], ProviderError)
    assert answers[known] == [Quote(MAY_4, Decimal(2), "EUR")]


def test_a_symbol_is_a_part_of_the_address_and_never_another_address(service):
    wanted = Wanted("../simple/price?x", MAY_4, MAY_5, "EUR")
    (answer,) = CoinGecko().fetch([wanted]).values()
    assert isinstance(answer, ProviderError)
    assert service.asked[0].path == "coins/..%2Fsimple%2Fprice%3Fx/market_chart/range"


def test_when_it_is_down_nothing_further_is_asked(service):
    service.answer("simple/price", Reply(status=500))
    wanted = [today("bitcoin"), Wanted("ethereum", MAY_4, MAY_5, "EUR")]
    answers = CoinGecko().fetch(wanted)
    assert all(isinstance(answers[one], ProviderDown) for one in wanted)
    assert {asked.path for asked in service.asked} == {"simple/price"}


def test_an_answer_of_another_shape_is_a_sentence(service):
    service.answer("coins/bitcoin/market_chart/range", {"status": "moved"})
    wanted = Wanted("bitcoin", MAY_4, MAY_5, "EUR")
    (answer,) = CoinGecko().fetch([wanted]).values()
    assert str(answer).startswith("CoinGecko answered in an unexpected form (KeyError: 'prices').")
