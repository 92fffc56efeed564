"""Interactive Brokers Flex XML: what each record becomes, and what is refused by name."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.assets import AssetType
from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from tests.transactions.importers.fuzzing import assert_accounts_for_every_record
from transactions.importers.base import Ignored, ParsedTransaction, Rejected, Security
from transactions.importers.ibkr_flex_xml import IbkrFlexXml
from transactions.kinds import Kind

IMPORTER = IbkrFlexXml()
FIXTURES = list(golden.fixtures("ibkr-flex-xml"))
INTEL = Security("INTC", "US4581401001", "INTEL CORP", AssetType.STOCK, "USD")
AGAIN = "Export the file again unchanged."
INTEL_ATTRIBUTES = (
    'assetCategory="STK" symbol="INTC" description="INTEL CORP" conid="41" isin="US4581401001"'
)


def flex(*sections, account="U1", information='<AccountInformation currency="USD" />'):
    body = "\n".join(sections)
    text = (
        '<FlexQueryResponse type="AF"><FlexStatements>'
        f'<FlexStatement accountId="{account}">{information}\n{body}</FlexStatement>'
        "</FlexStatements></FlexQueryResponse>"
    )
    return Source("flex.xml", text.encode())


def outcomes(*sections, **facts):
    return list(IMPORTER.parse(flex(*sections, **facts)))


def trade(**changes):
    attributes = {
        "currency": "USD",
        "dateTime": "20240102;100000",
        "quantity": "2",
        "tradePrice": "30",
        "proceeds": "-60",
        "buySell": "BUY",
    } | changes
    stated = " ".join(
        f'{name}="{value}"' for name, value in attributes.items() if value is not None
    )
    return f"<Trades><Trade {INTEL_ATTRIBUTES} {stated} /></Trades>"


def traded(**changes):
    (outcome,) = outcomes(trade(**changes))
    return outcome


def by_line(name):
    source = golden.source_of(golden.DATA / "ibkr-flex-xml" / name)
    return {outcome.line: outcome for outcome in IMPORTER.parse(source)}


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


# ---- trades --------------------------------------------------------------------------------------


def test_purchase_is_exact():
    assert traded(
        ibCommission="-1.0125", ibCommissionCurrency="USD", tradeID="7"
    ) == ParsedTransaction(
        line=2,
        when=datetime(2024, 1, 2, 10, 0, 0),  # noqa: DTZ001
        kind=Kind.BUY,
        currency="USD",
        amount=Decimal(60),
        security=INTEL,
        quantity=Decimal(2),
        price=Decimal(30),
        fee=Decimal("1.0125"),
        external_id="7",
        description="INTEL CORP",
    )


def test_cash_wins_where_a_commission_is_stated_and_not_charged():
    # Seen on the assignment of an option: the net cash is the price, the commission is in it.
    found = traded(proceeds="-60", ibCommission="-2", netCash="-60")
    assert (found.amount, found.fee) == (Decimal(58), Decimal(2))


def test_net_cash_of_a_future_is_not_its_price():
    found = traded(assetCategory=None, multiplier="50", ibCommission="-2", netCash="-2")
    assert found.amount == 60


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        ({"proceeds": None, "tradeMoney": "60"}, "60"),
        ({"proceeds": None, "netCash": "-61", "ibCommission": "-1"}, "60"),
        (
            {
                "proceeds": None,
                "netCash": "-60",
                "ibCommission": "-1",
                "ibCommissionCurrency": "EUR",
            },
            "60",
        ),
        ({"proceeds": None}, "60"),
        ({"netCash": "0"}, "60"),
    ],
)
def test_amount_comes_from_what_the_query_includes(changes, amount):
    assert traded(**changes).amount == Decimal(amount)


def test_transaction_tax_of_a_sale_is_a_fee_and_that_of_a_purchase_a_tax():
    sale = traded(buySell="SELL", quantity="-2", proceeds="60", taxes="-0.5", ibCommission="-1")
    purchase = traded(taxes="-0.5", ibCommission="-1")
    assert (sale.fee, sale.tax) == (Decimal("1.5"), 0)
    assert (purchase.fee, purchase.tax) == (Decimal(1), Decimal("0.5"))


def test_tax_of_a_sale_stays_tax_where_the_fee_has_another_currency():
    sale = traded(
        buySell="SELL",
        quantity="-2",
        proceeds="60",
        taxes="-0.5",
        ibCommission="-1",
        ibCommissionCurrency="EUR",
    )
    assert (sale.fee, sale.fee_currency, sale.tax) == (Decimal(1), "EUR", Decimal("0.5"))


@pytest.mark.parametrize(
    ("attributes", "when", "has_time"),
    [
        ('tradeDate="20240102" tradeTime="101112"', "2024-01-02T10:11:12", True),
        ('tradeDate="20240102" dateTime="20240102;101112"', "2024-01-02T10:11:12", True),
        ('tradeDate="20240103" dateTime="20240102;201112"', "2024-01-03T00:00:00", False),
        ('tradeDate="20240103"', "2024-01-03T00:00:00", False),
        ('dateTime="2024-01-02, 10:11:12"', "2024-01-02T10:11:12", True),
        ('dateTime="2024-01-02T10:11:12 XYZ"', "2024-01-02T10:11:12", True),
        ('dateTime="25/01/2024;101112"', "2024-01-25T10:11:12", True),
        ('dateTime="01/25/24;10:11:12"', "2024-01-25T10:11:12", True),
        ('dateTime="02-Jan-24;10:11:12"', "2024-01-02T10:11:12", True),
        ('dateTime="02-Jan-2024"', "2024-01-02T00:00:00", False),
        ('reportDate="20240102;101112"', "2024-01-02T00:00:00", False),
    ],
)
def test_date_is_read_in_every_style_of_a_query(attributes, when, has_time):
    (found,) = outcomes(
        f'<Trades><Trade currency="USD" {INTEL_ATTRIBUTES} quantity="1" proceeds="-1"',
        f"{attributes} /></Trades>",
    )
    assert (found.when.isoformat(), found.has_time) == (when, has_time)


def test_time_with_a_known_zone_is_an_instant():
    when = traded(dateTime="20240702;100000 EDT").when
    assert when == datetime(2024, 7, 2, 10, tzinfo=timezone(timedelta(hours=-4)))


def test_day_and_month_are_told_apart_by_another_date_of_the_file():
    ambiguous = trade(dateTime="03/04/2024")
    deposit = (
        '<CashTransactions><CashTransaction type="Deposits" currency="USD" amount="1"'
        ' reportDate="{}" /></CashTransactions>'
    )
    _, day_first = outcomes(deposit.format("25/03/2024"), ambiguous)
    month_first, _ = outcomes(deposit.format("03/25/2024"), ambiguous)
    assert day_first.when.date().isoformat() == "2024-04-03"
    assert month_first.when.date().isoformat() == "2024-03-04"


@pytest.mark.parametrize(
    "cancellation",
    [
        'buySell="BUY (Ca.)" quantity="-2" proceeds="60"',
        'buySell="BUY (Ca.)" quantity="-2" proceeds="60" origTransactionID="1"',
        'buySell="BUY (Ca.)" quantity="-2" proceeds="60" origTradeID="11"',
        'buySell="SELL" transactionType="TradeCancel" quantity="-2" proceeds="60"',
        'buySell="SELL" transactionType="FracShareCancel" quantity="-2" proceeds="60"',
    ],
)
def test_cancelled_trade_and_its_cancellation_are_no_events(cancellation):
    stated = f'currency="USD" tradePrice="30" dateTime="20240102;100000" {INTEL_ATTRIBUTES}'
    found = outcomes(
        "<Trades>",
        f'<Trade {stated} buySell="BUY" quantity="2" proceeds="-60" transactionID="1" tradeID="11" />',
        f"<Trade {stated} {cancellation} />",
        "</Trades>",
    )
    assert found == [
        Ignored(3, "trade that a later record cancels"),
        Ignored(4, "cancellation of a trade in the file"),
    ]


def test_two_cancellations_do_not_cancel_one_trade_twice():
    stated = f'currency="USD" tradePrice="30" dateTime="20240102;100000" {INTEL_ATTRIBUTES}'
    cancel = (
        f'<Trade {stated} buySell="BUY (Ca.)" quantity="-2" proceeds="60" origTransactionID="1" />'
    )
    found = outcomes(
        "<Trades>",
        f'<Trade {stated} buySell="BUY" quantity="2" proceeds="-60" transactionID="1" />',
        cancel,
        cancel,
        "</Trades>",
    )
    assert [type(one) for one in found] == [Ignored, Ignored, ParsedTransaction]
    assert (found[2].kind, found[2].quantity, found[2].amount) == (Kind.SELL, 2, 60)


def test_cancellation_of_a_trade_in_an_earlier_file_is_the_opposite_trade():
    found = by_line("all_records.xml")[25]
    assert (found.kind, found.quantity, found.amount, found.fee) == (Kind.SELL, 7, 329, -1)


def test_option_counts_its_units_not_its_contracts():
    found = by_line("all_records.xml")
    assert (found[16].quantity, found[16].price, found[16].amount) == (200, Decimal("7.5"), 1500)
    # It expired: bought back for nothing, in the same units.
    assert (found[17].kind, found[17].quantity, found[17].amount) == (Kind.BUY, 200, 0)
    assert found[16].security == Security(
        "MSFT240621C00420000", "", "MSFT 21JUN24 420 C", AssetType.OPTION, "USD"
    )


def test_multiplier_that_the_money_does_not_know_is_left_out():
    assert traded(multiplier="10").quantity == 2
    assert traded(multiplier="10", proceeds="-600").quantity == 20
    # A gift of shares has no price to tell, and shares have no multiplier.
    assert traded(multiplier="10", tradePrice="0", proceeds="0").quantity == 2


def test_bond_is_priced_per_unit_of_its_face_value():
    found = by_line("all_records.xml")[18]
    assert (found.quantity, found.price, found.amount) == (5000, Decimal("0.995"), 4975)


def test_stamp_duty_of_a_purchase_becomes_part_of_it():
    found = by_line("all_records.xml")
    assert (found[15].tax, found[15].merged_lines) == (Decimal("7.52"), (31,))
    assert (found[15].fee, found[15].fee_currency) == (Decimal("3.5"), "EUR")
    assert 31 not in found
    assert (found[32].kind, found[32].amount, found[32].security.ticker) == (
        Kind.TAX,
        Decimal("3.30"),
        "BNP",
    )


def test_currency_exchange_is_two_legs_and_the_paying_one_bears_the_commission():
    source = golden.source_of(golden.DATA / "ibkr-flex-xml" / "all_records.xml")
    legs = [one for one in IMPORTER.parse(source) if one.line == 19]
    assert [(leg.kind, leg.currency, leg.amount, leg.fee, leg.group) for leg in legs] == [
        (Kind.TRANSFER_OUT, "EUR", 5000, Decimal("1.84"), "exchange 507"),
        (Kind.TRANSFER_IN, "USD", 5425, 0, "exchange 507"),
    ]
    assert [leg.fx_rate for leg in legs] == [None, Decimal("0.92")]


def test_orders_count_only_where_executions_are_left_out():
    assert by_line("orders_only.xml")[3].amount == 1350
    assert by_line("all_records.xml")[12] == Ignored(12, "order whose executions are in the file")


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


# ---- corporate actions and transfers -------------------------------------------------------------


def test_split_takes_effect_in_the_evening_before_and_adds_units():
    found = by_line("all_records.xml")[56]
    assert (found.kind, found.quantity, found.when.isoformat()) == (
        Kind.SPLIT,
        90,
        "2024-06-07T20:25:00",
    )


def test_reverse_split_of_one_instrument_is_one_event():
    found = by_line("all_records.xml")[74]
    assert (found.kind, found.quantity, found.merged_lines) == (Kind.SPLIT, -57, (73,))


def test_replacement_carries_the_cost_in_one_group():
    found = by_line("all_records.xml")
    assert [(found[line].kind, found[line].quantity, found[line].amount) for line in (57, 58)] == [
        (Kind.TRANSFER_OUT, 100, None),
        (Kind.TRANSFER_IN, 10, None),
    ]
    assert found[57].group == found[58].group == "corporate action 8002"
    assert found[61].security.isin == "US30231G1022"


def test_shares_and_money_for_shares_cut_the_cost_that_is_carried():
    source = golden.source_of(golden.DATA / "ibkr-flex-xml" / "all_records.xml")
    merger = [one for one in IMPORTER.parse(source) if one.line in {62, 63}]
    assert [(one.kind, one.security.ticker, one.quantity, one.amount) for one in merger] == [
        (Kind.RETURN_OF_CAPITAL, "HES", None, 25),
        (Kind.TRANSFER_OUT, "HES", 2, None),
        (Kind.TRANSFER_IN, "CVX", Decimal("2.05"), None),
    ]


def test_spin_off_and_rights_have_an_unknown_cost():
    found = by_line("all_records.xml")
    for line in (64, 65):
        assert (found[line].kind, found[line].amount, found[line].group) == (
            Kind.TRANSFER_IN,
            None,
            "",
        )


def test_worthless_shares_are_sold_for_nothing():
    found = by_line("all_records.xml")[67]
    assert (found.kind, found.quantity, found.amount) == (Kind.SELL, 40, 0)


def test_half_a_broken_event_is_refused_whole():
    found = by_line("broken.xml")
    assert isinstance(found[38], Rejected)
    assert isinstance(found[39], Rejected)


def test_transfer_has_no_cost_and_its_market_value_is_not_taken_for_one():
    found = by_line("all_records.xml")
    assert (found[79].kind, found[79].quantity, found[79].amount) == (Kind.TRANSFER_IN, 12, None)
    assert (found[81].kind, found[81].security, found[81].amount) == (
        Kind.TRANSFER_OUT,
        None,
        Decimal("250.5"),
    )


# ---- cash ----------------------------------------------------------------------------------------


def test_money_is_booked_on_the_day_of_the_report():
    # A correction in September of the tax on a dividend in June.
    found = by_line("all_records.xml")[40]
    assert (found.kind, found.amount, found.when.date().isoformat(), found.has_time) == (
        Kind.TAX,
        Decimal("-0.23"),
        "2024-09-20",
        False,
    )


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
        12: "the record names no instrument (symbol, conid and isin are empty)",
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
        31: "the record names no instrument (symbol, conid and isin are empty)",
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


# ---- damage --------------------------------------------------------------------------------------


def test_damaged_file_loses_no_record():
    assert_accounts_for_every_record(IMPORTER, "ibkr-flex-xml")


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
