"""What the golden files of coinbase do not show."""

from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from transactions.importers.base import Ignored, Outcome, Rejected
from transactions.importers.coinbase import Coinbase
from transactions.kinds import Kind

HEADER = (
    "ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,Subtotal,"
    "Total (inclusive of fees and/or spread),Fees and/or Spread,Notes"
)


def parse(*rows: str, header: str = HEADER) -> list[Outcome]:
    source = Source("coinbase.csv", "\n".join([header, *rows]).encode())
    return list(Coinbase().parse(source))


def row(type: str, asset: str, quantity: str, money: str = "€10,€11,€1", notes: str = "") -> str:
    return f"id,2025-01-01 10:00:00 UTC,{type},{asset},{quantity},EUR,€9,{money},{notes}"


def test_total_is_the_cash_and_the_fee_is_in_it() -> None:
    (bought,) = parse(row("Buy", "BTC", "1"))
    assert (bought.amount, bought.fee, bought.amount + bought.fee) == (10, 1, 11)
    (sold,) = parse(row("Sell", "BTC", "-1", "€10,€9,€1"))
    assert (sold.amount, sold.fee, sold.amount - sold.fee) == (10, 1, 9)


def test_the_oldest_files_have_days_the_american_way_and_the_cash_alone() -> None:
    (bought,) = parse(
        '03/05/2018,Buy,BTC,0.01,11000.00,113.00,,"Bought 0.0100 BTC for $113.00 USD"',
        header="Timestamp,Transaction Type,Asset,Quantity Transacted,USD Spot Price at Transaction,"
        "USD Amount Transacted (Inclusive of Coinbase Fees),Address,Notes",
    )
    assert (bought.when.isoformat(), bought.has_time) == ("2018-03-05T00:00:00", False)
    assert (bought.currency, bought.amount, bought.fee) == ("USD", 113, 0)


def test_without_a_total_the_subtotal_says_it() -> None:
    (bought,) = parse(row("Buy", "BTC", "1", "€10,,€1"))
    assert (bought.amount, bought.fee) == (10, 1)
    (sold,) = parse(row("Sell", "BTC", "1", "€10,,€1"))
    assert (sold.amount, sold.fee) == (10, 1)


def test_ether_that_left_as_eth2_and_came_back_as_eth_was_held_all_along() -> None:
    found = parse(row("Send", "ETH2", "-1"), row("Receive", "ETH", "1"))
    assert [type(one) for one in found] == [Ignored, Ignored]


def test_two_equal_sends_of_one_moment_are_two() -> None:
    found = parse(row("Send", "BTC", "-1"), row("Send", "BTC", "-1"))
    assert [one.kind for one in found] == [Kind.TRANSFER_OUT, Kind.TRANSFER_OUT]


def test_single_migration_is_a_transfer() -> None:
    (moved,) = parse(row("Asset Migration", "POL", "10"))
    assert (moved.kind, moved.group) == (Kind.TRANSFER_IN, "")


def test_two_conversions_of_one_moment_are_told_apart_by_their_notes() -> None:
    found = parse(
        row("Convert", "BTC", "1", notes="Converted 1 BTC to 20 ETH"),
        row("Convert", "SOL", "2", notes="Converted 2 SOL to 3 ADA"),
    )
    assert [(one.kind, one.security.ticker, one.quantity, one.amount) for one in found] == [
        (Kind.SELL, "BTC", 1, 10),
        (Kind.BUY, "ETH", 20, 10),
        (Kind.SELL, "SOL", 2, 10),
        (Kind.BUY, "ADA", 3, 10),
    ]


def test_row_without_a_currency_has_that_of_the_file() -> None:
    lines = (
        "2021-01-01T00:00:00Z,Buy,BTC,1,,9,10,11,1,",
        "2021-01-01T00:00:01Z,Buy,BTC,1,CHF,9,10,11,1,",
    )
    found = parse(
        *lines,
        header="Timestamp,Transaction Type,Asset,Quantity Transacted,Spot Price Currency,"
        "Spot Price at Transaction,Subtotal,Total (inclusive of fees),Fees,Notes",
    )
    assert [one.currency for one in found] == ["CHF", "CHF"]


def test_file_without_money_columns_still_has_its_movements() -> None:
    (moved,) = parse(
        "2021-01-01T00:00:00Z,Receive,BTC,0.5",
        header="Timestamp,Transaction Type,Asset,Quantity Transacted",
    )
    assert (moved.kind, moved.quantity) == (Kind.TRANSFER_IN, Decimal("0.5"))


def test_unknown_type_is_named() -> None:
    (outcome,) = parse(row("Teleport", "BTC", "1"))
    assert isinstance(outcome, Rejected)
    assert outcome.reason.startswith(
        "the type “teleport” is not known; known are asset migration, "
    )


def test_file_of_another_format_is_refused_as_a_whole() -> None:
    with pytest.raises(ImporterError, match="header line of a Coinbase transaction history"):
        parse("1,2", header="a,b")
