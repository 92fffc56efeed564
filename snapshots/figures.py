"""The figures of the performance page, each with its formula and the sum done again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portfolio.ledger_sums import Figure
from pricing.money import EXACT, ONE
from snapshots.performance import Performance
from snapshots.takings import Takings

MOST_TERMS = 12


@dataclass(frozen=True, slots=True)
class Term:
    label: str
    value: Decimal | None
    # How it is written: gain, amount, percent, plain.
    style: str = "gain"
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    label: str
    value: Decimal | None
    style: str
    formula: str
    terms: Sequence[Term] = ()
    # Why there is no value, or what it leaves out.
    note: str = ""
    unknown: int = 0
    # Said beside the figure: that it is for the period, or per year.
    per: str = ""
    # The name of the page that lists the rows of the sum.
    rows: str = ""


def shown(found: Performance, taken: Takings) -> list[Shown]:
    figures = [
        _value(found),
        _gain(found),
        _time_weighted(found),
        _money_weighted(found),
        *_parts(found, taken),
        *_risk(found),
    ]
    return [*figures, *_benchmark(found)]


def _value(found: Performance) -> Shown:
    formula = "Prices times units, and cash where it is tracked, at the end of the last day."
    return Shown("Value", found.days[-1].value, "amount", formula, note=_incomplete(found))


def _incomplete(found: Performance) -> str:
    if not found.series.incomplete:
        return ""
    first, count = found.series.incomplete[0], len(found.series.incomplete)
    days = f"{count} days since {first:%-d %b %Y}"
    return f"{days} leave out something without a price, rate or amount."


def _gain(found: Performance) -> Shown:
    first, last = found.days[0], found.days[-1]
    terms = [
        Term("Value at the end", last.value, "amount", last.day),
        Term("Value at the start", _minus(first.value), "amount", first.day),
        Term("Paid in", _minus(found.inflow), "amount"),
        Term("Paid out", found.outflow, "amount"),
    ]
    formula = "Value at the end − value at the start − paid in + paid out."
    return Shown("Absolute gain", found.gain, "gain", formula, terms)


def _time_weighted(found: Performance) -> Shown:
    chain, note = found.chain, found.chain.reason
    formula = (
        "(End value + paid out) / (start value + paid in) − 1 of each day, chained"
        f" over the {len(chain.rates)} days that have a return."
    )
    terms = [Term("Per year", found.annual, "percent")] if found.is_year else []
    if chain.breaks and chain.index:
        since = chain.index[0].day
        terms = [Term("Since the chain broke", chain.latest, "percent", since)]
    label = "Time-weighted return"
    return Shown(label, chain.rate, "percent", formula, terms, note, per="in the period")


def _money_weighted(found: Performance) -> Shown:
    money = found.money
    value = money.rate if found.is_year else money.over_period
    flows = [day for day in found.days[1:] if day.inflow or day.outflow]
    terms = [Term("Value at the start", _minus(found.days[0].value), "amount", found.start)]
    for day in flows[:MOST_TERMS]:
        net = EXACT.subtract(day.outflow, day.inflow)
        terms.append(Term("Paid out" if net > 0 else "Paid in", net, "amount", day.day))
    if len(flows) > MOST_TERMS:
        terms.append(Term(f"{len(flows) - MOST_TERMS} more days with flows", None, "text"))
    terms.append(Term("Value at the end", found.days[-1].value, "amount", found.end))
    terms += [Term("Solution", rate, "percent") for rate in money.solutions]
    if found.is_year:
        terms.append(Term("In the whole period", money.over_period, "percent"))
    formula = "The yearly rate at which all of these are together worth nothing (XIRR, Act/365)."
    if not found.is_year:
        formula += " Under a year it is told for the period and not per year."
    per = "a year" if found.is_year else "in the period"
    label = "Money-weighted return"
    return Shown(label, value, "percent", formula, terms, money.reason, per=per)


def _parts(found: Performance, taken: Takings) -> list[Shown]:
    return [
        _sum(
            "Realised gains",
            taken.realized,
            "gain",
            "Proceeds − cost of what was sold, each at the rate of its day.",
            rows="portfolio:gains",
        ),
        _unrealized(found, taken),
        _income(taken),
        _fees(taken),
        _sum("Taxes", taken.taxes, "amount", "Withheld from rows, and rows of their own."),
    ]


def _unrealized(found: Performance, taken: Takings) -> Shown:
    terms = [
        Term("Absolute gain", found.gain),
        Term("Realised gains", _minus(taken.realized.amount)),
        Term("Income", _minus(taken.income.amount)),
        Term("Fees outside of trades", taken.fees_apart.amount),
        Term("Taxes outside of purchases", taken.taxes_apart.amount),
    ]
    formula = (
        "By how much they grew: what the other parts leave of the absolute gain,"
        " with the gains of cash in other currencies."
    )
    unrealized = found.unrealized(taken)
    return Shown("Unrealised gains", unrealized, "gain", formula, terms, per="change")


def _income(taken: Takings) -> Shown:
    terms = [
        Term("Dividends", taken.dividends.amount),
        Term("Interest", taken.interest.amount),
        Term("Rewards in kind", taken.in_kind.amount),
    ]
    formula = "Before tax, at the rate of the day it came."
    return _sum("Income", taken.income, "gain", formula, terms, rows="portfolio:income")


def _fees(taken: Takings) -> Shown:
    terms = [
        Term("In cost and proceeds", _difference(taken.fees, taken.fees_apart), "amount"),
        Term("Outside of trades", taken.fees_apart.amount, "amount"),
    ]
    formula = "Of trades, where they are in cost and proceeds, and of their own."
    return _sum("Fees", taken.fees, "amount", formula, terms)


def _sum(
    label: str,
    figure: Figure,
    style: str,
    formula: str,
    terms: Sequence[Term] = (),
    rows: str = "transactions:transactions",
) -> Shown:
    return Shown(label, figure.amount, style, formula, terms, unknown=figure.unknown, rows=rows)


def _risk(found: Performance) -> list[Shown]:
    return [_drawdown(found), _volatility(found), _sharpe(found)]


def _drawdown(found: Performance) -> Shown:
    fall = found.drawdown
    terms = []
    if fall.peak:
        terms = [
            Term("High", None, "day", fall.peak),
            Term("Low", None, "day", fall.trough),
            Term("Recovered" if fall.recovery else "Not recovered yet", None, "day", fall.recovery),
        ]
    depth = _minus(fall.depth) if found.chain.index else None
    formula = "The deepest fall of the time-weighted index below its high so far."
    return Shown("Maximum drawdown", depth, "percent", formula, terms, found.chain.reason)


def _volatility(found: Performance) -> Shown:
    risk = found.volatility
    terms = [
        Term("Of one day", risk.deviation, "plain"),
        Term("Over the period", risk.over_period, "plain"),
    ]
    formula = (
        "Standard deviation of the logarithmic daily returns × √ of their number"
        f" ({risk.count} in the period)."
    )
    value = risk.annual if found.is_year else risk.over_period
    per = "a year" if found.is_year else "in the period"
    return Shown("Volatility", value, "plain", formula, terms, risk.reason, per=per)


def _sharpe(found: Performance) -> Shown:
    terms = [
        Term("Return per year", found.annual, "percent"),
        Term("Risk-free rate", found.asked.risk_free, "plain"),
        Term("Volatility per year", found.volatility.annual, "plain"),
    ]
    formula = "(Return per year − risk-free rate) / volatility per year."
    note = "" if found.is_year else "Not told for less than 365 days."
    return Shown("Sharpe ratio", found.sharpe, "ratio", formula, terms, note)


def _benchmark(found: Performance) -> list[Shown]:
    compared = found.benchmark
    if compared is None:
        return []
    mine, its = found.chain.rate, compared.rate
    ahead = None if mine is None or its is None else EXACT.subtract(mine, its)
    money = compared.money_weighted
    terms = [
        Term("Yours", mine, "percent"),
        Term("Difference", ahead, "percent"),
        Term("Value with the same flows", compared.days[-1].value, "amount", found.end),
        Term("Gain with the same flows", compared.gain),
        Term("Money-weighted", money.rate if found.is_year else money.over_period, "percent"),
    ]
    formula = "The change of its price over the period, in the shown currency, without fees."
    label = f"Benchmark {found.asked.benchmark}"
    return [Shown(label, its, "percent", formula, terms, compared.reason)]


def _minus(value: Decimal | None) -> Decimal | None:
    return None if value is None else EXACT.multiply(value, -ONE)


def _difference(whole: Figure, part: Figure) -> Decimal:
    return EXACT.subtract(whole.amount, part.amount)
