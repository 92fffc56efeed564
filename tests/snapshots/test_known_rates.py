"""Money-weighted returns that others checked by hand or against a spreadsheet. Figures only, no code.

Left out, because they rest on another convention: hledger counts the last day as a whole one, finrb business
days, a "golden set of Excel" years of 365.25 days; Portfolio Performance turns short trades round; ExXirr's
long investment has no rate at all.
"""

from datetime import date
from decimal import Decimal as D

import pytest

from snapshots.returns import Day, annualised
from snapshots.xirr import Status, money_weighted, xirr

YEARLY = (
    "-62577.1631095185 42006.41221373999 87791.69808381375 -202389.12795217926 -15880.959303411251 "
    "-35875.15906160025 -260428.00788954477 -78500 292002.444987776 450752.444987776 273750 216250 "
    "115000 105000 150000 150000 100000 50000 37500"
)
# What each source states, to as many digits as it does.
CASES = {
    "Microsoft's page of XIRR": (
        "0.373362535",
        "2008-01-01 -10000, 2008-03-01 2750, 2008-10-30 4250, 2009-02-15 3250, 2009-04-01 2750",
    ),
    "Portfolio Performance, IRRTest: a year less a day": (
        "0.05014075",
        "2010-01-01 -200, 2010-12-31 210",
    ),
    "Portfolio Performance, IRRTest: slow curve": (
        "0.1444",
        ("2002-11-30 -4398, 2007-06-11 200, 2008-05-11 270, 2009-05-01 280, 2010-06-01 280, "
        "2011-05-02 300, 2012-04-30 330, 2012-12-06 14508"),
    ),
    "Portfolio Performance, IRRCalculationTest: dividend and sale before tax": (
        "0.41212878",
        "2015-12-31 -1000, 2016-06-01 150, 2016-12-31 1230",
    ),
    "Portfolio Performance, TradeTest: one purchase": ("0.8", "2024-01-01 -500, 2024-12-31 900"),
    "Portfolio Performance, TradeTest: three purchases, partly sold": (
        "0.7602",
        "2024-01-01 -120, 2024-02-01 -60, 2024-03-01 -30, 2024-12-31 360",
    ),
    "Portfolio Performance, manual: one deposit": ("0.0885", "2021-01-15 -155, 2023-06-12 190.06"),
    "Portfolio Performance, manual: three purchases": (
        "0.1560",
        "2021-01-15 -155, 2022-01-14 -84, 2022-09-30 -67, 2023-06-12 396.85",
    ),
    "Portfolio Performance, manual: with dividend and sale": (
        "0.2028",
        "2021-01-15 -155, 2022-01-14 -84, 2022-09-30 -67, 2023-06-12 426.82",
    ),
    "XirrTest of java-xirr: no growth": ("0", "2010-01-01 -1000, 2011-01-01 1000"),
    "java-xirr: growth": ("0.1", "2010-01-01 -1000, 2011-01-01 1100"),
    "java-xirr: decline": ("-0.1", "2010-01-01 -1000, 2011-01-01 900"),
    "java-xirr: over a hundred percent": ("2", "2010-01-01 -1000, 2011-01-01 3000"),
    "java-xirr: quarterly, in any order": (
        "0.1212676",
        "2010-10-01 -1000, 2011-01-01 4300, 2010-07-01 -1000, 2010-01-01 -1000, 2010-04-01 -1000",
    ),
    "java-xirr: readme": (
        "0.25042347105",
        "2016-01-15 -1000, 2016-02-08 -2500, 2016-04-17 -1000, 2016-08-24 5050",
    ),
    "java-xirr: seventeen years": (
        "0.2126861",
        ("2000-05-24 -10000, 2000-06-05 3027.25, 2001-04-09 630.68, 2004-02-24 2018.2, "
        "2005-03-18 1513.62, 2006-02-15 1765.89, 2007-01-10 4036.33, 2007-11-14 4036.33, "
        "2008-12-17 1513.62, 2010-01-15 1513.62, 2011-01-14 2018.16, 2012-02-03 1513.62, "
        "2013-01-18 1009.08, 2014-01-24 1513.62, 2015-01-30 1513.62, 2016-01-22 1765.89, "
        "2017-01-20 1765.89, 2017-06-05 22421.55"),
    ),
    "java-xirr: issue 5a, a loss within weeks": (
        "-0.7640294",
        ("2001-06-22 -2610, 2001-07-03 -2589, 2001-07-05 -5110, 2001-07-06 -2550, 2001-07-09 -5086, "
        "2001-07-10 -2561, 2001-07-12 -5040, 2001-07-13 -2552, 2001-07-16 -2530, 2001-07-17 29520"),
    ),
    "java-xirr: issue 5b": (
        "-0.8353404",
        ("2001-06-22 -2610, 2001-07-03 -2589, 2001-07-05 -5110, 2001-07-06 -2550, 2001-07-09 -5086, "
        "2001-07-10 -2561, 2001-07-12 -5040, 2001-07-13 -2552, 2001-07-16 -2530, 2001-07-17 -9840, "
        "2001-07-18 38900"),
    ),
    "java-xirr: issue 23": ("0.12", "2010-01-01 -1000, 2011-01-01 -1120, 2012-01-01 2508.8"),
    "java-xirr: issue 23, with a leap day": (
        "0.07017195",
        "2010-01-01 -1000, 2011-01-01 -1120, 2013-01-01 2508.8",
    ),
    "java-xirr: total loss in half a year": ("-1", "2010-01-01 -1000, 2010-07-01 0"),
    "java-xirr: total loss in two years": ("-1", "2010-01-01 -1000, 2012-01-01 0"),
    "ExXirr: gains of a dream": (
        "21.118359",
        "2015-11-01 -800000, 2015-10-01 -2200000, 2015-06-01 1000000",
    ),
    "ExXirr: a bad investment, signs turned round": (
        "-0.034592",
        "1985-01-01 1000, 1990-01-01 -600, 1995-01-01 -200",
    ),
    "ExXirr: several flows a day": (
        "0.610359",
        "2011-12-07 1000, 2011-12-07 2000, 2013-05-21 -2000, 2013-05-21 -4000",
    ),
    "ExXirr: an ordinary investment": (
        "0.225683",
        "1985-01-01 1000, 1990-01-01 -600, 1995-01-01 -6000",
    ),
    "ExXirr: within a year": ("0.123631", "2008-02-05 2750, 2008-07-05 -1000, 2009-01-05 -2000"),
    "marksweston/finance": ("0.024851", "1985-01-01 -1000, 1990-01-01 600, 1995-01-01 600"),
    "finrb: half a century": ("0.11234", "1957-01-01 -1000, 2013-01-01 390000"),
    "xirr-bug of klippero": (
        "-0.7420",
        "2019-09-10 -400, 2020-01-21 -400, 2020-02-24 -400, 2020-03-16 895.24",
    ),
    "rundit: a hundred thousand percent": (
        "1007.80264384",
        ("2005-06-01 -162000, 2005-07-31 505000, 2009-06-01 -116000, 2011-06-01 -116000, "
        "2013-07-31 1825000, 2022-01-15 8000000, 2022-12-16 9000000"),
    ),
    "xirr.js: signs turned round": ("0.397", "2025-01-01 100, 2025-02-02 100, 2025-05-01 -220"),
    "irr of brandon93s: changes of sign year by year": (
        "0.2599",
        ", ".join(f"{2020 + n}-12-31 {amount}" for n, amount in enumerate(YEARLY.split())),
    ),
    "pyxirr: nothing before and after": (
        "0.1757",
        ("2021-12-31 0, 2023-12-31 -100, 2024-12-31 10, 2025-12-31 0, 2026-12-31 10, 2027-12-31 10, "
        "2028-12-31 10, 2029-12-31 200, 2030-12-31 0, 2033-12-31 0"),
    ),
    "pyxirr: nearly all lost, and a payment after it": (
        "-0.9938",
        "2021-06-08 -1000000, 2022-06-29 5000, 2023-06-08 -3, 2023-06-30 0",
    ),
    "CFA, level I: two shares, two dividends": ("0.1386", "2021-01-01 -100, 2022-01-01 -118, 2023-01-01 264"),
    "CFA, level I: one share": ("0.1778", "2021-01-01 -50, 2022-01-01 2, 2023-01-01 67"),
}  # fmt: skip


