"""The arithmetic of value and gain against docs/algorithms/valuation.md and currency.md."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.gains import (
    NO_GAIN,
    UNKNOWN,
    Gain,
    Holding,
    Quote,
    Valuation,
    gain,
    known_total,
    percent,
    realized_gain,
    total,
    total_gain,
)
from pricing.conversion import Rate
from pricing.money import EXACT

PAGES = Path(__file__).parents[2] / "docs" / "algorithms"
DAY = date(2024, 5, 6)

amounts = st.decimals(-1000, 1000, places=8)
costs = st.decimals(0, 1000, places=8)
rates = st.decimals("0.0001", "100", places=18)


def number(text):
    return None if text == "?" else Decimal(text)


def worked(page):
    """The cells of the rows of a page's worked table."""
    table = (PAGES / page).read_text().split("## Worked table")[1]
    rows = [line for line in table.splitlines() if re.match(r"\| [-\d?]", line)]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def valued(quantity, price, rate, own_cost, cost):
    found = None if rate is None else Rate("USD", "EUR", rate, DAY, "ecb")
    quote = None if price is None else Quote(price, "USD", DAY, "manual")
    return Valuation(Holding(quantity, "USD", own_cost, cost), "EUR", quote, found, found)


def test_the_worked_table_of_valuation_is_what_is_computed():
    rows = worked("valuation.md")
    assert len(rows) == 10
    for row in rows:
        *figures, missing = row
        quantity, price, rate, own_cost, cost, value, *split = map(number, figures)
        valuation = valued(quantity, price, rate, own_cost, cost)
        assert valuation.value == value, row
        assert valuation.gain == Gain(*split), row
        assert ", ".join(valuation.missing) == missing, row


def test_the_worked_table_of_currencies_is_what_is_computed():
    rows = worked("currency.md")
    assert len(rows) == 9
    for row in rows:
        *given_figures, by_all, by_prices, by_rates = map(number, row)
        assert realized_gain(*given_figures) == Gain(by_all, by_prices, by_rates), row


@given(costs, costs, rates, rates)
def test_price_and_currency_gain_add_up_to_the_last_digit(proceeds, cost, sold, bought):
    found = realized_gain(proceeds, cost, sold, bought)
    assert EXACT.add(found.price, found.currency) == found.total


@given(costs, costs, rates)
def test_without_a_change_of_rates_all_gain_is_by_prices(proceeds, cost, rate):
    found = realized_gain(proceeds, cost, rate, rate)
    assert (found.currency, found.price) == (0, found.total)


@given(costs, rates, rates)
def test_sold_at_cost_all_gain_is_by_rates(cost, sold, bought):
    found = realized_gain(cost, cost, sold, bought)
    assert (found.price, found.currency) == (0, found.total)


def test_a_gain_whose_split_is_unknown_is_still_a_gain():
    assert gain(Decimal(9), Decimal(4), None, Decimal(1)) == Gain(Decimal(5), None, None)
    assert gain(Decimal(9), Decimal(4), Decimal(4), None) == Gain(Decimal(5), None, None)


@given(st.lists(amounts))
def test_sums_are_exact_and_know_what_they_lack(parts):
    assert total(parts) == known_total([*parts, None]) == sum(parts, Decimal(0))
    assert total([*parts, None]) is None


def test_gains_add_up_part_by_part():
    one = Gain(Decimal(3), Decimal(1), Decimal(2))
    assert total_gain([]) == NO_GAIN
    assert total_gain([one, one]) == Gain(Decimal(6), Decimal(2), Decimal(4))
    assert total_gain([one, UNKNOWN]) == UNKNOWN


@pytest.mark.parametrize(
    ("part", "whole", "found"),
    [
        ("1", "3", "33.33333333"),
        ("-1", "4", "-25"),
        ("1", "0", "?"),
        ("1", "-4", "?"),
        ("?", "4", "?"),
    ],
)
def test_hundredths(part, whole, found):
    assert percent(number(part), number(whole)) == number(found)


def test_everything_that_is_missing_is_named():
    found = valued(Decimal(1), None, None, None, None)
    assert [str(what) for what in found.missing] == ["price", "cost"]
