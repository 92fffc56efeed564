"""Interactive Brokers Flex XML as a whole: what is recognised, refused, and named in rejects."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.assets import AssetType
from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from tests.transactions.importers.flex import IMPORTER, by_line, flex, outcomes, traded
from transactions.importers.base import Ignored, Rejected, Security

FIXTURES = list(golden.fixtures("ibkr-flex-xml"))
AGAIN = "Export the file again unchanged."
NAMELESS = (
    "the record names no instrument: symbol, conid and ISIN are empty"
    " (a Flex query has to include “Symbol”)"
)


# ---- recognition ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (b'<FlexQueryResponse type="AF"/>', True),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- note -->\n<FlexQueryResponse/>', True),
        (b"<!DOCTYPE x><FlexQueryResponse/>", True),
        (b"<FlexStatementResponse><Status>Fail</Status></FlexStatementResponse>", True),
        (b"<FlexQueryResponses/>", False),
        (b"note,<FlexQueryResponse>\n", False),
        (b"", False),
    ],
)
def test_file_is_recognised_by_its_root(data, known):
    assert IMPORTER.recognises(Source("x", data)) is known


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "<FlexStatementResponse><ErrorMessage>Token expired</ErrorMessage></FlexStatementResponse>",
            "This is a message of the Flex web service, not a statement: “Token expired”.",
        ),
        (
            "<FlexStatementOperationMessage/>",
            "This is a message of the Flex web service, not a statement.",
        ),
        (
            '<FlexQueryResponse type="TCF"><FlexStatements/></FlexQueryResponse>',
            "This is a Trade Confirmation Flex query; export an Activity Flex query instead.",
        ),
        (
            '<FlexQueryResponse type="AF"><FlexStatements count="0"/></FlexQueryResponse>',
            "The Flex query holds no statement (FlexStatement).",
        ),
        (
            '<!DOCTYPE a [<!ENTITY b "c">]><FlexQueryResponse>&b;</FlexQueryResponse>',
            "The XML declares a document type or entities, which no export has; it was not read.",
        ),
        (
            "<FlexQueryResponse><FlexStatements><FlexStatement",
            f"Line 1: the XML is damaged or breaks off (unclosed token). {AGAIN}",
        ),
        (
            "<FlexQueryResponse>\n<SecurityInfo/><Trades><Trade/></Trades></FlexQueryResponse>",
            "Line 2: <Trade> stands outside a FlexStatement.",
        ),
        (
            "<Other><FlexQueryResponse/></Other>",
            "The XML begins with <Other>; an export begins with <FlexQueryResponse>.",
        ),
    ],
)
def test_file_as_a_whole_is_refused_with_a_sentence(text, message):
    with pytest.raises(ImporterError) as caught:
        list(IMPORTER.parse(Source("x", text.encode())))
    assert str(caught.value) == message


# ---- the account ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "currency"),
    [
        ("all_records.xml", "EUR"),  # stated
        ("two_accounts.xml", "USD"),  # target of the conversion rates
        ("2014_trade_time.xml", "EUR"),  # the currency whose rate is 1
        ("cp1252.xml", ""),
    ],
)
def test_base_currency_is_found(name, currency):
    assert (
        IMPORTER.account_currency(golden.source_of(golden.DATA / "ibkr-flex-xml" / name))
        == currency
    )


def test_second_account_is_a_portfolio_of_its_own_and_its_rates_are_left_out():
    found = by_line("two_accounts.xml")
    assert {line: one.portfolio for line, one in found.items()} == {
        10: "",
        16: "U0000004",
        21: "U0000004",
        28: "",
        29: "",
    }
    # The rate to francs says nothing about the account's dollars.
    assert found[16].fx_rate is None


def test_rate_of_minus_one_is_no_rate():
    assert traded(currency="EUR", fxRateToBase="-1").fx_rate is None
    assert traded(currency="EUR").fx_rate is None
    assert traded(currency="EUR", fxRateToBase="1.08").fx_rate == Decimal("1.08")


def test_records_of_a_section_that_nobody_knows_are_ignored_by_its_name():
    assert outcomes("<Novelties>", '<Novelty symbol="A"><Detail/></Novelty>', "</Novelties>") == [
        Ignored(3, "section Novelties, which is not known to carry events")
    ]


def test_reports_have_no_records():
    source = flex("<OpenPositions><OpenPosition/></OpenPositions>", "<ChangeInNAV/>")
    assert list(IMPORTER.parse(source)) == []
    assert list(source.record_lines) == []


# ---- instruments ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "currency", "ticker"),
    [
        ("BMWd", "EUR", "BMW"),
        ("DBKEUR", "EUR", "DBK"),
        ("DBKEUR", "CHF", "DBKEUR"),
        ("EUR", "EUR", "EUR"),
        ("Xd", "EUR", "Xd"),
        ("BRK B", "USD", "BRK B"),
        ("ABCd", "USD", "ABCd"),
    ],
)
def test_mark_of_the_exchange_is_cut_off_symbols_outside_the_usa(symbol, currency, ticker):
    (found,) = outcomes(
        f'<Trades><Trade currency="{currency}" assetCategory="STK" symbol="{symbol}" dateTime="20240102"'
        ' quantity="1" proceeds="-1" /></Trades>'
    )
    assert found.security.ticker == ticker


def test_all_records_of_an_instrument_share_one_object_put_together_from_all_sections():
    found = by_line("all_records.xml")
    assert found[13].security is found[38].security
    assert found[41].security == Security(
        "O", "US7561091049", "REALTY INCOME CORP", AssetType.STOCK, "USD"
    )
    old = by_line("2014_trade_time.xml")
    # The trade has no ISIN; the dividend's text has.
    assert old[7].security == Security("KO", "US1912161007", "COCA-COLA CO", AssetType.STOCK, "USD")
    assert old[18].security == Security("", "DE0007236101", "", AssetType.OTHER, "EUR")
    assert old[19].security.ticker == "conid 109"


def test_pence_become_pounds():
    found = by_line("2014_trade_time.xml")[10]
    assert (found.currency, found.amount, found.price, found.tax) == (
        "GBP",
        330,
        Decimal("3.30"),
        Decimal("1.65"),
    )
    assert found.fx_rate == Decimal("1.2")


# ---- damage --------------------------------------------------------------------------------------


def test_every_reject_of_the_broken_file_names_its_reason():
    reasons = {
        line: one.reason for line, one in by_line("broken.xml").items() if isinstance(one, Rejected)
    }
    expected = {
        6: "quantity: “zwei” is not a number",
        7: "the quantity is missing or zero",
        8: "proceeds, tradeMoney, netCash and tradePrice are all missing",
        9: "the side “BORROW” is not known; known are BUY, SELL, BUY (Ca.), SELL (Ca.)",
        10: "the currency is missing; include it in the Flex query",
        11: "“EURO” is not a currency",
        12: NAMELESS,
        13: "“yesterday” is not a date",
        14: "“20241305” is not a date",
        15: "“20240105;256161” is not a date",
        16: "“03/04/2024” may be read month first or day first, and no other date of the file tells"
        " which; choose yyyyMMdd as the date format of the Flex query",
        17: "the date is missing; include it in the Flex query",
        18: "the level of detail “GALAXY” is not known; known are EXECUTION, ORDER, ASSET_SUMMARY,"
        " SYMBOL_SUMMARY, CLOSED_LOT, WASH_SALE",
        19: "“EURUSD” is not a pair of currencies (EUR.USD)",
        20: "the quantity or the proceeds are missing or zero",
        25: "taxAmount: “-x” is not a number",
        26: "taxAmount is missing; include it in the Flex query",
        30: "the amount is missing; include it in the Flex query",
        31: NAMELESS,
        32: "the date is missing; include it in the Flex query",
        33: "amount: “1,2,3” is not grouped like a number",
        37: "the merger moves money but states no quantity",
        42: "the direction “UP” is not known; known are IN, OUT",
        45: "debit card payments are not supported yet",
    }
    assert {line: reasons[line] for line in expected} == expected
    assert reasons[22].startswith("the record “Magic” is not known; known are AssetSummary, ")
    assert reasons[29].startswith("the type “Gifts” is not known; known are Deposits/Withdrawals, ")
    assert reasons[36].startswith("the type “XX” is not known; known are BC, BM, ")
    assert set(reasons) == {*expected, 22, 29, 36, 38, 39}


VALUES = [
    "",
    "-",
    "0",
    "-1",
    "1e5",
    "NaN",
    "1,5",
    "20240101",
    "05/06/2024",
    "X",
    "EUR",
    "N/A",
    "BUY (Ca.)",
]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FIXTURES), st.data())
def test_damaged_attributes_lose_no_record(fixture, data):
    parts = fixture.read_bytes().split(b'"')
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(parts) // 2 - 1)) * 2 + 1
        parts[place] = data.draw(st.sampled_from(VALUES)).encode()
    source = Source("damaged.xml", b'"'.join(parts))
    try:
        found = list(IMPORTER.parse(source))
        IMPORTER.account_currency(source)
    except ImporterError:
        return
    assert golden.lines_without_outcome(source, found) == []


def test_isins_of_one_contract_are_one_instrument_and_its_other_ones_are_told():
    row = (
        '<Trade currency="USD" assetCategory="STK" symbol="TWX" conid="7" isin="{}" quantity="1"'
        ' proceeds="-1" dateTime="2024010{}" />'
    )
    first, second = outcomes(
        "<Trades>",
        row.format("US0378331005", 2),
        row.format("US5949181045", 3),
        "</Trades>",
    )
    assert first.security is second.security
    assert (first.security.isin, first.security.other_isins) == (
        "US0378331005",
        ("US5949181045",),
    )
