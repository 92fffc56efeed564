"""Ghostfolio: its JSON export and its CSV."""

import json
from decimal import Decimal

import pytest

from pricing.assets import AssetType
from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers.base import Ignored, Rejected, Security
from transactions.importers.ghostfolio import GhostfolioCsv, GhostfolioJson
from transactions.kinds import Kind

JSON, CSV = GhostfolioJson(), GhostfolioCsv()


def outcomes(importer, name):
    source = golden.source_of(golden.DATA / importer.format / name)
    return {outcome.line: outcome for outcome in importer.parse(source)}


def export(**members):
    document = {"activities": []} | members
    return Source("export.json", json.dumps(document).encode())


def activity(**changes):
    return {
        "type": "BUY",
        "date": "2024-01-01T00:00:00.000Z",
        "currency": "EUR",
        "quantity": 1,
        "unitPrice": 2,
        "fee": 0,
        "symbol": "A",
        "dataSource": "YAHOO",
    } | changes


# ---- JSON ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (b'{"activities": []}', True),
        (b'\xef\xbb\xbf\n{"meta": {}, "activities": []}', True),
        (b'{"orders": [{"dataSource": "YAHOO"}]}', True),
        (b'{"orders": []}', False),
        (b'[{"activities": []}]', False),
        (b"{}", False),
        (b"activities", False),
    ],
)
def test_export_is_recognised_by_its_keys(data, known):
    assert JSON.recognises(Source("x", data)) is known


def test_amount_is_quantity_times_price_to_the_last_digit():
    found = outcomes(JSON, "two_accounts.json")
    assert found[19].amount == Decimal("318.023424322894765636")
    assert found[22].amount == Decimal("0.0000000000000430005")
    assert found[25].amount == Decimal("1.332")


def test_accounts_become_portfolios_by_name():
    found = outcomes(JSON, "two_accounts.json")
    assert [found[line].portfolio for line in (19, 22, 23, 24)] == [
        "Depot",
        "Wallet (a2)",
        "Wallet (a3)",
        "",
    ]


def test_one_account_is_the_main_portfolio():
    source = export(
        accounts=[{"id": "b", "currency": "GBP"}, {"id": "a", "name": "Depot", "currency": "CHF"}],
        activities=[activity(accountId="a"), activity(accountId=None)],
        user={"settings": {"currency": "USD"}},
    )
    assert [one.portfolio for one in JSON.parse(source)] == ["", ""]
    assert JSON.account_currency(source) == "CHF"


def test_account_that_the_list_does_not_name_goes_by_its_id():
    source = export(activities=[activity(accountId="a"), activity(accountId="b")])
    assert [one.portfolio for one in JSON.parse(source)] == ["a", "b"]


@pytest.mark.parametrize(
    ("user", "currency"),
    [({"settings": {"currency": "USD"}}, "USD"), ({"settings": None}, ""), (None, ""), ([], "")],
)
def test_currency_of_several_accounts_is_the_users(user, currency):
    assert JSON.account_currency(export(user=user)) == currency


def test_profiles_describe_the_instruments():
    found = outcomes(JSON, "two_accounts.json")
    assert found[19].security == Security(
        "VWCE.DE", "IE00BK5BQT80", "Vanguard FTSE All-World", AssetType.ETF, "EUR"
    )
    # The ISIN of its profile is none.
    assert found[21].security == Security(
        "LLOY.L", "", "Lloyds Banking Group", AssetType.STOCK, "GBP"
    )
    assert found[22].security == Security("bitcoin", "", "Bitcoin", AssetType.CRYPTO, "USD")
    # A custom asset's symbol is random; its name is the ticker.
    assert found[23].security == Security(
        "Gold bar 10 g", "", "Gold bar 10 g", AssetType.METAL, "EUR"
    )
    assert found[29].security == Security("", "IE00BK5BQT80")
    assert found[19].security is found[20].security


def test_price_in_pence_is_kept_in_pounds():
    found = outcomes(JSON, "two_accounts.json")[21]
    assert (found.currency, found.price, found.amount) == (
        "GBP",
        Decimal("0.4512"),
        Decimal("45.12"),
    )


def test_custom_asset_that_charges_a_fee_is_only_its_label():
    found = outcomes(JSON, "two_accounts.json")[24]
    assert (found.kind, found.amount, found.fee, found.security, found.description) == (
        Kind.FEE,
        Decimal("12.34"),
        0,
        None,
        "Custody fee: 2024",
    )


