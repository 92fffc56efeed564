"""Prices and quantities across splits, against docs/algorithms/splits.md."""

import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pricing.closes import Close, price_in_units_of
from pricing.money import EXACT
from pricing.splits import Split, ratio, units

PAGE = Path(__file__).parents[2] / "docs" / "algorithms" / "splits.md"
FIRST = date(2026, 1, 1)
WORKED = [Split(date(2026, 1, 10), 4, 1), Split(date(2026, 1, 20), 1, 2)]
RECORDED = (date(2026, 1, 31), date(2026, 1, 5))

days = st.integers(0, 400).map(lambda count: FIRST + timedelta(days=count))
splits = st.lists(
    st.builds(Split, days, st.integers(1, 50), st.integers(1, 50)),
    max_size=5,
    unique_by=lambda split: split.day,
)


def close(day, price, unit_day=None):
    return Close(day, Decimal(price), "EUR", "test", unit_day is not None, unit_day or day)


def worked_rows():
    table = PAGE.read_text().split("## Worked table")[1]
    for line in table.splitlines():
        if re.match(r"\| \d{4}-", line):
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def test_the_worked_table_of_the_page_is_what_the_conversion_gives():
    rows = list(worked_rows())
    assert len(rows) == 6
    for when, held, traded, late, early, price, value in rows:
        day = date.fromisoformat(when)
        closes = [close(day, traded), close(day, late, RECORDED[0])]
        closes += [close(day, early, RECORDED[1])] if early else []
        for one in closes:
            assert price_in_units_of(one, WORKED, day) == Decimal(price), when
            assert Decimal(held) * price_in_units_of(one, WORKED, day) == Decimal(value), when


def test_the_last_price_before_a_split_still_values_the_units_after_it():
    last = close(date(2026, 1, 9), 400)
    assert price_in_units_of(last, WORKED, date(2026, 1, 12)) == 100
    assert price_in_units_of(last, WORKED, date(2026, 1, 31)) == 200


def test_without_splits_a_price_stays_the_same_object():
    one = close(FIRST, "187.123456789012345678", date(2026, 3, 1))
    assert price_in_units_of(one, [], FIRST) is one.price


def test_a_split_holds_from_its_own_day_on():
    split = [Split(date(2026, 1, 10), 2, 1)]
    assert ratio(split, date(2026, 1, 9), date(2026, 1, 10)) == 2
    assert ratio(split, date(2026, 1, 10), date(2026, 1, 11)) == 1
    assert ratio(split, date(2026, 1, 8), date(2026, 1, 9)) == 1


def test_a_third_is_rounded_once_at_eighteen_decimals():
    split = [Split(date(2026, 1, 10), 1, 3)]
    assert units(Decimal(1), split, FIRST, date(2026, 1, 10)) == Decimal("0.333333333333333333")
    assert units(Decimal(3), split, FIRST, date(2026, 1, 10)) == 1


@given(splits, days, days, days)
def test_ratios_chain_and_there_and_back_is_one(known, first, second, third):
    assert ratio(known, first, second) * ratio(known, second, third) == ratio(known, first, third)
    assert ratio(known, first, second) * ratio(known, second, first) == 1


@given(splits, days, days, days, st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_value_does_not_depend_on_the_units_in_which_it_is_told(
    known, day, other, unit_day, cents, held
):
    """Within what rounding at 18 decimals can do to the quantity and the price."""
    price = close(day, Decimal(cents).scaleb(-2), unit_day)
    quantity = units(Decimal(held), known, day, other)
    here = EXACT.multiply(Decimal(held), price_in_units_of(price, known, day))
    there = EXACT.multiply(quantity, price_in_units_of(price, known, other))
    step = Decimal("1e-18")
    slack = (Decimal(held) + quantity + price_in_units_of(price, known, other) + 1) * step
    assert abs(here - there) <= slack


@given(splits, days, days)
def test_the_order_in_which_splits_are_listed_does_not_matter(known, since, until):
    assert ratio(known, since, until) == ratio(known[::-1], since, until)
    assert isinstance(ratio(known, since, until), Fraction)
