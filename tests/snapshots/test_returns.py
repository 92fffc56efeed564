"""Time-weighted returns against docs/algorithms/twr.md, another tracker, and properties."""

import json
from datetime import date, timedelta
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.money import EXACT
from snapshots.returns import Day, absolute_gain, annualised, time_weighted
from tests.snapshots.pages import day, number, prose, rounded, worked_table

FIRST = date(2024, 1, 1)


def days(*rows):
    """Days like ``(1000, 0, 0)``: value, inflow, outflow, one a day."""
    return [
        Day(FIRST + timedelta(days=place), *(None if part is None else D(part) for part in row))
        for place, row in enumerate(rows)
    ]


def of_table():
    return [
        Day(day(row[0]), number(row[1]), D(row[2]), D(row[3])) for row in worked_table("twr.md")
    ]


def test_the_worked_table_comes_out():
    found = time_weighted(of_table())
    shown = [(point.day, rounded(point.rate), rounded(point.index)) for point in found.index]
    assert shown == [(day(row[0]), number(row[4]), D(row[5])) for row in worked_table("twr.md")]
    assert found.breaks == ()


def test_the_gain_of_the_worked_table_comes_out():
    assert absolute_gain(of_table()) == 143
    assert "= 143." in prose("twr.md")


# ClientIndexTest.testExcelSample of Portfolio Performance (EPL-1.0), figures only.
PORTFOLIO_PERFORMANCE = json.loads(
    (Path(__file__).parent / "data" / "ttwror-daily.json").read_text(), parse_float=D
)


def test_the_daily_figures_of_portfolio_performance_come_out():
    case = PORTFOLIO_PERFORMANCE
    found = time_weighted(of_transactions(case))
    tolerance = D("0.00001")
    for point, wanted, total in zip(
        found.index, case["expected"]["daily"], case["expected"]["accumulated"], strict=True
    ):
        assert abs((point.rate or 0) - wanted) < tolerance
        assert abs(point.index - 1 - total) < tolerance


def of_transactions(case):
    """Days of an account that is nothing but cash."""
    value, found = D(0), []
    signs = {"DEPOSIT": 1, "INTEREST": 1, "WITHDRAWAL": -1, "FEE": -1}
    for text in case["expected"]["dates"]:
        rows = [row for row in case["transactions"] if row["date"] == text]
        value += sum(signs[row["type"]] * row["amount"] for row in rows)
        moved = {
            kind: D(sum(row["amount"] for row in rows if row["type"] == kind)) for kind in signs
        }
        found.append(Day(day(text), value, moved["DEPOSIT"], moved["WITHDRAWAL"]))
    return found


def test_the_first_day_counts_from_a_day_of_nothing_before_it():
    found = time_weighted(days((0,), (990, 1000), (1089,)))
    assert found.rate == D("0.089")


def test_the_flows_of_the_first_day_are_in_its_value():
    found = time_weighted(days((990, 1000), (1089,)))
    assert found.rate == D("0.1")
    assert absolute_gain(days((990, 1000), (1089,))) == 99


def test_a_single_day_has_a_return_of_nothing():
    found = time_weighted(days((100,)))
    assert (found.rate, found.rates) == (0, [])


def test_no_day_has_no_return_and_says_so():
    found = time_weighted([])
    assert (found.rate, found.reason) == (None, "There is no day with a value.")
    assert absolute_gain([]) is None


def test_leaving_and_coming_back_rests_in_between():
    found = time_weighted(days((100,), (0, 0, 110), (0,), (0,), (50, 50), (55,)))
    assert [point.rate for point in found.index] == [None, D("0.1"), None, None, 0, D("0.1")]
    assert found.rate == D("0.21")


def test_a_total_loss_is_minus_one_and_stays():
    assert time_weighted(days((100,), (0,), (0,))).rate == -1
    found = time_weighted(days((100,), (0,), (50, 50), (500,)))
    assert (found.rate, found.breaks) == (-1, ())


def test_a_very_high_return_is_exact():
    assert time_weighted(days(("1e-8",), ("1e20",))).rate == D("1e28") - 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        # A dividend after the last sale, and a share as a present.
        (
            (0, 0, 3),
            "On 2024-01-03 there was value or an outflow, but nothing invested to earn it.",
        ),
        ((3,), "On 2024-01-03 there was value or an outflow, but nothing invested to earn it."),
        # A fee after the last sale.
        ((0, 3), "On 2024-01-03 all that came in was spent, with nothing held before or after it."),
    ],
)
def test_what_nothing_invested_gained_or_lost_is_no_return_and_is_told(row, reason):
    found = time_weighted(days((100,), (0, 0, 120), row, (row[0] + 50, 50), (row[0] * 2 + 100,)))
    doubled = EXACT.divide(D(row[0] * 2 + 100), D(row[0] + 50))
    assert found.rate == EXACT.subtract(EXACT.multiply(D("1.2"), doubled), D(1))
    assert (found.breaks, found.reason) == ((), reason)
    assert [point.rate for point in found.index] == [None, D("0.2"), None, 0, doubled - 1]


