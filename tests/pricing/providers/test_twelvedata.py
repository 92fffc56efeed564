"""Twelve Data: several symbols a request, errors that come with status 200, and its key."""

from datetime import date
from decimal import Decimal

from pricing.providers.base import ProviderDown, ProviderError, Wanted
from pricing.providers.twelvedata import TwelveData

MAY_4, MAY_5 = date(2026, 5, 4), date(2026, 5, 5)


def wanted(symbol, start=MAY_4):
    return Wanted(symbol, start, MAY_5, "")


def series(currency, **closes):
    rows = [
        {"datetime": day, "open": "1", "high": "2", "low": "0.5", "close": close, "volume": "7"}
        for day, close in closes.items()
    ]
    return {"meta": {"currency": currency}, "values": rows, "status": "ok"}


def test_several_symbols_are_one_request_and_each_gets_its_own_days(service):
    service.answer(
        "time_series",
        {
            "AAPL": series("USD", **{"2026-05-05": "189.99500", "2026-05-04": "188.43"}),
            "VOD:LSE": series("GBp", **{"2026-05-05": "70.50", "2026-05-04": "70"}),
            "NOPE": {"code": 404, "message": "**symbol** not found: NOPE", "status": "error"},
        },
    )
    apple, vodafone, nothing = wanted("AAPL"), wanted("VOD:LSE", MAY_5), wanted("NOPE")
    answers = TwelveData().fetch([apple, vodafone, nothing])
    assert [(one.day, one.close, one.currency) for one in answers[apple]] == [
        (MAY_4, Decimal("188.43"), "USD"),
        (MAY_5, Decimal("189.995"), "USD"),
    ]
    assert [(one.day, one.close, one.currency, one.volume) for one in answers[vodafone]] == [
        (MAY_5, Decimal("0.705"), "GBP", 7)
    ]
    assert str(answers[nothing]) == "Twelve Data on “NOPE”: **symbol** not found: NOPE"
    (asked,) = service.asked
    assert asked.query["symbol"] == "AAPL,NOPE,VOD:LSE"
    assert (asked.query["start_date"], asked.query["end_date"]) == ("2026-05-04", "2026-05-06")
    # Not in the address, which ends up in logs.
    assert asked.headers["Authorization"] == "apikey td-free"
    assert "apikey" not in asked.query


def test_a_single_symbol_answers_without_its_name(service):
    service.answer("time_series", series("USD", **{"2026-05-05": "189"}))
    (answer,) = TwelveData().fetch([wanted("AAPL")]).values()
    assert [one.close for one in answer] == [189]


def test_a_single_unknown_symbol_is_its_own_error(service):
    service.answer("time_series", {"code": 404, "message": "not found", "status": "error"})
    (answer,) = TwelveData().fetch([wanted("NOPE")]).values()
    assert isinstance(answer, ProviderError)
    assert not isinstance(answer, ProviderDown)


def test_a_refused_request_is_the_error_of_all_its_symbols(service):
    service.answer("time_series", {"code": 400, "message": "bad dates", "status": "error"})
    answers = TwelveData().fetch([wanted("AAPL"), wanted("MSFT")])
    assert {str(answer) for answer in answers.values()} == {
        "Twelve Data on “AAPL”: bad dates",
        "Twelve Data on “MSFT”: bad dates",
    }


def test_the_currency_of_a_pair_is_its_second_half(service):
    found = series("", **{"2026-05-05": "3000"})
    service.answer("time_series", found)
    (answer,) = TwelveData().fetch([wanted("XAU/EUR")]).values()
    assert answer[0].currency == "EUR"


def test_used_up_credits_come_with_status_200_and_stop_the_asking(service):
    service.answer(
        "time_series",
        {"code": 429, "message": "You have run out of API credits.", "status": "error"},
    )
    answers = TwelveData().fetch([wanted("AAPL"), wanted("MSFT")])
    assert {str(answer) for answer in answers.values()} == {
        "Twelve Data refuses: You have run out of API credits."
    }
    assert all(isinstance(answer, ProviderDown) for answer in answers.values())


def test_without_a_key_nothing_is_asked_and_the_sentence_says_where_to_get_one(service, settings):
    settings.PROVIDER_KEYS = {"twelvedata": ""}
    (answer,) = TwelveData().fetch([wanted("AAPL")]).values()
    assert "set TWELVEDATA_API_KEY" in str(answer)
    assert service.asked == []


def test_an_answer_of_another_shape_concerns_only_its_symbol(service):
    service.answer(
        "time_series",
        {"AAPL": {"status": "ok", "rows": []}, "MSFT": series("USD", **{"2026-05-05": "1"})},
    )
    answers = TwelveData().fetch([wanted("AAPL"), wanted("MSFT")])
    assert "unexpected form" in str(answers[wanted("AAPL")])
    assert len(answers[wanted("MSFT")]) == 1


def test_a_list_is_no_answer(service):
    service.answer("time_series", [])
    (answer,) = TwelveData().fetch([wanted("AAPL")]).values()
    assert str(answer) == "Twelve Data answered in an unexpected form."
