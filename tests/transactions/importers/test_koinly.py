"""What the golden files of koinly do not show."""

from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from transactions.importers.base import Outcome, Rejected
from transactions.importers.koinly import Koinly
from transactions.kinds import Kind

HEADER = (
    "Date (UTC),Type,Tag,From Amount,From Currency,To Amount,To Currency,Fee Amount,Fee Currency,"
    "Net Value (read-only),Value Currency (read-only),TxHash,Description"
)


def parse(*rows: str, header: str = HEADER) -> list[Outcome]:
    source = Source("koinly.csv", "\n".join([header, *rows]).encode())
    return list(Koinly().parse(source))


def row(
    type: str, tag: str = "", out: str = ",", into: str = ",", fee: str = ",", value: str = "9,EUR"
) -> str:
    return f"2024-10-22 17:00:00,{type},{tag},{out},{into},{fee},{value},,"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (row("deposit"), "neither the sent nor the received amount is there"),
        (row("deposit", into="1,"), "the currency of the amount 1 is missing"),
        (row("deposit", into="x,BTC"), "“x” is not a number"),
        (row("deposit", "quirk", into="1,BTC"), "the tag “quirk” is not known for a deposit"),
        (row("withdrawal", "quirk", out="1,BTC"), "the tag “quirk” is not known for a withdrawal"),
        (row("transfer", out="1,BTC", into="1,ETH"), "a transfer cannot turn BTC into ETH"),
        (row("deposit", into="1,BTC").replace("2024-10-22 17", "22"), "“22:00:00” is not a date"),
        ("2024-10-22 17:00:00,deposit", "the row has only 2 of 13 cells"),
        (row("deposit", into="1,BTC") + ",x", "the row has 14 cells, the header only 13"),
    ],
)
def test_row_that_cannot_be_read_is_rejected_with_its_reason_and_text(
    wrong: str, reason: str
) -> None:
    assert parse(wrong) == [Rejected(2, reason, wrong)]


@pytest.mark.parametrize(
    "sides",
    [
        {"out": "1,BTC", "into": "1,ETH"},
        {"out": "1,BTC"},
        {"into": "1,BTC"},
        {"into": "1,EUR"},
    ],
)
def test_unknown_type_is_named_whatever_sides_are_filled(sides: dict[str, str]) -> None:
    (outcome,) = parse(row("teleport", **sides))
    assert isinstance(outcome, Rejected)
    assert outcome.reason.startswith("the type “teleport” is not known here; known are airdrop, ")


def test_sides_of_a_swap_are_linked_and_worth_the_same() -> None:
    sold, bought = parse(row("trade", out="1,BTC", into="20,ETH", value="-9,EUR"))
    assert (sold.kind, bought.kind) == (Kind.SELL, Kind.BUY)
    assert sold.amount == bought.amount == 9
    assert sold.group == bought.group == "swap-2"


def test_fee_in_the_bought_coin_leaves_the_wallet_on_top() -> None:
    bought, fee = parse(row("buy", out="100,EUR", into="2,BTC", fee="0.5,BTC"))
    assert (bought.quantity, bought.fee) == (2, 0)
    assert (fee.kind, fee.security, fee.quantity) == (Kind.FEE, bought.security, Decimal("0.5"))


def test_value_of_zero_is_unknown_unless_no_rates_are_missing() -> None:
    unknown = parse(row("deposit", "reward", into="1,XYZ", value="0,EUR"))
    known = parse(
        row("deposit", "reward", into="1,XYZ", value="0,EUR") + ",False",
        header=HEADER + ",Missing Rates (read-only)",
    )
    assert [unknown[0].amount, known[0].amount] == [None, 0]


def test_currency_of_rows_without_value_is_that_of_the_other_rows() -> None:
    without = row("deposit", "reward", into="1,XYZ", value=",")
    assert parse(without)[0].currency == "EUR"
    assert parse(without, row("buy", out="1,CHF", into="1,BTC", value=","))[0].currency == "CHF"
    assert parse(without, row("deposit", into="1,BTC", value="3,GBP"))[0].currency == "GBP"


def test_price_that_no_column_could_hold_is_left_out() -> None:
    (moved,) = parse(row("deposit", into="1e-400,XYZ"))
    assert (moved.kind, moved.price) == (Kind.TRANSFER_IN, None)


def test_hash_is_cut_to_what_an_id_may_have() -> None:
    (moved,) = parse(row("deposit", into="1,BTC").replace(",,", f",{'x' * 300},").rstrip(","))[:1]
    assert isinstance(moved, Rejected)
    (moved,) = parse("2024-10-22 17:00:00,deposit,,,,1,BTC,,,9,EUR," + "x" * 300 + ",")
    assert moved.external_id == "x" * 100


def test_file_of_another_format_is_refused_as_a_whole() -> None:
    with pytest.raises(ImporterError, match="header line of a Koinly export"):
        parse("1,2", header="a,b")
