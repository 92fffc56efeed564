"""Tables in which each coin has a column of its own."""

from dataclasses import replace

import pytest

from pricing.readers import Source
from tests.transactions.importers.test_mapped_two_assets import told
from transactions.importers.base import Outcome, Rejected
from transactions.importers.guessing import find_table, guess
from transactions.importers.layouts import Layout
from transactions.importers.mapped import Mapped
from transactions.importers.mapped_coin_columns import coin_columns

HEADER = "Date,Type,USD Amount USD,Fee (USD) USD,BTC Amount BTC,Fee (BTC) BTC,ETH Amount ETH"
SWAP = "2024-01-02,Buy,,,(0.5 BTC),(0.1 BTC),8 ETH"


def layout_of(*rows: str) -> Layout:
    table = find_table(source_of(*rows))
    assert table is not None
    return guess(table)


def source_of(*rows: str) -> Source:
    return Source("x.csv", "\n".join([HEADER, *rows, ""]).encode())


def read(*rows: str) -> list[Outcome]:
    """The outcomes behind those of a swap, by which the table is known."""
    found = list(Mapped("1", "Mine", layout_of(SWAP, *rows)).parse(source_of(SWAP, *rows)))
    assert told(found[:2]) == ["SELL 0.6 BTC", "BUY 8 ETH"]
    return found[2:]


def test_row_moves_one_coin_or_two() -> None:
    rows = [
        "2024-01-03,Buy,($100.00),($2.00),1 BTC,0.0 BTC,-",
        "2024-01-03,Credit,$100.00,,,,",
        "2024-01-03,Debit,,,(1 BTC),(0.1 BTC),",
        "2024-01-03,Debit",
    ]
    assert told(read(*rows)) == [
        "BUY 1 BTC 100.00 USD fee 2.00",
        "DEPOSIT 100.00 USD",
        "TRANSFER_OUT 1 BTC",
        "FEE 0.1 BTC",
        "neither side has an amount",
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("2024-01-03,Buy,5,,1,,", "5 (USD) and 1 (BTC) came in, and a row is read with one only"),
        ("2024-01-03,Buy,-5,,-1,,8", "-5 (USD) and -1 (BTC) went out, and a row is read with one only"),
        ("2024-01-03,Buy,-5,1,1,2,", "1 (USD) and 2 (BTC) are fees, and a row is read with one only"),
        ("total,,5,,,,", "“total” is not a date"),
    ],
)  # fmt: skip
def test_other_rows_are_rejected(row: str, says: str) -> None:
    layout = replace(layout_of(SWAP), kinds={"buy": "BUY", "": "told"})
    (outcome,) = Mapped("1", "Mine", layout).parse(source_of(row))
    assert isinstance(outcome, Rejected)
    assert outcome.reason.startswith(says)


def test_text_below_the_table_is_none_of_its_rows() -> None:
    assert told(read("the end")) == [
        "a line with neither a date nor figures, such as a text below the table"
    ]


def test_two_amounts_of_one_sign_are_no_trade_so_that_nothing_is_guessed() -> None:
    assert layout_of(SWAP).by_coin
    assert not layout_of(SWAP, "2024-01-03,Buy,5,,1,,").by_coin
    assert not layout_of("2024-01-03,Credit,5,,,,").by_coin


def test_mapping_that_was_kept_before_there_was_this_has_no_columns_of_coins() -> None:
    kept = layout_of(SWAP).as_json()
    del kept["by_coin"]
    assert not Layout.from_json(kept).by_coin


@pytest.mark.parametrize(
    ("names", "assets"),
    [
        (["USD Amount USD", "BTC Amount BTC", "BTC Balance BTC"], ["USD", "BTC"]),
        (["Amount EUR", "Fee EUR", "Amount BTC", "Fee BTC"], ["EUR", "BTC"]),
        (["EUR amount", "Amount (BTC)"], ["EUR", "BTC"]),
        # Of money alone an amount is one in two currencies.
        (["Amount EUR", "Amount USD"], []),
        (["Amount BTC"], []),
        (["Amount BTC", "BTC Amount", "Amount EUR"], []),
        (["USD Amount EUR", "Amount", "Amount in BTC", "Amount 1"], []),
    ],
)
def test_columns_of_coins_are_known_by_their_names(names: list[str], assets: list[str]) -> None:
    assert [column.asset for column in coin_columns(names)] == assets