def flows_of(text):
    return [
        (date.fromisoformat(day), D(amount))
        for day, amount in (flow.split() for flow in text.split(", "))
    ]


@pytest.mark.parametrize(("rate", "flows"), CASES.values(), ids=CASES)
def test_known_rates_come_out(rate, flows):
    found = xirr(flows_of(flows))
    assert (found.status, found.reason) == (Status.SOLVED, "")
    # Excel and its kin stop at about the eighth digit.
    last_digit = D(1).scaleb(D(rate).as_tuple().exponent)
    assert abs(found.rate - D(rate)) <= max(D("0.00000001"), last_digit)


@pytest.mark.parametrize(
    "flows",
    [
        # From ExXirr and java-xirr.
        "2014-04-15 -10000, 2014-04-15 10000, 2014-10-19 500",
        "2010-01-01 -1000, 2010-05-01 -1000, 2010-09-01 -2000",
        "2010-01-01 1000, 2010-05-01 1000, 2010-09-01 0",
        "2010-01-01 -1000, 2010-01-01 -1000, 2010-01-01 2100",
        "2010-01-01 -1000",
    ],
)
def test_what_others_refuse_has_no_rate(flows):
    assert xirr(flows_of(flows)).status is Status.NONE


@pytest.mark.parametrize(
    ("flows", "rates"),
    [
        # The oil pump of Lorie and Savage, and other examples of textbooks.
        ("2021-01-01 -1600, 2022-01-01 10000, 2023-01-01 -10000", ("0.25", "4")),
        ("2021-01-01 -100, 2022-01-01 230, 2023-01-01 -132", ("0.1", "0.2")),
        ("2021-01-01 -1000, 2022-01-01 3600, 2023-01-01 -4310, 2024-01-01 1716", ("0.1", "0.2", "0.3")),
    ],
)  # fmt: skip
def test_examples_of_several_rates_have_no_single_one(flows, rates):
    found = xirr(flows_of(flows))
    assert (found.status, found.rate) == (Status.SEVERAL, None)
    assert [round(rate, 12) for rate in found.solutions] == [D(rate) for rate in rates]


