"""When prices and rates are fetched in the background, and what happens when that fails."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from pricing.models import ExchangeRate, Instrument, PriceHistory
from pricing.tasks import RatesUnavailableError, due, fetch_now, fetch_prices, fetch_rates
from tests.factories import InstrumentFactory
from tests.pricing.service import Reply

pytestmark = pytest.mark.django_db

WEDNESDAY = datetime(2026, 5, 6, 15, tzinfo=UTC)
NIGHT = datetime(2026, 5, 6, 22, tzinfo=UTC)
SATURDAY = datetime(2026, 5, 9, 15, tzinfo=UTC)
RATES = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube><Cube time="2026-05-06">
<Cube currency="USD" rate="1.25"/></Cube></Cube></gesmes:Envelope>"""


@pytest.mark.parametrize(
    ("now", "expected"),
    [(WEDNESDAY, ["BTC", "SAP"]), (NIGHT, ["BTC"]), (SATURDAY, ["BTC"])],
)
def test_crypto_is_always_due_and_others_while_markets_may_be_open(now, expected):
    InstrumentFactory(ticker="SAP", provider="stooq", provider_symbol="sap.de")
    InstrumentFactory(ticker="BTC", asset_type="CRYPTO", provider="coingecko")
    InstrumentFactory(ticker="OWN")
    assert list(due(now).order_by("ticker").values_list("ticker", flat=True)) == expected


def test_the_hours_are_a_setting(settings):
    InstrumentFactory(ticker="SAP", provider="stooq", provider_symbol="sap.de")
    settings.PRICE_REFRESH_HOURS = (15, 16)
    assert due(WEDNESDAY).exists()
    settings.PRICE_REFRESH_HOURS = (16, 24)
    assert not due(WEDNESDAY).exists()


def test_what_is_due_is_fetched_and_one_failure_stops_nothing(service, caplog):
    InstrumentFactory(ticker="SAP", provider="stooq", provider_symbol="sap.de")
    InstrumentFactory(ticker="BAD", provider="stooq")
    service.answer("q/d/l/", "Date,Open,High,Low,Close,Volume\n2026-05-06,1,1,1,10,5")
    fetch_prices.func(int(WEDNESDAY.timestamp()))
    (stored,) = PriceHistory.objects.all()
    assert (stored.instrument_id, stored.close_price) == ("SAP", 10)
    assert "BAD has no new price" in caplog.text
    assert Instrument.objects.get(ticker="SAP").prices_checked_at == WEDNESDAY


def test_what_somebody_wants_now_is_fetched_at_night_too(service):
    InstrumentFactory(ticker="SAP", provider="stooq", provider_symbol="sap.de")
    InstrumentFactory(ticker="OWN")
    service.answer("q/d/l/", "Date,Open,High,Low,Close,Volume\n2026-05-06,1,1,1,10,5")
    with time_machine.travel(NIGHT, tick=False):
        fetch_now.func(["SAP", "OWN"])
    (stored,) = PriceHistory.objects.all()
    assert (stored.instrument_id, stored.close_price) == ("SAP", 10)


def test_rates_are_fetched(service):
    for path in ("eurofxref-daily.xml", "eurofxref-hist-90d.xml", "eurofxref-hist.xml"):
        service.answer(path, RATES)
    ExchangeRate.objects.create(
        currency="USD", date=date(2026, 5, 5), rate=Decimal("1.2"), source="ecb"
    )
    fetch_rates.func(int(WEDNESDAY.timestamp()))
    assert ExchangeRate.objects.get(date=date(2026, 5, 6)).rate == Decimal("1.25")


def test_rates_that_cannot_be_fetched_fail_the_job_so_that_it_is_tried_again(service):
    for path in ("eurofxref-daily.xml", "eurofxref-hist-90d.xml", "eurofxref-hist.xml"):
        service.answer(path, Reply("out of order", 503))
    with pytest.raises(RatesUnavailableError):
        fetch_rates.func(int(WEDNESDAY.timestamp()))
    assert ExchangeRate.objects.count() == 0
