"""What the golden files of cointracking do not show."""

from datetime import datetime
from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from transactions.importers.base import Ignored, Outcome
from transactions.importers.cointracking import CoinTracking
from transactions.kinds import Kind

HEADER = (
    '"Type","Buy","Cur.","Sell","Cur.","Fee","Cur.","Exchange","Group","Comment","Date","Tx-ID"'
)


def parse(*rows: str, header: str = HEADER) -> list[Outcome]:
    source = Source("trades.csv", "\n".join([header, *rows]).encode())
    return list(CoinTracking().parse(source))


def row(type: str, buy: str = ",", sell: str = ",", fee: str = ",") -> str:
    return f"{type},{buy},{sell},{fee},Kraken,,,2024-01-02 10:00:00,tx-1"


def test_fee_in_the_money_paid_is_part_of_it() -> None:
    (bought,) = parse(row("Trade", "1,BTC", "505,USD", "5,USD"))
    assert (bought.kind, bought.amount, bought.fee) == (Kind.BUY, 500, 5)


def test_fee_in_the_money_received_was_taken_off_it() -> None:
    (sold,) = parse(row("Trade", "495,USD", "1,BTC", "5,USD"))
    assert (sold.kind, sold.amount, sold.fee) == (Kind.SELL, 500, 5)


@pytest.mark.parametrize("fee", ["0.01,BTC", "0.1,BNB", "2,EUR"])
def test_fee_in_the_bought_coin_or_a_third_currency_changes_no_amount(fee: str) -> None:
    (bought,) = parse(row("Trade", "0.99,BTC", "500,USD", fee))
    assert (bought.quantity, bought.amount, bought.fee) == (Decimal("0.99"), 500, 0)


def test_fee_of_a_withdrawal_is_part_of_its_amount() -> None:
    out, fee = parse(row("Withdrawal", ",", "1.001,BTC", "0.001,BTC"))
    assert (out.kind, out.quantity) == (Kind.TRANSFER_OUT, 1)
    assert (fee.kind, fee.quantity) == (Kind.FEE, Decimal("0.001"))


@pytest.mark.parametrize("fee", ["0.001,BNB", "1,BTC", "0,BTC"])
def test_fee_that_cannot_be_part_of_a_withdrawal_is_none(fee: str) -> None:
    (out,) = parse(row("Withdrawal", ",", "1,BTC", fee))
    assert (out.kind, out.quantity) == (Kind.TRANSFER_OUT, 1)


def test_swap_that_is_not_taxable_carries_the_cost_over() -> None:
    out, into = parse(row("Swap (non taxable)", "10,POL", "10,MATIC"))
    assert (out.kind, into.kind) == (Kind.TRANSFER_OUT, Kind.TRANSFER_IN)
    assert out.group == into.group == "move-2"


def test_date_is_local_and_the_exchange_is_told() -> None:
    (moved,) = parse(row("Deposit", "1,BTC"))
    assert moved.when == datetime(2024, 1, 2, 10)  # noqa: DTZ001
    assert (moved.external_id, moved.description) == ("tx-1", "Deposit (Kraken)")


def test_row_without_amounts_is_ignored_by_its_rule() -> None:
    assert parse(row("Trade", "0,BTC", "0,EUR")) == [Ignored(2, "neither side has an amount")]


@pytest.mark.parametrize(
    ("buy", "sell", "kind", "amount", "currency"),
    [
        ("0.00000000,BTC", "3,XYZ", Kind.SELL, 0, "EUR"),
        ("0,USD", "3,XYZ", Kind.SELL, 0, "USD"),
        ("3,XYZ", "0,USD", Kind.BUY, 0, "USD"),
        ("0,BTC", "0.01,USD", Kind.FEE, Decimal("0.01"), "USD"),
        ("0.01,USD", "0,BTC", Kind.INTEREST, Decimal("0.01"), "USD"),
    ],
)
def test_trade_for_0_of_something_moves_what_the_other_side_says(
    buy: str, sell: str, kind: Kind, amount: Decimal, currency: str
) -> None:
    (found,) = parse(row("Trade", buy, sell))
    assert (found.kind, found.amount, found.currency) == (kind, amount, currency)
    assert found.quantity == (3 if "XYZ" in buy + sell else None)


def test_only_a_trade_is_for_0() -> None:
    (lost,) = parse(row("Lost", "0,BTC", "3,XYZ"))
    assert (lost.kind, lost.amount) == (Kind.TRANSFER_OUT, None)


@pytest.mark.parametrize(
    "header",
    [
        "Type,Buy,Sell,Fee,Exchange,Date",
        "Type,Buy,Cur.,Sell,Value,Fee,Cur.,Exchange,Date",
    ],
)
def test_table_whose_amounts_have_no_currencies_is_another_format(header: str) -> None:
    assert not CoinTracking().recognises(Source("a.csv", header.encode()))


def test_table_without_fees_is_read() -> None:
    (moved,) = parse(
        "Deposit,1,BTC,,,Kraken,2024-01-02 10:00:00", header="Type,Buy,Cur.,Sell,Cur.,Exchange,Date"
    )
    assert moved.quantity == 1


def test_file_of_another_format_is_refused_as_a_whole() -> None:
    with pytest.raises(ImporterError, match="header line of a CoinTracking export"):
        parse("1,2", header="a,b")
