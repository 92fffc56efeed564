"""What the golden files of kraken-ledgers do not show."""

from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers.base import Ignored, Outcome, Rejected
from transactions.importers.kraken import Kraken
from transactions.kinds import Kind

HEADER = '"txid","refid","time","type","subtype","aclass","asset","amount","fee","balance"'


def parse(*rows: str, header: str = HEADER) -> list[Outcome]:
    source = Source("ledgers.csv", "\n".join([header, *rows]).encode())
    return golden.events(Kraken().parse(source))


def row(
    type: str, asset: str, amount: str, subtype: str = "", fee: str = "0", refid: str = "R1"
) -> str:
    return f"L{refid}{asset},{refid},2024-01-02 03:04:05,{type},{subtype},currency,{asset},{amount},{fee},9"


@pytest.mark.parametrize(
    ("text", "asset"),
    [
        ("XXBT", "BTC"),
        ("XBT.M", "BTC"),
        ("XXDG", "DOGE"),
        ("DOT28.S", "DOT"),
        ("ETH2.S", "ETH"),
        ("ETH2", "ETH"),
        ("ETH.F", "ETH"),
        ("XTZ", "XTZ"),
        ("ZRX", "ZRX"),
        ("SOL03.S", "SOL"),
    ],
)
def test_asset_has_the_name_that_everybody_else_gives_it(text: str, asset: str) -> None:
    (moved,) = parse(row("deposit", text, "1"))
    assert moved.security.ticker == asset


def test_money_on_hold_is_money() -> None:
    (moved,) = parse(row("deposit", "EUR.HOLD", "1"))
    assert (moved.kind, moved.currency) == (Kind.DEPOSIT, "EUR")


def test_trade_of_too_little_money_to_be_booked_is_a_trade_for_nothing() -> None:
    (bought,) = parse(row("trade", "ZEUR", "0.0000", fee="0.0001"), row("trade", "ADA", "0.00001"))
    assert (bought.kind, bought.amount, bought.fee) == (Kind.BUY, 0, Decimal("0.0001"))


def test_rows_of_another_layout_need_no_subtype() -> None:
    (moved,) = parse(
        "L1,R1,2013-10-01 10:00:00,deposit,currency,XXBT,1,0,1",
        header='"txid","refid","time","type","aclass","asset","amount","fee","balance"',
    )
    assert moved.kind is Kind.TRANSFER_IN


def test_withdrawal_that_came_back_keeps_its_lots() -> None:
    out, fee, back = parse(
        row("withdrawal", "XXBT", "-1", fee="0.01"), row("withdrawal", "XXBT", "1")
    )
    assert [out.kind, fee.kind, back.kind] == [Kind.TRANSFER_OUT, Kind.FEE, Kind.TRANSFER_IN]
    assert out.group == back.group == "move-R1"


def test_single_withdrawal_is_free_to_meet_a_deposit_of_another_account() -> None:
    (out,) = parse(row("withdrawal", "XXBT", "-1"))
    assert out.group == ""


def test_reward_that_the_fee_eats_up_moves_nothing() -> None:
    assert parse(row("staking", "DOT", "1", fee="1")) == [Ignored(2, "nothing moved")]


def test_fee_without_an_amount_is_charged() -> None:
    (fee,) = parse(row("adjustment", "DOT", "0", fee="1"))
    assert (fee.kind, fee.quantity) == (Kind.FEE, 1)
    assert parse(row("adjustment", "DOT", "0")) == [Ignored(2, "nothing moved")]


def test_staked_ether_that_becomes_ether_leaves_again() -> None:
    (out,) = parse(row("staking", "ETH2", "-1"))
    assert (out.kind, out.quantity) == (Kind.TRANSFER_OUT, 1)


def test_gain_on_margin_in_coins_is_income_in_units() -> None:
    (gain,) = parse(row("margin", "XXBT", "1"))
    assert (gain.kind, gain.quantity) == (Kind.AIRDROP, 1)


def test_credits_that_pay_fees_are_no_asset() -> None:
    assert parse(row("deposit", "KFEE", "100")) == [
        Ignored(2, "credits that pay fees are no asset")
    ]


def test_unknown_type_is_named() -> None:
    (outcome,) = parse(row("teleport", "XXBT", "1"))
    assert isinstance(outcome, Rejected)
    assert outcome.reason.startswith("the type “teleport” is not known; known are trade, spend")


def test_file_of_another_format_is_refused_as_a_whole() -> None:
    with pytest.raises(ImporterError, match="header line of a Kraken ledger"):
        parse("1,2", header="a,b")
