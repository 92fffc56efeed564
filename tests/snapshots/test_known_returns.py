"""Time-weighted returns, drawdowns and volatility that others checked by hand. Figures only, no code.

Left out, because they rest on another convention: money that leaves before the day begins (older tests and
the manual's first example of Portfolio Performance), annualised quarters (hledger), semi-deviation, the
longest of equal recoveries (QuantConnect), and indices below zero.
"""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from snapshots.drawdown import Drawdown, max_drawdown
from snapshots.returns import Day, annualised, time_weighted
from snapshots.risk import sharpe, volatility

FIRST = date(2024, 1, 1)

# Days as "value", "value+inflow" or "value-outflow", and the return to the digits of the source.
RETURNS = {
    "PP, ClientIndexTest: interest after the first day": ("100 110 110 110", "0.1"),
    "PP: a deposit on the last day": ("100 110 110 210+100", "0.1"),
    "PP: a client without anything": ("0 0 0", "0"),
    "PP, manual: portfolio over two years": ("177.94 160.26 264.57+84 426.82+67", "0.2558"),
    "PP, manual: a share that was bought on the way": ("0 66+66 111.76", "0.6933"),
    "hledger, roi: no growth": ("0 100+100 200+100 200", "0"),
    "hledger: twelve percent": ("0 100+100 112", "0.12"),
    "hledger: one percent a month": (
        "0 100+100 101 102 103 104 105 106 107 108 109 110 111 112",
        "0.12",
    ),
    "hledger: ten percent, half of it invested late": ("0 100+100 200+100 220", "0.1"),
    "hledger: nine tenths lost": ("0 100+100 200+100 20", "-0.9"),
    "hledger: second quarter": ("100 110", "0.1"),
    "hledger: third quarter": ("110 210+100", "0"),
    "hledger: fourth quarter, with a withdrawal": ("210 160-50 155", "-0.03125"),
    "hledger: seven months": ("100 110 210+100 160-50 155", "0.065625"),
    "CFA: two shares, two dividends": ("0 100+100 120-2 240+120 260-4", "0.342"),
    "Investopedia: more money in": ("1000000 1162484 1262484+100000 1192328", "0.0979"),
    "Investopedia: money out": ("1000000 1162484 1062484-100000 1003440", "0.0979"),
    # A vault of its own: a tenth, emptied, later filled again, a tenth.
    "emptied and begun again": ("100 110 0-110 0 50+50 55", "0.21"),
}


def path_of(text):
    return [day_of(place, word) for place, word in enumerate(text.split())]


def day_of(place, word):
    value, _, inflow = word.partition("+")
    value, _, outflow = value.partition("-")
    return Day(FIRST + timedelta(days=place), D(value), D(inflow or 0), D(outflow or 0))


@pytest.mark.parametrize(("path", "rate"), RETURNS.values(), ids=RETURNS)
def test_known_returns_come_out(path, rate):
    found = time_weighted(path_of(path))
    assert found.breaks == ()
    assert round(found.rate, -D(rate).as_tuple().exponent) == D(rate)


def test_the_example_of_cfa_is_told_per_year():
    # FinCal's twrr(ev=c(120, 260), bv=c(100, 240), cfr=c(2, 4))
    rate = time_weighted(path_of(RETURNS["CFA: two shares, two dividends"][0])).rate
    assert round(annualised(rate, date(2021, 1, 1), date(2023, 1, 1)), 7) == D("0.1584472")


def test_hledger_tells_seven_months_as_a_year_and_we_do_not():
    rate = D("0.065625")
    assert annualised(rate, date(2017, 6, 1), date(2017, 12, 31)) is None
    # A part of a year is exactly the power that it reports as 11.45 %.
    assert round((1 + rate) ** (D(365) / D(214)) - 1, 4) == D("0.1145")


def test_interest_without_an_investment_corrupts_no_result_and_is_reported():
    # ClientIndexTest of Portfolio Performance: nothing can have earned it.
    found = time_weighted(path_of("0 1 1 1"))
    assert (found.rate, found.breaks) == (0, ())
    assert "nothing invested to earn it" in found.reason


