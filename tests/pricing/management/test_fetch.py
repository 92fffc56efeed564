"""The commands that fetch: what they say, and their exit codes."""

import io
import zipfile
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command

from pricing.models import ExchangeRate, PriceHistory
from tests.factories import AccountFactory, InstrumentFactory, ledger
from tests.pricing.service import Reply

pytestmark = pytest.mark.django_db

FILE = "Date,Open,High,Low,Close,Volume\n2026-05-04,1,1,1,10,5\n2026-05-05,1,1,1,11,5\n"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(datetime(2026, 5, 8, 16, tzinfo=UTC), tick=False):
        yield


def listed(ticker):
    return InstrumentFactory(
        ticker=ticker, currency="USD", provider="stooq", provider_symbol=f"{ticker.lower()}.us"
    )


def test_prices_are_fetched_from_the_first_transaction_on(service, alice, capsys):
    listed("AAA")
    listed("BENCH")
    ledger(AccountFactory(owner=alice), "2026-03-02 BUY 1 AAA @ 9", "2026-04-01 BUY 1 AAA @ 9")
    service.answer("q/d/l/", FILE)
    call_command("fetch_prices")
    assert {(asked.query["s"], asked.query["d1"]) for asked in service.asked} == {
        ("aaa.us", "20260302"),
        ("bench.us", "20260302"),
    }
    assert capsys.readouterr().out == (
        "Ticker  Provider  new  changed  unchanged  quarantined  unusable\n"
        "------  --------  ---  -------  ---------  -----------  --------\n"
        "AAA     Stooq       2        0          0            0         0\n"
        "BENCH   Stooq       2        0          0            0         0\n"
    )


def test_only_the_named_ones_are_asked_and_a_failure_is_the_exit_code(service, capsys):
    listed("AAA")
    listed("BBB")
    InstrumentFactory(ticker="CCC")
    service.answer("q/d/l/", Reply(status=404))
    with pytest.raises(SystemExit) as end:
        call_command("fetch_prices", "BBB", "CCC")
    assert end.value.code == 1
    assert len(service.asked) == 1
    assert capsys.readouterr().err == (
        "BBB: Stooq does not know the symbol or the days (error 404).\n"
        "CCC: No provider is set for it.\n"
    )


def test_a_doubted_price_is_pointed_at(service, alice, capsys):
    instrument = listed("AAA")
    ledger(AccountFactory(owner=alice), "2026-05-01 BUY 1 AAA @ 9")
    PriceHistory.objects.create(
        instrument=instrument, date=date(2026, 5, 1), close_price=1, currency="USD", source="manual"
    )
    service.answer("q/d/l/", FILE)
    call_command("fetch_prices")
    assert capsys.readouterr().err == "AAA: look at the quarantine on the page Prices.\n"


def test_prices_that_are_told_anew_ask_for_the_split(service, alice, capsys):
    InstrumentFactory(ticker="AAA", provider="twelvedata", provider_symbol="AAA")
    ledger(AccountFactory(owner=alice), "2026-05-04 BUY 1 AAA @ 9")

    def series(close):
        rows = [{"datetime": f"2026-05-0{day}", "close": close} for day in (4, 5)]
        return {"meta": {"currency": "USD"}, "values": rows, "status": "ok"}

    service.answer("time_series", series("400"), series("100"))
    call_command("fetch_prices")
    call_command("fetch_prices")
    assert capsys.readouterr().err.startswith(
        "AAA: Its past prices are told anew, as after a split."
    )


def test_an_unknown_ticker_is_named(capsys):
    with pytest.raises(CommandError, match="There is no instrument NOPE") as refusal:
        call_command("fetch_prices", "NOPE")
    assert refusal.value.returncode == 2


def test_without_any_provider_it_says_where_to_set_one(capsys):
    InstrumentFactory(ticker="AAA")
    call_command("fetch_prices")
    assert "Set one on its page under Prices" in capsys.readouterr().out


def test_exchange_rates_are_counted(service, capsys):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("eurofxref-hist.csv", "Date,USD,JPY\n2026-05-08,1.1,160\n")
    service.answer("eurofxref-hist.zip", buffer.getvalue())
    call_command("fetch_exchange_rates")
    call_command("fetch_exchange_rates", "--full")
    assert capsys.readouterr().out == (
        "Exchange rates: 2 new, 0 changed, 0 unchanged.\n"
        "Exchange rates: 0 new, 0 changed, 2 unchanged.\n"
    )
    assert ExchangeRate.objects.count() == 2


def test_no_answer_is_exit_code_one(service, capsys):
    service.answer("eurofxref-hist.zip", Reply(status=500))
    with pytest.raises(SystemExit) as end:
        call_command("fetch_exchange_rates")
    assert end.value.code == 1
    assert "out of order (error 500)" in capsys.readouterr().err
