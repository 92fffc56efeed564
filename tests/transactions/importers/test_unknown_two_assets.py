"""Tables of other trackers and of exchanges with two assets in a row: what is held, and the cash, as guessed.

All but a few tell one story: 1,000 came in; 0.01 BTC were bought for 500 and a fee of 5, 0.004 of them were
swapped for 0.06 ETH with a fee of 0.00001 BTC, 0.002 sold for 120 with a fee of 1; 0.001 ETH were a reward;
0.02 ETH and a fee of 0.0005 ETH were sent away, 200 paid out.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from pricing.readers import Source
from tests.transactions.importers import golden
from tests.transactions.importers.test_unknown_tables import TABLES, guessed, name_of
from transactions.importers.base import Outcome, ParsedTransaction
from transactions.importers.guessing import find_table, guess
from transactions.importers.layouts import Layout
from transactions.importers.mapped import Mapped
from transactions.kinds import UNIT_SIGN, Money, cash_effects, moves_units_only

STORY = {"BTC": "0.00399", "ETH": "0.0405", "cash": "414"}
OTHERS = {
    # Bought with a card, and a move between own wallets.
    "uphold": {**STORY, "XRP": "25"},
    # Without fees.
    "shakepay": {"BTC": "0.004", "ETH": "0.041", "cash": "420"},
    # Trades alone.
    "binance-convert": {"BTC": "0.004", "ETH": "0.06", "cash": "-380"},
    # A bank with several currencies, and cards that pay in others.
    "wise": {"EUR": "374.56", "GBP": "421.70"},
    "strike": {"BTC": "0.00509", "cash": "414"},
    "nexo": {"BTC": "0.24", "NEXO": "1.5", "ETH": "0.08", "USDC": "20", "EURX": "500"},
}
# What its owner has to say. CoinTracking counts a fee in what was paid and what came.
CORRECTIONS: dict[str, dict[str, bool]] = {"cointracking-import": {"has_fees": True}}
OF_TWO = [path for path in TABLES if guessed(path).has_two_assets]


def layout_of(path: Path) -> Layout:
    return replace(guessed(path), **CORRECTIONS.get(path.stem, {}))


def held(outcomes: Iterable[Outcome]) -> dict[str, Decimal]:
    """Units of each coin and the money of each currency; what came to nothing is none."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for one in outcomes:
        if not isinstance(one, ParsedTransaction):
            continue
        if one.security and one.quantity:
            found[one.security.ticker] += UNIT_SIGN[one.kind] * one.quantity
        units_only = moves_units_only(
            one.kind, has_instrument=one.security is not None, has_quantity=bool(one.quantity)
        )
        money = Money(one.amount, one.currency, one.fee, one.fee_currency, one.tax)
        for currency, moved in cash_effects(one.kind, money, units_only=units_only).items():
            found[currency] += moved
    return {name: units for name, units in found.items() if units}


def test_they_are_known_as_such() -> None:
    assert len(OF_TWO) == 23
    assert not {*OTHERS, *CORRECTIONS} - {path.stem for path in OF_TWO}


@pytest.mark.parametrize("path", OF_TWO, ids=name_of)
def test_holdings_and_cash_come_out(path: Path) -> None:
    outcomes = Mapped("1", "Mine", layout_of(path)).parse(golden.source_of(path))
    expected = OTHERS.get(path.stem, STORY)
    currency = layout_of(path).currency
    assert held(outcomes) == {
        currency if name == "cash" else name: Decimal(units) for name, units in expected.items()
    }


# Of Wise's two columns of types the first is taken.
TURNED = [path for path in OF_TWO if path.stem != "wise"]


@pytest.mark.parametrize("path", TURNED, ids=name_of)
def test_columns_in_another_order_change_nothing(path: Path) -> None:
    source = golden.source_of(path)
    table = find_table(source)
    assert table is not None
    text = io.StringIO()
    rows = [table.header.cells, *table.rows]
    csv.writer(text, delimiter=table.header.delimiter).writerows(row[::-1] for row in rows)
    turned = Source(path.name, text.getvalue().encode())
    layout = replace(guess_of(turned), **CORRECTIONS.get(path.stem, {}))
    outcomes = list(Mapped("1", "Mine", layout).parse(turned))
    assert held(outcomes) == held(Mapped("1", "Mine", layout_of(path)).parse(source))


def guess_of(source: Source) -> Layout:
    table = find_table(source)
    assert table is not None
    return guess(table)