def test_all_that_was_invested_can_be_lost_on_the_day_after():
    found = time_weighted(days((0,), (100, 100), (0,)))
    assert (found.rate, found.reason) == (-1, "")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(-5,), (10,)], "On 2024-01-02 the value was negative before the day began."),
        (
            [(100,), (-20,), (100, 200)],
            "On 2024-01-02 the value became negative: more was lost than was invested.",
        ),
    ],
)
def test_a_negative_value_breaks_the_chain(rows, reason):
    found = time_weighted(days(*rows))
    assert (found.rate, found.reason) == (None, reason)


def test_a_day_of_unknown_value_is_spanned():
    found = time_weighted(days((100,), (None,), (121,)))
    assert (found.rate, len(found.rates)) == (D("0.21"), 1)


def test_money_that_moved_while_the_value_was_unknown_breaks_the_chain():
    found = time_weighted(days((100,), (None, 50), (160,), (176,)))
    assert (found.rate, found.latest) == (None, D("0.1"))
    assert found.reason == "Money moved before 2024-01-03 while the value was unknown."


def test_leading_days_of_unknown_value_are_before_the_start():
    found = time_weighted(days((None,), (100,), (110,)))
    assert (found.rate, found.index[0].day) == (D("0.1"), date(2024, 1, 2))


def test_an_unknown_end_has_no_gain():
    assert absolute_gain(days((100,), (None,))) is None


def test_nothing_is_annualised_under_a_year():
    assert annualised(D("0.5"), date(2023, 1, 1), date(2023, 12, 31)) is None
    assert annualised(D("0.5"), date(2023, 1, 1), date(2024, 1, 1)) == D("0.5")
    assert annualised(None, date(2020, 1, 1), date(2024, 1, 1)) is None


def test_two_years_are_their_root():
    assert rounded(annualised(D("0.21"), date(2021, 1, 1), date(2023, 1, 1)), 20) == D("0.1")
    assert annualised(D(-1), date(2021, 1, 1), date(2023, 1, 1)) == -1


amounts = st.decimals(min_value=0, max_value=10**6, places=2)
factors = st.lists(st.decimals(min_value="0.5", max_value=2, places=4), min_size=1, max_size=30)


@given(factors, st.lists(amounts, min_size=30, max_size=30), st.data())
def test_flows_do_not_change_the_return_of_given_prices(steps, inflows, data):
    value, path = D(1000), [Day(FIRST, D(1000))]
    for place, (step, inflow) in enumerate(zip(steps, inflows, strict=False), start=1):
        grown = EXACT.multiply(EXACT.add(value, inflow), step)
        part = data.draw(st.sampled_from([D(0), D("0.25"), D("0.5")]))
        outflow = EXACT.multiply(grown, part)
        value = EXACT.subtract(grown, outflow)
        path.append(Day(FIRST + timedelta(days=place), value, inflow, outflow))
    wanted = D(1)
    for step in steps:
        wanted = EXACT.multiply(wanted, step)
    assert abs(EXACT.subtract(time_weighted(path).rate, EXACT.subtract(wanted, D(1)))) < D("1e-60")


positive = st.decimals(min_value="0.01", max_value=10**6, places=2)


@given(st.lists(st.tuples(positive, amounts, amounts), min_size=3, max_size=30), st.data())
def test_periods_that_follow_each_other_multiply(rows, data):
    path = days(*rows)
    cut = data.draw(st.integers(1, len(path) - 2))
    whole, first, second = (
        time_weighted(part).rate + 1 for part in (path, path[: cut + 1], path[cut:])
    )
    product = EXACT.multiply(first, second)
    assert abs(EXACT.subtract(product, EXACT.plus(whole))) <= EXACT.multiply(whole, D("1e-24"))


@given(st.lists(st.tuples(positive, amounts, amounts), min_size=2, max_size=20))
def test_the_unit_of_the_currency_does_not_matter(rows):
    cents = [tuple(EXACT.multiply(part, D(100)) for part in row) for row in rows]
    assert time_weighted(days(*rows)).rate == time_weighted(days(*cents)).rate
