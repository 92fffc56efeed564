"""The trades of an Interactive Brokers Flex query: amounts, dates, cancellations, instruments."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from pricing.assets import AssetType
from tests.transactions.importers import golden
from tests.transactions.importers.flex import (
    IMPORTER,
    INTEL_ATTRIBUTES,
    by_line,
    outcomes,
    trade,
    traded,
)
from transactions.importers.base import Ignored, ParsedTransaction, Security
from transactions.kinds import Kind

INTEL = Security("INTC", "US4581401001", "INTEL CORP", AssetType.STOCK, "USD")


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
    ("cancellation", "id"),
    [
        ('buySell="BUY (Ca.)" quantity="-2"', "12 cancels"),
        ('buySell="BUY (Ca.)" quantity="-2" origTransactionID="0" origTradeID=""', "12 cancels"),
        # The id by which the trade is stored, whichever the cancellation names.
        ('buySell="BUY (Ca.)" quantity="-2" origTransactionID="1"', "12 cancels 11"),
        ('buySell="BUY (Ca.)" quantity="-2" origTradeID="11"', "12 cancels 11"),
        ('buySell="BUY (Ca.)" quantity="-2" origTransactionID="7" origTradeID="8"', "12 cancels 8"),
        ('buySell="BUY (Ca.)" quantity="-2" origTransactionID="7"', "12 cancels 7"),
        ('buySell="SELL" transactionType="TradeCancel" quantity="-2"', "12 cancels"),
        ('buySell="BUY" transactionType="TradeCancel" quantity="-2"', "12 cancels"),
        ('transactionType="FracShareCancel" quantity="-2"', "12 cancels"),
    ],
)
def test_cancellation_is_the_opposite_trade_and_names_what_it_cancels(cancellation, id):
    stated = f'currency="USD" tradePrice="30" dateTime="20240102;100000" {INTEL_ATTRIBUTES}'
    found = outcomes(
        "<Trades>",
        f'<Trade {stated} buySell="BUY" quantity="2" proceeds="-60" transactionID="1" tradeID="11" />',
        f'<Trade {stated} {cancellation} proceeds="60" transactionID="2" tradeID="12" />',
        "</Trades>",
    )
    assert [(one.kind, one.quantity, one.amount, one.external_id) for one in found] == [
        (Kind.BUY, 2, 60, "11"),
        (Kind.SELL, 2, 60, id),
    ]


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