def test_fee_on_an_asset_keeps_the_asset():
    (found,) = JSON.parse(export(activities=[activity(type="FEE", quantity=0, unitPrice=0, fee=3)]))
    assert (found.kind, found.amount, found.security.ticker) == (Kind.FEE, 3, "A")


def test_midnight_utc_is_a_day_and_any_other_time_an_instant():
    days = outcomes(JSON, "two_accounts.json")
    assert (days[20].when.isoformat(), days[20].has_time) == ("2024-02-15T00:00:00", False)
    old = outcomes(JSON, "2021_orders.json")[1]
    assert (old.when.isoformat(), old.has_time) == ("2021-01-04T23:00:00+00:00", True)


def test_liability_and_activity_of_nothing_are_ignored_and_the_future_is_kept():
    found = outcomes(JSON, "two_accounts.json")
    assert found[27] == Ignored(27, "liability, which is no event of an account")
    assert found[28] == Ignored(28, "draft or watched asset: zero units")
    assert found[29].when.year == 2050


def test_text_that_no_database_can_hold_is_cleaned():
    assert outcomes(JSON, "broken.json")[13].description == "half ? of an emoji and a NUL"


def test_reject_of_an_activity_names_its_reason_and_shows_it():
    found = outcomes(JSON, "broken.json")
    assert [found[line].reason for line in range(5, 13)] == [
        "the type “GIFT” is not known; known are BUY, SELL, ITEM, DIVIDEND, INTEREST, FEE, LIABILITY",
        "“soon” is not a date",
        "quantity: “many” is not a number",
        "the quantity is missing",
        "the quantity -1 is negative",
        "“€” is not a currency",
        "the symbol is missing",
        "an activity is an object with type, date, symbol and so on",
    ]
    assert found[12] == Rejected(12, found[12].reason, '"nothing"')


def test_export_without_activities_is_refused():
    with pytest.raises(ImporterError, match=r"^The JSON has no list “activities”\.$"):
        list(JSON.parse(Source("x", b'{"a": {"activities": []}}')))


# ---- CSV -----------------------------------------------------------------------------------------


def test_dates_are_read_in_every_style():
    found = outcomes(CSV, "dates.csv")
    assert {
        line: (one.when.isoformat(), one.has_time) for line, one in found.items() if line < 9
    } == {
        2: ("2021-09-01T00:00:00", False),
        3: ("2021-09-16T00:00:00", False),
        4: ("2021-11-17T00:00:00", False),
        5: ("2022-01-01T00:00:00", False),
        6: ("2022-01-02T10:11:12+01:00", True),
        7: ("2022-01-03T00:00:00", False),
        8: ("2022-01-04T00:00:00", False),
    }


def test_code_is_a_ticker_an_isin_or_a_name():
    found = outcomes(CSV, "dates.csv")
    assert found[3].security == Security("MSFT")
    assert found[6].security == Security("", "US5949181045")
    assert found[7].security == Security("bitcoin", asset_type=AssetType.CRYPTO)
    assert found[5].security == Security("Allotment")
    assert (found[2].security, found[2].description) == (None, "Account Fee: Yearly")


def test_decimal_comma_is_understood_by_the_column():
    found = outcomes(CSV, "semicolon.csv")
    assert (found[2].quantity, found[2].price, found[2].fee) == (
        Decimal("1234.5"),
        Decimal("101.50"),
        Decimal("0.99"),
    )
    # "1.234" alone would be read as a little more than one.
    assert found[3].quantity == 1234


def test_reject_of_a_row_names_its_reason_and_shows_it():
    found = outcomes(CSV, "broken.csv")
    assert [found[line].reason for line in range(2, 9)] == [
        "“01-13-2021” is not a date",
        "the type “gift” is not known; known are BUY, SELL, ITEM, DIVIDEND, INTEREST, FEE, LIABILITY",
        "price: “one” is not a number",
        "the quantity is missing",
        "“dollars and cents” is not a currency",
        "the symbol is missing",
        "the type “” is not known; known are BUY, SELL, ITEM, DIVIDEND, INTEREST, FEE, LIABILITY",
    ]
    assert found[8].raw == "01-01-2021,MSFT"


def test_csv_without_its_header_is_refused():
    with pytest.raises(ImporterError, match=r"^The header line with the columns Date, Code, "):
        list(CSV.parse(Source("x", b"a,b\n1,2\n")))


# ---- damage --------------------------------------------------------------------------------------