@pytest.mark.parametrize(
    ("flows", "rate"),
    [
        ("2020-01-01 -1000, 2020-12-31 1100, 2021-03-01 -1", "0.0990"),
        ("2020-01-01 -1000, 2020-12-31 900, 2021-03-01 -1", "-0.1010"),
        ("2020-01-01 10, 2020-02-01 -1000, 2020-12-31 1050", "0.0665"),
    ],
    ids=["a fee after all was sold", "after a loss", "a bonus before the first deposit"],
)
def test_a_small_flow_at_the_end_does_not_hide_the_return(flows, rate):
    found = xirr(flows_of(flows))
    assert (found.status, len(found.solutions)) == (Status.SOLVED, 2)
    assert round(found.rate, 4) == D(rate)


def test_the_series_of_portfolio_performance_ends_in_the_rate_of_its_flows():
    # IRRSeriesTest: interest is no flow, and the day before the first deposit is worth nothing.
    days = [
        Day(date(2023, 12, 31), D(0)),
        Day(date(2024, 1, 1), D(10000), inflow=D(10000)),
        Day(date(2024, 3, 1), D(10500)),
        Day(date(2024, 6, 1), D(13000), inflow=D(2500)),
        Day(date(2024, 9, 1), D(13750)),
        Day(date(2024, 10, 1), D(12750), outflow=D(1000)),
        Day(date(2024, 12, 31), D(13350)),
    ]
    plain = "2024-01-01 -10000, 2024-06-01 -2500, 2024-10-01 1000, 2024-12-31 13350"
    assert money_weighted(days).rate == xirr(flows_of(plain)).rate
    # 0 % of a deposit that lies in the account, as the manual says.
    still = [Day(date(2020, 6, 12), D(0)), Day(date(2021, 1, 15), D(155), D(155)),
             Day(date(2023, 6, 12), D(155))]  # fmt: skip
    assert money_weighted(still).rate == 0
    assert annualised(D(0), still[0].day, still[-1].day) == 0
