"""The same flows in something else, against docs/algorithms/benchmark.md."""

from datetime import date
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from snapshots.benchmark import same_flows
from snapshots.returns import Day, time_weighted
from tests.snapshots.pages import day, number, worked_table

TABLE = worked_table("benchmark.md")


def days_of(table):
    return [Day(day(row[0]), D(row[1]), D(row[2]), D(row[3])) for row in table]


CLOSES = [
    (date(2023, 12, 29), D(50)),
    *((day(row[0]), D(row[4])) for row in TABLE if row[4]),
]


def test_the_worked_table_comes_out():
    found = same_flows(days_of(TABLE), CLOSES)
    assert [part.value for part in found.days] == [number(row[5]) for row in TABLE]
    assert found.rate == D("-0.04")
    assert found.reason == (
        "On 2024-01-06 more was withdrawn than the benchmark would have been worth."
    )
    assert (found.gain, found.money_weighted.rate) == (None, None)


def test_gain_and_money_weighted_return_rest_on_the_same_flows():
    found = same_flows(days_of(TABLE[:4]), CLOSES)
    assert found.gain == D(1071 - 1000 - 191)
    assert found.money_weighted.rate < 0
    assert [(part.inflow, part.outflow) for part in found.days][-1] == (200, 9)


def test_without_a_price_at_the_start_nothing_is_known():
    found = same_flows(days_of(TABLE), CLOSES[1:])
    assert {part.value for part in found.days} == {None}
    assert (found.rate, found.reason) == (
        None,
        "The benchmark has no price on or before 2024-01-01.",
    )


def test_a_price_of_zero_buys_nothing():
    found = same_flows(days_of(TABLE[:3]), [*CLOSES[:1], (date(2024, 1, 3), D(0))])
    assert [part.value for part in found.days] == [1000, 1000, 1000]


def test_an_unknown_start_is_unknown_throughout():
    found = same_flows([Day(date(2024, 1, 1), None)], CLOSES)
    assert (found.rate, found.reason) == (None, "The value at the start is unknown.")
    assert same_flows([], CLOSES).rate is None


steps = st.lists(
    st.tuples(st.integers(1, 500), st.sampled_from([0, 0, 1, 2, 5])), min_size=1, max_size=30
)


@given(steps)
def test_a_portfolio_of_the_benchmark_alone_has_its_value(found):
    units, path, closes = D(3), [Day(date(2024, 1, 1), D(300))], [(date(2024, 1, 1), D(100))]
    for place, (price, bought) in enumerate(found, start=2):
        when = date.fromordinal(date(2023, 12, 31).toordinal() + place)
        units += bought
        closes.append((when, D(price)))
        path.append(Day(when, units * price, inflow=D(bought * price)))
    benchmark = same_flows(path, closes)
    assert [part.value for part in benchmark.days] == [part.value for part in path]
    assert (time_weighted(benchmark.days).rate, benchmark.reason) == (time_weighted(path).rate, "")
