"""From what a file calls a security to the one instrument that it is."""

import pytest

from pricing.assets import AssetType
from pricing.models import Instrument, InstrumentName
from tests.factories import InstrumentFactory
from transactions import resolve as module
from transactions.importers.base import Security
from transactions.resolve import resolve

APPLE, MICROSOFT = "US0378331005", "US5949181045"

pytestmark = pytest.mark.django_db


def stored():
    return {(one.ticker, one.isin, one.asset_type) for one in Instrument.objects.all()}


def test_a_new_security_becomes_an_instrument():
    apple = Security("AAPL", APPLE, "Apple Inc.", AssetType.STOCK, "USD")
    assert resolve([apple, apple]) == {apple: "AAPL"}
    found = Instrument.objects.get()
    assert (found.ticker, found.isin, found.name) == ("AAPL", APPLE, "Apple Inc.")
    assert (found.asset_type, found.currency) == ("STOCK", "USD")


def test_a_renamed_ticker_is_the_same_instrument_by_its_isin():
    InstrumentFactory(ticker="FB", isin=APPLE)
    assert resolve([Security("META", APPLE)]) == {Security("META", APPLE): "FB"}
    assert Instrument.objects.count() == 1


def test_rows_with_the_bare_ticker_find_what_rows_with_the_isin_named():
    bare, full = Security("AAPL"), Security("AAPL", APPLE)
    assert resolve([bare, full]) == {bare: "AAPL", full: "AAPL"}
    assert stored() == {("AAPL", APPLE, "OTHER")}


def test_what_is_missing_is_completed_and_what_is_known_stays():
    InstrumentFactory(ticker="AAPL", asset_type="OTHER", currency="", name="My Apple")
    resolve([Security("AAPL", APPLE, "Apple Inc.", AssetType.STOCK, "USD")])
    found = Instrument.objects.get()
    assert (found.isin, found.name, found.asset_type, found.currency) == (
        APPLE, "My Apple", "STOCK", "USD",
    )  # fmt: skip


def test_a_share_and_a_coin_of_the_same_letters_are_two():
    share = Security("COMP", "", "", AssetType.STOCK)
    coin = Security("COMP", "", "", AssetType.CRYPTO)
    tickers = resolve([share, coin])
    assert tickers == {coin: "COMP", share: "COMP.STOCK"}
    assert resolve([share, coin]) == tickers
    assert Instrument.objects.count() == 2


def test_two_securities_with_one_ticker_are_told_apart_by_isin():
    InstrumentFactory(ticker="ABC", isin=APPLE)
    other = Security("ABC", MICROSOFT)
    assert resolve([other]) == {other: MICROSOFT}
    assert resolve([other]) == {other: MICROSOFT}


def test_an_isin_alone_is_a_name():
    assert resolve([Security(isin=APPLE)]) == {Security(isin=APPLE): APPLE}


def test_an_isin_with_a_wrong_check_digit_names_but_identifies_nothing():
    wrong = Security("", "US0378331006")
    assert resolve([wrong]) == {wrong: "US0378331006"}
    assert stored() == {("US0378331006", "", "OTHER")}


@pytest.mark.parametrize("name", ["", " ", "A\x00B", "A\ud800", "A" * 41])
def test_a_name_that_cannot_be_stored_is_left_out(name):
    assert resolve([Security(name)]) == {}
    assert not Instrument.objects.exists()


def test_the_longest_ticker_can_be_told_apart_too():
    share, coin = (Security("A" * 40, "", "", kind) for kind in (AssetType.STOCK, AssetType.CRYPTO))
    tickers = resolve([share, coin])
    assert len(set(tickers.values())) == 2
    assert all(len(ticker) <= 40 for ticker in tickers.values())
    assert resolve([share, coin]) == tickers


def test_names_and_currencies_that_are_too_long_are_cut():
    resolve([Security("AAA", "", "n\x00" * 200, AssetType.STOCK, "C" * 20)])
    found = Instrument.objects.get()
    assert (len(found.name), found.name[:3], found.currency) == (200, "n n", "C" * 12)


def test_an_instrument_that_another_import_just_made_is_looked_up_again(monkeypatch):
    """Its ISIN is taken, so ours is not created: our rows must not point to nothing."""
    real = module._Directory.write

    def outrun(directory):
        monkeypatch.setattr(module._Directory, "write", real)
        InstrumentFactory(ticker="APC", isin=APPLE)
        real(directory)

    monkeypatch.setattr(module._Directory, "write", outrun)
    assert resolve([Security("AAPL", APPLE)]) == {Security("AAPL", APPLE): "APC"}
    assert stored() == {("APC", APPLE, "STOCK")}


def test_instruments_that_keep_vanishing_end_in_an_error(monkeypatch):
    monkeypatch.setattr(module._Directory, "write", lambda directory: None)
    with pytest.raises(RuntimeError, match="AAPL"):
        resolve([Security("AAPL")])


# ---- other names ---------------------------------------------------------------------------------


def names():
    return {
        (one.instrument_id, one.kind, one.value, one.currency)
        for one in InstrumentName.objects.all()
    }


def test_a_ticker_that_an_isin_vouches_for_is_remembered_for_files_without_isins():
    InstrumentFactory(ticker="FB", isin=APPLE)
    resolve([Security("META", APPLE, currency="USD")])
    assert names() == {("FB", "TICKER", "META", "USD")}
    bare = Security("META", currency="USD")
    assert resolve([bare]) == {bare: "FB"}
    assert resolve([Security("META", APPLE, currency="USD")])
    assert InstrumentName.objects.count() == 1


def test_a_remembered_ticker_means_another_company_in_another_currency():
    InstrumentFactory(ticker="AAPL", isin=APPLE)
    resolve([Security("APC", APPLE, currency="EUR")])
    elsewhere = Security("APC", currency="USD")
    assert resolve([elsewhere]) == {elsewhere: "APC"}


def test_an_instrument_of_its_own_comes_before_another_ones_name():
    InstrumentFactory(ticker="FB", isin=APPLE)
    resolve([Security("META", APPLE, currency="USD")])
    own = InstrumentFactory(ticker="META", isin="")
    bare = Security("META", currency="USD")
    assert resolve([bare]) == {bare: own.ticker}


def test_another_isin_shows_that_a_ticker_was_given_to_another_company():
    InstrumentFactory(ticker="FB", isin=APPLE)
    resolve([Security("META", APPLE, currency="USD")])
    other = Security("META", MICROSOFT, currency="USD")
    assert resolve([other]) == {other: "META"}


def test_an_isin_of_before_is_remembered_from_a_file_that_has_both():
    changed = Security("TWX", APPLE, other_isins=(MICROSOFT,), currency="USD")
    assert resolve([changed]) == {changed: "TWX"}
    assert names() == {("TWX", "ISIN", MICROSOFT, "")}
    former = Security("", MICROSOFT)
    assert resolve([former]) == {former: "TWX"}


def test_the_new_isin_of_a_known_instrument_leads_to_it():
    InstrumentFactory(ticker="TWX", isin=MICROSOFT)
    changed = Security("TWX", APPLE, other_isins=(MICROSOFT,), currency="USD")
    assert resolve([changed]) == {changed: "TWX"}
    assert names() == {("TWX", "ISIN", APPLE, "")}


def test_a_name_of_a_share_is_not_a_coins():
    share = InstrumentFactory(ticker="FB", asset_type="STOCK")
    InstrumentName.objects.create(instrument=share, kind="TICKER", value="META")
    coin = Security("META", asset_type=AssetType.CRYPTO)
    assert resolve([coin]) == {coin: "META"}
