"""Importing files: all or nothing, counts that add up, and whose prices they are."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pricing.closes import closes_on
from pricing.models import ExchangeRate, PriceHistory
from pricing.price_files import PriceChoices, import_prices
from pricing.price_formats import Reject
from pricing.readers import ImporterError
from tests.factories import InstrumentFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
HEAD = "Date,Ticker,Close,Currency\n"
YAHOO = (
    "Date,Open,High,Low,Close,Adj Close,Volume\n"
    "2026-05-04,1,1,1,10,9,5\n2026-05-05,null,null,null,null,null,null\n"
)


@pytest.fixture(autouse=True)
def instruments(db):
    InstrumentFactory(ticker="AAA", currency="USD")
    InstrumentFactory(ticker="VOD", currency="GBP", isin="GB00BH4HKS39")


def imported(text, **choices):
    data = text if isinstance(text, bytes) else text.encode()
    return import_prices("prices.csv", data, PriceChoices(**choices), NOW)


def counts(result):
    names = ("rows", "new", "changed", "unchanged", "quarantined", "ignored", "rejected")
    found = tuple(getattr(result, name) for name in names)
    assert not result.is_stored or found[0] == sum(found[1:])
    return found


def test_every_row_is_counted_once():
    text = HEAD + "2026-05-04,AAA,10,USD\n2026-05-05,AAA,1000,USD\n2026-05-06,AAA,,USD\n"
    result = imported(text)
    assert counts(result) == (3, 1, 0, 0, 1, 1, 0)
    assert (result.format, result.is_stored) == ("prices", True)
    assert counts(imported(text)) == (3, 0, 0, 2, 0, 1, 0)
    assert counts(imported(text.replace(",10,", ",11,"))) == (3, 0, 1, 1, 0, 1, 0)


def test_an_imported_price_outranks_a_provider_unless_it_is_kept_under_its_name():
    PriceHistory.objects.create(
        instrument_id="AAA", date=date(2026, 5, 4), close_price=9, currency="USD", source="stooq"
    )
    imported(HEAD + "2026-05-04,AAA,10,USD\n")
    assert closes_on(["AAA"], date(2026, 5, 4))["AAA"].source == "imported"
    imported(HEAD + "2026-05-04,AAA,11,USD\n", source="stooq")
    assert PriceHistory.objects.get(source="stooq").close_price == 11


def test_one_reject_keeps_the_whole_file_out():
    text = HEAD + "2026-05-04,AAA,10,USD\n2026-05-05,NOPE,10,USD\nnever,AAA,1,USD\n"
    result = imported(text)
    assert not result.is_stored
    assert result.rejects == [
        Reject(3, "there is no instrument “NOPE”: import its transactions first"),
        Reject(4, "“never” is not a date"),
    ]
    assert not PriceHistory.objects.exists()
    assert counts(imported(text, keep_rejects=True)) == (3, 1, 0, 0, 0, 0, 2)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("2026-05-21,AAA,1,USD\n", "2026-05-21 is in the future"),
        ("2026-05-04,,1,USD\n", "the row does not say whose price it is"),
        ("2026-05-04,AAA,1,US$\n", "“US$” is not a currency"),
        ("2026-05-04,AAA,1e-30,USD\n", "the price is too small to be kept"),
        ("2026-05-04,AAA,1,USD\n2026-05-04,AAA,2,USD\n", "line 2 tells AAA on 2026-05-04 already"),
    ],
)
def test_what_cannot_be_stored_is_rejected_with_a_reason(lines, reason):
    assert imported(HEAD + lines).rejects[0].reason == reason


def test_a_row_may_name_the_isin_and_pence_become_pounds():
    imported("Date,ISIN,Price,Currency\n2026-05-04,GB00BH4HKS39,70.5,GBX\n")
    close = closes_on(["VOD"], date(2026, 5, 4))["VOD"]
    assert (close.price, close.currency) == (Decimal("0.705"), "GBP")


def test_a_file_without_currency_is_in_that_of_the_instrument_or_the_chosen_one():
    assert imported("Date,Ticker,Close\n2026-05-04,VOD,1\n").new == 1
    assert imported("Date,Ticker,Close\n2026-05-05,VOD,99\n", currency="GBp").new == 1
    rows = PriceHistory.objects.order_by("date").values_list("close_price", "currency")
    assert list(rows) == [(1, "GBP"), (Decimal("0.99"), "GBP")]


def test_without_any_currency_the_row_says_what_to_do():
    InstrumentFactory(ticker="BARE", currency="")
    (reject,) = imported("Date,Ticker,Close\n2026-05-04,BARE,1\n").rejects
    assert reject.reason == "the currency is missing: add a column Currency, or set that of BARE"


def test_a_download_needs_to_be_told_whose_it_is():
    with pytest.raises(ImporterError, match="does not say whose prices it has"):
        imported(YAHOO)
    assert counts(imported(YAHOO, ticker="AAA")) == (2, 1, 0, 0, 0, 1, 0)
    row = PriceHistory.objects.get()
    assert (row.close_price, row.adjusted_for_splits, row.created_at) == (10, True, NOW)


def test_whether_it_is_adjusted_can_be_said():
    imported(YAHOO, ticker="AAA", adjusted=False)
    assert not PriceHistory.objects.get().adjusted_for_splits
    imported(HEAD + "2026-05-06,AAA,10,USD\n", adjusted=True)
    assert PriceHistory.objects.get(date=date(2026, 5, 6)).adjusted_for_splits


def test_with_a_ticker_rows_about_another_one_are_rejected():
    text = HEAD + "2026-05-04,AAA,10,USD\n2026-05-04,VOD,10,GBP\n2026-05-05,,10,USD\n"
    result = imported(text, ticker="AAA", keep_rejects=True)
    assert result.rejects == [Reject(3, "it is about VOD, not about AAA")]
    assert result.new == 2


def test_rates_are_imported_and_outrank_those_of_the_central_bank():
    text = "Date,Currency,Rate\n2026-05-04,USD,1.1\n2026-05-04,TWD,34.5\n2026-05-04,USD,1.2\n"
    result = imported(text, keep_rejects=True)
    assert counts(result) == (3, 2, 0, 0, 0, 0, 1)
    assert result.rejects[0].reason == "line 2 tells USD on 2026-05-04 already"
    assert set(ExchangeRate.objects.values_list("currency", "source")) == {
        ("USD", "imported"),
        ("TWD", "imported"),
    }


def test_the_history_of_the_central_bank_is_read_zipped_and_keeps_its_name():
    text = "Date,USD,JPY,BGN,CYP,CZK,\n2026-05-05,1.1,160.5,N/A,N/A,25,\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("eurofxref-hist.csv", text)
    assert counts(imported(buffer.getvalue())) == (3, 3, 0, 0, 0, 0, 0)
    assert counts(imported(text)) == (3, 0, 0, 3, 0, 0, 0)
    assert set(ExchangeRate.objects.values_list("source", flat=True)) == {"ecb"}


def test_another_archive_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("prices.csv", HEAD)
    with pytest.raises(ImporterError, match="not the history of the European Central Bank"):
        imported(buffer.getvalue())
    with pytest.raises(ImporterError, match="not the history"):
        imported(b"PK\x03\x04 broken")


def test_splits_are_imported_once_and_explain_what_waits():
    imported(HEAD + "2026-05-04,AAA,1000,USD\n2026-05-05,AAA,100,USD\n")
    text = "Date,Ticker,New,Old\n2026-05-05,AAA,10,1\n"
    assert counts(imported(text)) == (1, 1, 0, 0, 0, 0, 0)
    assert counts(imported(text)) == (1, 0, 0, 1, 0, 0, 0)
    assert not PriceHistory.objects.exclude(quarantine="").exists()
    (reject,) = imported(text.replace("10,1", "20,1")).rejects
    assert reject.reason == "there is another split of AAA 10 for 1 on 2026-05-05"


def test_rates_do_not_belong_to_an_instrument():
    with pytest.raises(ImporterError, match="exchange rates, not prices"):
        imported("Date,Currency,Rate\n2026-05-04,USD,1.1\n", ticker="AAA")
