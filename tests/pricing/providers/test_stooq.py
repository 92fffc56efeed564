"""Stooq: files as traded, currencies that it does not tell, and its several refusals."""

from datetime import date
from decimal import Decimal

import pytest

from pricing.providers.base import ProviderDown, ProviderError, Quote, Wanted
from pricing.providers.stooq import Stooq, currency_of

PATH = "q/d/l/"
AAPL = Wanted("AAPL.US", date(2026, 5, 4), date(2026, 5, 5), "USD")
FILE = (
    "Date,Open,High,Low,Close,Volume\r\n"
    "2026-05-01,1,1,1,1,1\r\n"
    "2026-05-04,187.15,189.2,186.9,188.43,45000100\r\n"
    "2026-05-05,188.5,190,187.01,189.995,41000000\r\n"
)


def fetched(wanted):
    return Stooq().fetch([wanted])[wanted]


def test_the_wanted_days_of_a_file_are_quotes(service):
    service.answer(PATH, FILE)
    quotes = fetched(AAPL)
    assert [(one.day, one.close) for one in quotes] == [
        (date(2026, 5, 4), Decimal("188.43")),
        (date(2026, 5, 5), Decimal("189.995")),
    ]
    assert quotes[0] == Quote(
        date(2026, 5, 4),
        Decimal("188.43"),
        "USD",
        Decimal("187.15"),
        Decimal("189.2"),
        Decimal("186.9"),
        Decimal(45000100),
    )
    assert service.asked[0].query == {
        "s": "aapl.us", "d1": "20260504", "d2": "20260505", "i": "d", "o": "1111111",
    }  # fmt: skip


def test_prices_of_london_are_pence_where_the_instrument_is_in_pounds(service):
    service.answer(PATH, "Date,Open,High,Low,Close\n2026-05-05,70,71,69,70.5\n")
    vodafone = Wanted("vod.uk", date(2026, 5, 4), date(2026, 5, 5), "GBP")
    (quote,) = fetched(vodafone)
    assert (quote.close, quote.open, quote.currency) == (Decimal("0.705"), Decimal("0.70"), "GBP")
    assert quote.volume is None


@pytest.mark.parametrize(
    ("symbol", "currency", "found"),
    [
        ("aapl.us", "", "USD"),
        ("sap.de", "", "EUR"),
        ("vod.uk", "", "GBX"),
        ("cspx.uk", "USD", "USD"),
        ("pko", "PLN", "PLN"),
        ("xaueur", "USD", "EUR"),
    ],
)
def test_the_currency_is_that_of_the_instrument_or_of_the_exchange(symbol, currency, found):
    assert currency_of(symbol, currency) == found


def test_an_unknown_currency_is_asked_for(service):
    answer = fetched(Wanted("pko", AAPL.start, AAPL.end, ""))
    assert str(answer) == (
        "Stooq does not tell in which currency it quotes “pko”. Set the currency of the instrument."
    )
    assert service.asked == []


def test_no_data_is_no_price_and_no_error(service):
    service.answer(PATH, "No data")
    assert fetched(AAPL) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Exceeded the daily hits limit", "Stooq's limit of a day is used up."),
        ("<!DOCTYPE html><html><script>", "Stooq answers with a page for browsers"),
    ],
)
def test_its_refusals_are_told_apart_and_end_the_asking(service, text, sentence):
    service.answer(PATH, text)
    other = Wanted("msft.us", AAPL.start, AAPL.end, "USD")
    answers = Stooq().fetch([AAPL, other])
    assert all(isinstance(answer, ProviderDown) for answer in answers.values())
    assert str(answers[other]).startswith(sentence)
    assert len(service.asked) == 1


@pytest.mark.parametrize("text", ["Fecha,Valor\n2026-05-05,1\n", FILE + "soon,1,1,1,1,1\n"])
def test_a_file_of_another_shape_is_a_sentence(service, text):
    service.answer(PATH, text)
    answer = fetched(AAPL)
    assert isinstance(answer, ProviderError)
    assert str(answer).startswith("Stooq answered in an unexpected form")
