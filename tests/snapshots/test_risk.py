"""Volatility and Sharpe ratio against docs/algorithms/risk.md and another tracker."""

import statistics
from datetime import date, timedelta
from decimal import Decimal as D
from math import log1p, sqrt

from hypothesis import given
from hypothesis import strategies as st

from snapshots.risk import sharpe, volatility
from tests.snapshots.pages import day, prose, rounded, worked_table

FIRST = date(2024, 1, 1)


def rates(*values):
    return [(FIRST + timedelta(days=n), D(value)) for n, value in enumerate(values, start=1)]


def test_the_worked_table_comes_out():
    table = [(day(row[0]), D(row[1])) for row in worked_table("risk.md")]
    found = volatility(table, FIRST, table[-1][0])
    longer = volatility(table, FIRST, date(2025, 2, 4))
    text = prose("risk.md")
    assert f"deviation of one day {rounded(found.deviation)}," in text
    assert f"over the period {rounded(found.over_period)}." in text
    assert f"{rounded(longer.annual)} per year" in text
    assert f"is then {rounded(sharpe(D('0.12'), longer.annual, D('0.02')))}." in text
    assert (found.annual, found.count) == (None, 5)


def test_the_figure_of_portfolio_performance_comes_out():
    # RiskTest.testVolatility (EPL-1.0), figures only: over the period, not annualised.
    third = D(-1) / D(300)
    found = volatility(rates("0.005", third, "-0.005", "0.01", "0.01", "-0.005"), FIRST, FIRST)
    assert rounded(found.over_period) == D("0.0177366925")


def test_constant_returns_do_not_scatter():
    found = volatility(rates(*["0.1"] * 20), FIRST, date(2025, 12, 31))
    assert (rounded(found.annual, 60), found.reason) == (0, "")


def test_too_few_returns_and_total_losses_say_so():
    assert volatility(rates("0.1"), FIRST, FIRST).reason == "Fewer than two days have a return."
    lost = volatility(rates("0.1", "-1"), FIRST, FIRST)
    assert (lost.deviation, lost.reason) == (
        None,
        "Everything was lost on a day, which has no logarithm.",
    )


def test_without_risk_or_a_year_there_is_no_sharpe_ratio():
    assert sharpe(D("0.1"), D(0), D(0)) is None
    assert sharpe(D("0.1"), None, D(0)) is None
    assert sharpe(None, D("0.1"), D(0)) is None
    assert sharpe(D("0.01"), D("0.1"), D("0.02")) == D("-0.1")


@given(st.lists(st.decimals("-0.9", "3", places=4), min_size=2, max_size=30))
def test_it_agrees_with_floats(values):
    found = volatility(rates(*values), FIRST, FIRST + timedelta(days=730))
    wanted = statistics.stdev(log1p(float(value)) for value in values)
    assert abs(float(found.deviation) - wanted) < 1e-9
    assert abs(float(found.annual) - wanted * sqrt(len(values) / 2)) < 1e-8
