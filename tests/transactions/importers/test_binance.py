"""What the golden files of binance do not show."""

from datetime import UTC, datetime

import pytest

from pricing.readers import ImporterError, Source
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, Rejected
from transactions.importers.binance import Binance
from transactions.kinds import Kind

HEADER = "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark"


def parse(*rows: str, header: str = HEADER) -> list[Outcome]:
    source = Source("binance.csv", "\n".join([header, *rows]).encode())
    return list(Binance().parse(source))


def row(operation: str, coin: str, change: str, time: str = "10:00:00", remark: str = "") -> str:
    return f"1,2024-01-02 {time},Spot,{operation},{coin},{change},{remark}"


def kinds(found: list[Outcome]) -> list[Kind]:
    assert all(isinstance(one, ParsedTransaction) for one in found)
    return [one.kind for one in found]


def test_purchases_with_money_are_told_apart_though_their_sides_are_seconds_apart() -> None:
    first, second = parse(
        row("Buy Crypto With Fiat", "EUR", "-100", "10:00:00", "Wallet/1"),
        row("Buy Crypto With Fiat", "EUR", "-200", "10:00:03", "Wallet/1"),
        row("Buy Crypto With Fiat", "BTC", "1", "10:00:05", "Wallet/1"),
        row("Buy Crypto With Fiat", "BTC", "2", "10:00:08", "Wallet/1"),
    )
    assert (first.amount, first.quantity) == (100, 1)
    assert (second.amount, second.quantity) == (200, 2)


def test_sides_with_other_remarks_or_too_far_apart_are_no_trade() -> None:
    assert [
        type(one)
        for one in parse(
            row("Buy Crypto With Fiat", "EUR", "-100", "10:00:00", "Wallet/1"),
            row("Sell Crypto To Fiat", "BTC", "-1", "10:00:05", "Wallet/2"),
        )
    ] == [Rejected, Rejected]
    paid, bought = parse(
        row("Buy Crypto With Fiat", "EUR", "-100", "10:00:00"),
        row("Buy Crypto With Fiat", "BTC", "1", "10:02:01"),
    )
    assert isinstance(paid, Rejected)
    assert (bought.kind, bought.amount) == (Kind.BUY, None)


def test_purchase_and_sale_of_one_second_stay_two() -> None:
    found = parse(
        row("Transaction Buy", "BTC", "1"),
        row("Transaction Spend", "USDT", "-10"),
        row("Transaction Sold", "BTC", "-1"),
        row("Transaction Revenue", "USDT", "11"),
    )
    assert kinds(found) == [Kind.SELL, Kind.BUY, Kind.SELL, Kind.BUY]


def test_fee_that_is_paid_back_is_income() -> None:
    assert kinds(parse(row("Fee", "BNB", "1"))) == [Kind.AIRDROP]
    assert kinds(parse(row("Fee", "BNB", "-1"))) == [Kind.FEE]


@pytest.mark.parametrize(
    ("operation", "change", "kind"),
    [
        ("Some New Product Interest", "1", Kind.STAKING),
        ("Simple Earn Locked Rewards", "1", Kind.STAKING),
        ("Some New Campaign Rewards", "1", Kind.AIRDROP),
        ("Crypto Box", "-1", Kind.TRANSFER_OUT),
        ("Transfer Between Main Account and Sub-Account", "-1", Kind.TRANSFER_OUT),
        ("Margin Interest", "-1", Kind.FEE),
        ("Margin loan", "1", Kind.TRANSFER_IN),
        ("Binance Card Spending", "-1", Kind.SELL),
    ],
)
def test_operation_says_what_a_row_is(operation: str, change: str, kind: Kind) -> None:
    assert kinds(parse(row(operation, "BTC", change))) == [kind]


@pytest.mark.parametrize(
    "operation",
    ["Simple Earn Locked Subscription", "Transfer Between Spot and Funding", "Staking Redemption"],
)
def test_moves_between_own_wallets_are_ignored(operation: str) -> None:
    assert parse(row(operation, "BTC", "1")) == [
        Ignored(2, "a move between own wallets or savings: still held")
    ]


def test_money_spent_with_the_card_is_a_withdrawal() -> None:
    assert kinds(parse(row("Binance Card Spending", "EUR", "-1"))) == [Kind.WITHDRAWAL]


def test_time_is_utc_where_the_column_says_so_and_else_local() -> None:
    deposit = row("Deposit", "BTC", "1")
    (utc,) = parse(deposit)
    (local,) = parse(deposit, header=HEADER.replace("UTC_Time", "Time"))
    assert utc.when == datetime(2024, 1, 2, 10, tzinfo=UTC)
    assert local.when == datetime(2024, 1, 2, 10)  # noqa: DTZ001


def test_unknown_operation_is_named() -> None:
    (outcome,) = parse(row("Teleport", "BTC", "1"))
    assert isinstance(outcome, Rejected)
    assert outcome.reason.startswith("the operation “Teleport” is not known; known are airdrop")


def test_file_of_another_format_is_refused_as_a_whole() -> None:
    with pytest.raises(ImporterError, match="header line of a Binance transaction history"):
        parse("1,2", header="a,b")
