"""Money-weighted returns against docs/algorithms/xirr.md, pyxirr, and the equation itself."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
import pyxirr
from hypothesis import example, given
from hypothesis import strategies as st

from pricing.money import EXACT
from snapshots.polynomials import parts, roots
from snapshots.returns import Day
from snapshots.xirr import Status, money_weighted, xirr
from tests.snapshots.pages import day, number, rounded, worked_table

FIRST = date(2015, 1, 1)


def flows_of(cell):
    return [(day(part.split(": ")[0]), D(part.split(": ")[1])) for part in cell.split(", ")]


def later(days):
    return FIRST + timedelta(days=days)


@pytest.mark.parametrize("row", worked_table("xirr.md"), ids=lambda row: row[0])
def test_the_worked_table_comes_out(row):
    _, flows, rate, solutions = row
    found = xirr(flows_of(flows))
    assert rounded(found.rate, 12) == (number(rate) if rate == "" else round(D(rate), 12))
    wanted = [round(D(text), 12) for text in solutions.split(", ") if text]
    assert [rounded(solution, 12) for solution in found.solutions] == wanted
    assert (found.reason == "") == (found.status is Status.SOLVED)


@pytest.mark.parametrize(
    ("flows", "reason"),
    [
        ([], "No money moved."),
        ([(0, 0), (9, 0)], "No money moved."),
        (
            [(0, -5)],
            "All flows are on one day, or cancel out on each: there is no time in which to earn.",
        ),
        (
            [(0, -5), (0, 5), (3, 7), (3, -7)],
            "All flows are on one day, or cancel out on each: there is no time in which to earn.",
        ),
        (
            [(0, 5), (9, 5)],
            "Money only came out: nothing was paid in that could have earned it.",
        ),
        ([(0, -5), (9, -5)], "Money only went in: nothing came back and nothing is left."),
    ],
)
def test_what_cannot_be_solved_says_why(flows, reason):
    found = xirr([(later(days), D(amount)) for days, amount in flows])
    assert (found.status, found.rate, found.reason) == (Status.NONE, None, reason)


def test_the_order_of_the_flows_does_not_matter():
    flows = [(later(800), D(900)), (later(0), D(-700)), (later(300), D(-100))]
    assert xirr(flows) == xirr(reversed(flows))


def test_a_solution_beside_one_of_exactly_zero_is_found():
    # (w - 1)(2w - 1)(…): rates of 0 and 100 % a year.
    found = xirr([(later(0), D(-1)), (later(365), D(3)), (later(730), D(-2))])
    assert (found.status, found.solutions) == (Status.SEVERAL, (D(0), D(1)))


def test_solutions_on_both_sides_of_zero_are_found():
    # With g = 1 + rate: -(g - 0.9)(g - 1.1) times 100.
    found = xirr([(later(0), D(-100)), (later(365), D(200)), (later(730), D(-99))])
    assert found.solutions == (D("-0.1"), D("0.1"))


def test_several_changes_of_sign_can_have_one_solution():
    found = xirr([(later(n), D(a)) for n, a in [(0, -100), (30, 40), (60, -90), (400, 180)]])
    assert found.status is Status.SOLVED


def test_a_root_that_only_touches_is_found_once():
    # (1 - 2w)^2
    (root,) = roots([(0, D(1)), (1, D(-4)), (2, D(4))])
    assert abs(root - D("0.5")) < D("1e-15")


def test_the_period_counts_its_opening_value_and_the_last_days_flows():
    path = [
        Day(date(2023, 1, 1), D(1000), inflow=D(999)),
        Day(date(2023, 7, 1), D(1500), inflow=D(400)),
        Day(date(2024, 1, 1), D(1250), outflow=D(300)),
    ]
    plain = [(date(2023, 1, 1), D(-1000)), (date(2023, 7, 1), D(-400)), (date(2024, 1, 1), D(1550))]
    assert money_weighted(path) == xirr(plain)


def test_a_total_loss_is_minus_one():
    path = [Day(FIRST, D(1000)), Day(later(100), D(500), inflow=D(50)), Day(later(900), D(0))]
    found = money_weighted(path)
    assert (found.rate, found.over_period, found.days) == (-1, -1, 900)


def test_unknown_values_have_no_rate():
    for path in (
        [Day(FIRST, None), Day(later(9), D(5))],
        [Day(FIRST, D(5)), Day(later(9), None)],
        [Day(FIRST, D(5))],
    ):
        found = money_weighted(path)
        assert (found.rate, found.status) == (None, Status.NONE)
        assert found.reason


def test_under_a_year_the_period_can_be_told():
    found = xirr([(later(0), D(-100)), (later(73), D(110))])
    assert rounded(found.over_period, 15) == D("0.1")
    assert rounded(found.rate, 12) == D("0.61051")


amounts = st.integers(-(10**9), 10**9).map(lambda cents: D(cents) / 100)
some_flows = st.lists(st.tuples(st.integers(0, 4000).map(later), amounts), min_size=1, max_size=25)


def present_value(flows, rate):
    first = min(when for when, _ in flows)
    total = size = D(0)
    for when, amount in flows:
        exponent = EXACT.divide(D((when - first).days), D(365))
        worth = EXACT.divide(amount, EXACT.power(EXACT.add(rate, D(1)), exponent))
        total, size = EXACT.add(total, worth), EXACT.add(size, abs(worth))
    return EXACT.divide(total, size)


@given(some_flows)
@example([(later(0), D(-1)), (later(4000), D("1e7"))])
def test_at_every_solution_all_flows_are_worth_nothing(flows):
    for rate in xirr(flows).solutions:
        if rate < D("-0.999999"):
            continue  # twenty digits of it leave too few of 1 + rate
        assert abs(present_value(flows, rate)) < D("1e-13")


@given(some_flows)
def test_where_pyxirr_finds_a_rate_it_is_one_of_the_solutions(flows):
    theirs = pyxirr.xirr([when for when, _ in flows], [float(a) for _, a in flows], silent=True)
    if theirs is None or not -0.9999 < theirs < 1e6:
        return
    ours = [float(rate) for rate in xirr(flows).solutions]
    # What pyxirr takes for a root may only come close to one.
    if abs(present_value(flows, D(str(theirs)))) < D("1e-9"):
        assert any(abs(rate - theirs) <= 1e-6 * (1 + abs(theirs)) for rate in ours)


@given(st.lists(st.integers(1, 10**8), min_size=1, max_size=20), st.integers(1, 10**10))
def test_saving_and_taking_all_at_the_end_has_one_rate(savings, end):
    flows = [(later(30 * place), D(-amount)) for place, amount in enumerate(savings)]
    found = xirr([*flows, (later(30 * len(savings)), D(end))])
    assert found.status is Status.SOLVED
    assert (found.rate > 0) == (end > sum(savings))


def test_bounds_split_a_polynomial_into_its_signs():
    found = parts([(0, D(1)), (2, D(-4)), (3, D(8))], D("0.5"))
    assert (found.value, found.slope) == (D(1), D(1))
