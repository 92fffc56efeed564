"""Drawdowns against docs/algorithms/drawdown.md, and their bounds."""

from datetime import date, timedelta
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from pricing.money import EXACT
from snapshots.drawdown import Drawdown, max_drawdown
from tests.snapshots.pages import day, prose, worked_table

FIRST = date(2024, 1, 1)


def index(*values):
    return [(FIRST + timedelta(days=place), D(value)) for place, value in enumerate(values)]


def test_the_worked_table_comes_out():
    table = [(day(row[0]), D(row[1])) for row in worked_table("drawdown.md")]
    for place, row in enumerate(worked_table("drawdown.md"), start=1):
        so_far = table[:place]
        high = max(value for _, value in so_far)
        assert (high, 1 - so_far[-1][1] / high) == (D(row[2]), D(row[3]))
    found = max_drawdown(table)
    assert found == Drawdown(D("0.4"), date(2024, 1, 3), date(2024, 1, 6), date(2024, 1, 8))
    assert "Maximum 0.4, peak 2024-01-03, trough 2024-01-06, recovery 2024-01-08." in prose(
        "drawdown.md"
    )


def test_what_never_falls_has_none():
    assert max_drawdown(index(1, 1, 2, 3)) == Drawdown(D(0))
    assert max_drawdown([]) == Drawdown(D(0))


def test_what_has_not_recovered_says_so():
    found = max_drawdown(index(1, 2, 1, "1.999"))
    assert (found.depth, found.recovery) == (D("0.5"), None)


def test_a_total_loss_is_all_of_it_and_never_made_up_for():
    found = max_drawdown(index(1, 0, 0, 0))
    assert found == Drawdown(D(1), FIRST, date(2024, 1, 2), None)


def test_of_equal_falls_the_first_is_told():
    found = max_drawdown(index(1, "0.5", 1, "0.5", 1))
    assert (found.trough, found.recovery) == (date(2024, 1, 2), date(2024, 1, 3))


def test_a_deeper_fall_from_the_same_high_moves_the_trough():
    found = max_drawdown(index(4, 3, "3.5", 2, 4))
    assert found == Drawdown(D("0.5"), FIRST, date(2024, 1, 4), date(2024, 1, 5))


def test_a_deeper_fall_from_a_later_high_replaces_the_first():
    found = max_drawdown(index(4, 3, 8, 4, 6))
    assert found == Drawdown(D("0.5"), date(2024, 1, 3), date(2024, 1, 4), None)


values = st.lists(st.decimals(min_value=0, max_value=1000, places=3), min_size=1, max_size=40)


@given(values)
def test_it_is_the_worst_pair_of_a_high_and_a_later_low(found):
    pairs = [
        EXACT.subtract(D(1), EXACT.divide(low, high))
        for place, high in enumerate(found)
        for low in found[place:]
        if high
    ]
    result = max_drawdown(index(*found))
    assert result.depth == max(pairs, default=D(0))
    assert 0 <= result.depth <= 1
    if result.depth:
        by_day = dict(index(*found))
        assert result.peak < result.trough
        assert result.depth == EXACT.subtract(
            D(1), EXACT.divide(by_day[result.trough], by_day[result.peak])
        )
        assert result.recovery is None or by_day[result.recovery] >= by_day[result.peak]
