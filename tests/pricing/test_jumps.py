"""Which jump of a price waits for a person."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.jumps import doubt

prices = st.decimals(Decimal("0.00000001"), Decimal("10000000"), places=8).filter(bool)
factors = st.integers(2, 1000)


@pytest.mark.parametrize(
    ("last", "price", "sentence"),
    [
        ("0.705", "70.5", "About 100 times the last price 0.705: another unit, like pence for pounds?"),
        ("70.5", "0.72", "About a hundredth of the last price 70.5: another unit, like pence for pounds?"),
        ("12", "60", "5 times the last price 12: a split, or another thing?"),
        ("1234.567891", "123.4567891", "1/10 of the last price 1234.57: a split, or another thing?"),
        ("3", "1000", "333.333 times the last price 3: a split, or another thing?"),
        ("12", "59.99", ""),
        ("60", "12.01", ""),
        ("5", "5", ""),
    ],
)  # fmt: skip
def test_a_doubt_is_a_sentence_with_the_price_that_it_is_compared_with(last, price, sentence):
    assert doubt(Decimal(last), Decimal(price), 5) == sentence


@pytest.mark.parametrize("price", ["80", "100", "120"])
def test_a_hundred_is_meant_with_a_move_of_a_fifth_in_it(price):
    assert "another unit" in doubt(Decimal(1), Decimal(price), 500)


@pytest.mark.parametrize("price", ["79.9", "120.1"])
def test_beyond_that_the_factor_decides(price):
    assert doubt(Decimal(1), Decimal(price), 500) == ""
    assert "another thing" in doubt(Decimal(1), Decimal(price), 50)


def test_without_a_factor_only_a_hundred_is_doubted():
    assert doubt(Decimal(1), Decimal(50), None) == ""
    assert "another unit" in doubt(Decimal(1), Decimal(110), None)


def test_what_was_or_is_worthless_is_no_jump():
    assert doubt(Decimal(0), Decimal(5), 5) == doubt(Decimal(5), Decimal(0), 5) == ""


@given(prices, prices, factors)
def test_up_and_down_are_judged_alike(last, price, factor):
    """Exactly at the limit the inverse may be rounded to the other side of it."""
    ratio = max(last, price) / min(last, price)
    limits = [Decimal(factor), Decimal(80), Decimal(120)]
    if all(abs(ratio - limit) > Decimal("1e-20") for limit in limits):
        assert bool(doubt(last, price, factor)) == bool(doubt(price, last, factor))


@given(prices, prices, factors, st.integers(1, 10**6))
def test_the_currency_in_which_both_are_told_does_not_matter(last, price, factor, scale):
    assert bool(doubt(last * scale, price * scale, factor)) == bool(doubt(last, price, factor))


@given(prices, st.decimals(Decimal("1.00001"), Decimal("1.9"), places=5))
def test_no_move_below_the_smallest_factor_is_doubted(last, move):
    assert doubt(last, last * move, 2) == ""
