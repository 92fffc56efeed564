"""The admin of prices, splits and rates: whoever values by them learns of every change."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from pricing.models import ExchangeRate, Instrument, PriceHistory, Split
from pricing.signals import prices_changed, rates_changed
from tests.factories import InstrumentFactory

pytestmark = pytest.mark.django_db

MAY_4, MAY_5 = date(2026, 5, 4), date(2026, 5, 5)
PRICE = {
    "instrument": "AAA",
    "date": "2026-05-05",
    "close_price": "12",
    "currency": "EUR",
    "source": "manual",
    "quarantine": "",
}


@pytest.fixture
def staff(client):
    InstrumentFactory(ticker="AAA")
    client.force_login(User.objects.create_superuser("root", "root@example.com", "secret words"))
    return client


@pytest.fixture
def told():
    seen = []

    def note(since, **_):
        seen.append(since)

    prices_changed.connect(note)
    rates_changed.connect(note)
    yield seen
    prices_changed.disconnect(note)
    rates_changed.disconnect(note)


def price(day=MAY_4, close=10, **fields):
    fields = {"currency": "EUR", "source": "manual"} | fields
    share = Instrument.objects.get(ticker="AAA")
    return PriceHistory.objects.create(instrument=share, date=day, close_price=close, **fields)


def url(model, action, *args):
    return reverse(f"admin:pricing_{model}_{action}", args=args)


def chosen(action, *rows, **fields):
    return {"action": action, "_selected_action": [row.pk for row in rows], **fields}


def test_a_price_that_is_added_or_moved_is_told_from_its_first_day(staff, told):
    assert staff.post(url("pricehistory", "add"), PRICE).status_code == 302
    row = PriceHistory.objects.get()
    moved = PRICE | {"date": "2026-05-04"}
    assert staff.post(url("pricehistory", "change", row.pk), moved).status_code == 302
    assert told == [{"AAA": MAY_5}, {"AAA": MAY_4}, {"AAA": MAY_5}]


def test_deleting_one_or_several_is_told(staff, told):
    first, second, third = price(), price(MAY_5), price(date(2026, 5, 6))
    staff.post(url("pricehistory", "delete", first.pk), {"post": "yes"})
    staff.post(
        url("pricehistory", "changelist"), chosen("delete_selected", second, third, post="yes")
    )
    assert not PriceHistory.objects.exists()
    assert told[0] == {"AAA": MAY_4}
    assert sorted(since["AAA"] for since in told[1:]) == [MAY_5, date(2026, 5, 6)]


def test_prices_in_quarantine_are_found_and_used(staff, told):
    price()
    doubted = price(MAY_5, 1000, quarantine="It jumps.")
    for value, count in (("waiting", 1), ("used", 1), ("", 2)):
        found = staff.get(url("pricehistory", "changelist"), {"quarantine": value} if value else {})
        assert found.context["cl"].result_count == count
    staff.post(url("pricehistory", "changelist"), chosen("accept", doubted))
    assert PriceHistory.objects.filter(quarantine="").count() == 2
    assert told == [{"AAA": MAY_5}]


def test_a_split_is_added_and_deleted_but_never_changed(staff, told):
    price()
    data = {
        "instrument": "AAA",
        "date": "2026-05-05",
        "numerator": "2",
        "denominator": "1",
        "source": "manual",
    }
    assert staff.post(url("split", "add"), data).status_code == 302
    split = Split.objects.get()
    assert staff.post(url("split", "change", split.pk), data).status_code == 403
    staff.post(url("split", "delete", split.pk), {"post": "yes"})
    assert told == [{"AAA": MAY_4}, {"AAA": MAY_4}]
    assert not Split.objects.exists()


def test_another_provider_is_asked_from_the_start(staff):
    Instrument.objects.update(provider="stooq", provider_symbol="a", prices_since=MAY_4)
    share = Instrument.objects.get()
    data = {
        "name": "Alpha",
        "asset_type": "STOCK",
        "currency": "EUR",
        "isin": "",
        "provider": "stooq",
        "provider_symbol": "a",
    }
    staff.post(url("instrument", "change", share.pk), data)
    assert Instrument.objects.get().prices_since == MAY_4
    staff.post(url("instrument", "change", share.pk), data | {"provider_symbol": "aaa.us"})
    share.refresh_from_db()
    assert (share.name, share.provider_symbol, share.prices_since) == ("Alpha", "aaa.us", None)


def test_rates_that_are_added_changed_and_deleted_are_told(staff, told):
    data = {"currency": "USD", "date": "2026-05-05", "rate": "1.1", "source": "imported"}
    staff.post(url("exchangerate", "add"), data)
    rate = ExchangeRate.objects.get()
    changed = data | {"currency": "GBP", "date": "2026-05-04"}
    staff.post(url("exchangerate", "change", rate.pk), changed)
    staff.post(url("exchangerate", "delete", rate.pk), {"post": "yes"})
    assert told == [{"USD": MAY_5}, {"GBP": MAY_4, "USD": MAY_5}, {"GBP": MAY_4}]
    other = ExchangeRate.objects.create(
        currency="USD", date=MAY_4, rate=Decimal("1.1"), source="ecb"
    )
    staff.post(url("exchangerate", "changelist"), chosen("delete_selected", other, post="yes"))
    assert told[-1] == {"USD": MAY_4}
    assert not ExchangeRate.objects.exists()