# The index, the depth, and the places of peak, trough and recovery; "-" is never.
DRAWDOWNS = {
    "PP, RiskTest: always higher": ("1 2 3 4 5 6 7 8 9 10", "0", "- - -"),
    "PP: down to a quarter": ("2 2 0.5 2 2 3 4 5 6 7", "0.75", "1 2 3"),
    "QuantConnect: never recovered": ("100 90 98 99", "0.1", "0 1 -"),
    "QuantConnect: one that only seems to": ("100 99 98 99", "0.02", "0 2 -"),
    "QuantConnect: low, high, low": ("50 100 98 99", "0.02", "1 2 -"),
    "QuantConnect: and recovered": ("50 100 98 99 100", "0.02", "1 2 4"),
    "QuantConnect: three days": ("100 98 99 100", "0.02", "0 1 3"),
    "QuantConnect: flat": ("100 100 100 100", "0", "- - -"),
    "QuantConnect: a single day": ("100", "0", "- - -"),
    "QuantConnect: no day": ("", "0", "- - -"),
    "QuantConnect: smaller peaks on the way": ("100 97 99 97 100", "0.03", "0 1 4"),
    "QuantConnect: through the high before, but less deep": ("100 98 100 101 100 99", "0.02", "0 1 2"),
    "QuantConnect: the second is deeper and lasts": ("100 98 100 101 100 98", "0.0297", "3 5 -"),
    "QuantConnect: equal ones, the first is told": ("100 90 100 90 99 100", "0.1", "0 1 2"),
    "ffn: two that recovered": ("100 90 100 80 100", "0.2", "2 3 4"),
    "ffn: days without a price": ("100 91 113 84", "0.2566", "2 3 -"),
    "ffn: from the first day on": ("1 0.9 0.8 0.95", "0.2", "0 2 -"),
    "empyrical: eight losses": (
        ("1 0.94 0.8742 0.865458 0.78756678 0.7718154444 0.725506517736 0.66746599631712 "
        "0.634092696501264"),
        "0.36590730349873600",
        "0 8 -",
    ),
    "TradeSentinel": ("100 120 80 90 150 140", "0.3333", "1 2 4"),
    "a series of a backtest": ("100 110 105 95 90 100 85 95", "0.2273", "1 6 -"),
    "down and up and further down": ("100 120 80 90 100 70 110 100 90 100", "0.4167", "1 5 -"),
    "all the way down": ("100 90 80 70 60", "0.4", "0 4 -"),
    "all lost": ("1 1.5 0 0", "1", "1 2 -"),
}  # fmt: skip


def place_of(word):
    return None if word == "-" else FIRST + timedelta(days=int(word))


@pytest.mark.parametrize(("index", "depth", "places"), DRAWDOWNS.values(), ids=DRAWDOWNS)
def test_known_drawdowns_come_out(index, depth, places):
    found = max_drawdown(
        (FIRST + timedelta(days=place), D(value)) for place, value in enumerate(index.split())
    )
    rounded = round(found.depth, -D(depth).as_tuple().exponent)
    found = Drawdown(rounded, found.peak, found.trough, found.recovery)
    assert found == Drawdown(D(depth), *map(place_of, places.split()))


def test_the_volatility_of_portfolio_performance_comes_out():
    # RiskTest, "calculated reference values with excel"
    returns = [D("0.005"), D(-1) / D(300), D("-0.005"), D("0.01"), D("0.01"), D("-0.005")]
    dated = [(FIRST + timedelta(days=n + 1), rate) for n, rate in enumerate(returns)]
    found = volatility(dated, FIRST, dated[-1][0])
    assert round(found.over_period, 12) == D("0.017736692475")


def test_returns_that_are_all_the_same_are_no_risk():
    # Twenty returns of a tenth in RiskTest; over a year there is no Sharpe ratio of them.
    dated = [(FIRST + timedelta(days=20 * n + 20), D("0.1")) for n in range(20)]
    found = volatility(dated, FIRST, dated[-1][0])
    assert (found.over_period, found.annual) == (0, 0)
    assert sharpe(D("0.1"), found.annual, D(0)) is None
