"""Changing prices on pages: what is stored, what is refused with a sentence, and by whom."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from pricing.models import Instrument, PriceHistory, Split
from pricing.tasks import fetch_now
from tests.factories import AccountFactory, ledger

pytestmark = pytest.mark.django_db

MAY_4 = date(2026, 5, 4)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(datetime(2026, 5, 20, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def share(broker):
    return Instrument.objects.get(ticker="AAA")


def url(name, pk):
    return reverse(f"pricing:{name}", args=[pk])


def messages(response):
    return [str(message) for message in response.context["messages"]]


def row(share, close="700", reason="It jumps.", source="stooq", day=MAY_4):
    return PriceHistory.objects.create(
        instrument=share,
        date=day,
        close_price=Decimal(close),
        currency="EUR",
        source=source,
        quarantine=reason,
    )


def asked():
    jobs = ProcrastinateJob.objects.filter(task_name=fetch_now.name).order_by("pk")
    return [job.args["tickers"] for job in jobs]


def test_prices_are_asked_for_now_once_while_the_question_waits(signed_in, share):
    Instrument.objects.filter(pk=share.pk).update(provider="stooq", provider_symbol="aaa.de")
    response = signed_in.post(url("fetch", share.pk), follow=True)
    assert messages(response) == [
        "Prices of AAA are being fetched. They are here when you reload the page."
    ]
    response = signed_in.post(url("fetch", share.pk), follow=True)
    assert messages(response) == ["These prices wait to be fetched already."]
    signed_in.post(reverse("pricing:fetch-all"))
    assert asked() == [["AAA"], ["AAA"]]


def test_without_a_provider_there_is_nobody_to_ask(signed_in, share):
    response = signed_in.post(url("fetch", share.pk), follow=True)
    assert messages(response) == ["Choose who provides prices of AAA first."]
    response = signed_in.post(reverse("pricing:fetch-all"), follow=True)
    assert messages(response) == ["None of your instruments has a provider of prices yet."]
    assert asked() == []


def test_a_price_is_entered_and_entered_again(signed_in, share):
    path = url("price-add", share.pk)
    data = {"day": "2026-05-04", "price": "1,234.5", "currency": "eur"}
    response = signed_in.post(path, data, follow=True)
    assert messages(response) == ["The price of 4 May 2026 is 1,234.50\u00a0EUR."]
    response = signed_in.post(path, data | {"price": "12"}, follow=True)
    assert messages(response) == ["The price of 4 May 2026 is 12.00\u00a0EUR. It was 1,234.50."]
    stored = PriceHistory.objects.get()
    assert (stored.source, stored.close_price, stored.currency) == ("manual", 12, "EUR")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"day": "2026-05-21"}, "The day is in the future."),
        ({"day": "soon"}, "Enter a valid date."),
        ({"price": "much"}, "“much” is not a number."),
        ({"price": "-1"}, "A price is zero, for what is worthless, or more."),
        ({"price": ""}, "This field is required."),
        ({"price": "1.1234567890123456789"}, "At most 18 decimals can be kept."),
        ({"currency": "GBX"}, "GBX is a hundredth of GBP: write the amounts in GBP."),
        ({"currency": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_a_price_is_refused_beside_its_field(signed_in, share, change, sentence):
    data = {"day": "2026-05-04", "price": "5", "currency": "EUR"} | change
    response = signed_in.post(url("price-add", share.pk), data)
    assert sentence in response.content.decode()
    assert not PriceHistory.objects.exists()


def test_the_form_begins_with_today_and_the_currency_of_the_instrument(signed_in, share):
    page = signed_in.get(url("price-add", share.pk)).content.decode()
    assert 'value="2026-05-20"' in page
    assert 'value="EUR"' in page
    assert "shared by all users" in page


def test_only_a_price_by_hand_can_be_deleted(signed_in, share):
    manual, theirs = row(share, "5", "", "manual"), row(share, "6", "")
    response = signed_in.post(url("price-delete", manual.pk), follow=True)
    assert messages(response) == ["The price 5.00\u00a0EUR of 4 May 2026 is deleted."]
    assert signed_in.post(url("price-delete", theirs.pk)).status_code == 404
    assert signed_in.get(url("price-delete", theirs.pk)).status_code == 405
    assert list(PriceHistory.objects.all()) == [theirs]


def test_accepting_leads_back_to_where_one_was(signed_in, share):
    first, second = row(share), row(share, day=date(2026, 5, 5))
    response = signed_in.post(url("price-accept", first.pk), {"queue": "1"})
    assert response["Location"] == reverse("pricing:quarantine")
    assert not PriceHistory.objects.exclude(quarantine="").exists()
    # Accepting the first let the second in.
    assert signed_in.post(url("price-accept", second.pk)).status_code == 404


def test_rejecting_deletes_only_what_waits(signed_in, share):
    doubted, good = row(share), row(share, "7", "", day=date(2026, 5, 5))
    response = signed_in.post(url("price-reject", doubted.pk))
    assert response["Location"] == url("instrument", share.pk)
    assert signed_in.post(url("price-reject", good.pk)).status_code == 404
    assert list(PriceHistory.objects.all()) == [good]


def test_settings_say_what_an_instrument_is(signed_in, share):
    path = url("settings", share.pk)
    page = signed_in.get(path).content.decode()
    assert '<option value="STOCK" selected>Stock</option>' in page
    signed_in.post(path, {"name": "Example World ETF", "asset_type": "ETF", "currency": "EUR"})
    share.refresh_from_db()
    assert (share.name, share.asset_type) == ("Example World ETF", "ETF")
    signed_in.post(path, {"name": "", "asset_type": "PET", "currency": "EUR"})
    share.refresh_from_db()
    assert (share.name, share.asset_type) == ("Example World ETF", "ETF")


def test_settings_are_stored_and_a_symbol_is_asked_for(signed_in, share):
    path = url("settings", share.pk)
    response = signed_in.post(path, {"provider": "stooq", "provider_symbol": "", "currency": ""})
    assert "The provider needs to know what to ask. Stooq" in response.content.decode()
    data = {"provider": "stooq", "provider_symbol": "aaa.us", "currency": "usd"}
    assert signed_in.post(path, data).status_code == 302
    share.refresh_from_db()
    assert (share.provider, share.provider_symbol, share.currency) == ("stooq", "aaa.us", "USD")
    assert signed_in.post(path, data | {"provider": "oracle"}).status_code == 200


def test_what_is_likely_is_filled_in_until_somebody_has_chosen(signed_in, broker):
    coin = Instrument.objects.get(ticker="BTC")
    page = signed_in.get(url("settings", coin.pk)).content.decode()
    assert "are a suggestion" in page
    assert 'value="bitcoin"' in page
    signed_in.post(url("settings", coin.pk), {"provider": "coingecko", "provider_symbol": "btc-x"})
    page = signed_in.get(url("settings", coin.pk)).content.decode()
    assert "are a suggestion" not in page
    assert 'value="btc-x"' in page


def test_a_split_is_added_once_a_day_and_deleted(signed_in, share):
    path = url("split-add", share.pk)
    data = {"day": "2026-05-04", "numerator": "4", "denominator": "1"}
    signed_in.post(path, data)
    split = Split.objects.get()
    assert (split.date, split.numerator, split.denominator) == (MAY_4, 4, 1)
    assert "There is a split on that day already." in signed_in.post(path, data).content.decode()
    signed_in.post(url("split-delete", split.pk))
    assert not Split.objects.exists()


@pytest.mark.parametrize(
    ("numerator", "denominator"), [("0", "1"), ("1", "0"), ("-2", "1"), ("1.5", "1"), ("3", "3")]
)
def test_a_ratio_is_two_different_whole_numbers(signed_in, share, numerator, denominator):
    data = {"day": "2026-05-04", "numerator": numerator, "denominator": denominator}
    assert signed_in.post(url("split-add", share.pk), data).status_code == 200
    assert not Split.objects.exists()


def upload(signed_in, share, text, **fields):
    file = SimpleUploadedFile("aaa.csv", text.encode())
    return signed_in.post(url("price-upload", share.pk), {"file": file, **fields}, follow=True)


def test_a_download_is_imported_for_the_instrument_of_the_page(signed_in, share):
    text = "Date,Open,High,Low,Close,Adj Close,Volume\n2026-05-04,1,1,1,70,60,5\n"
    response = upload(signed_in, share, text, currency="GBX")
    assert messages(response) == [
        "1 rows read: 1 new prices, 0 changed, 0 known already, 0 without a price."
    ]
    stored = PriceHistory.objects.get()
    assert (stored.close_price, stored.currency) == (Decimal("0.7"), "GBP")
    assert (stored.source, stored.adjusted_for_splits) == ("imported", True)


def test_rejected_rows_are_named_and_nothing_is_imported_unless_wanted(signed_in, share):
    text = "Date,Ticker,Close\n2026-05-04,AAA,70\n2026-05-04,BTC,1\nnever,AAA,1\n"
    page = upload(signed_in, share, text).content.decode()
    assert "2 of 3 rows of aaa.csv were rejected. Nothing was imported." in page
    assert "Line 3: it is about BTC, not about AAA" in page
    assert not PriceHistory.objects.exists()
    page = upload(signed_in, share, text, keep_rejects="on").content.decode()
    assert "The others are imported." in page
    assert PriceHistory.objects.get().instrument == share


def test_a_file_of_no_use_is_refused_with_a_sentence(signed_in, share, monkeypatch):
    page = upload(signed_in, share, "Name,Value\na,1\n").content.decode()
    assert "This is no file of prices or exchange rates" in page
    monkeypatch.setattr("pricing.forms.prices.LARGEST_FILE", 5)
    assert "The file is too large" in upload(signed_in, share, "Date,Close").content.decode()


def test_two_who_hold_the_same_see_the_same_prices(signed_in, share, bob, client):
    ledger(AccountFactory(owner=bob), "2026-01-05 BUY 1 AAA @ 1")
    signed_in.post(
        url("price-add", share.pk), {"day": "2026-05-04", "price": "5", "currency": "EUR"}
    )
    client.force_login(bob)
    assert client.get(url("instrument", share.pk)).context["line"].close.price == 5
