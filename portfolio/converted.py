"""Sums over many rows in a wanted currency, each row at the rate of its own day, by the database.

The rates go along as a table of days, found by the rule of ``FixedRates``, so that one pass over the rows
is enough; portfolio.gains says what is computed here, and the tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection

from portfolio.gains import UNKNOWN, Gain
from portfolio.ledger_sums import Figure
from pricing.conversion import Rates
from pricing.money import EXACT, ONE, ZERO, to_quantity
from transactions.kinds import INCOME
from transactions.models import Account

ONE_DAY = timedelta(days=1)
Table = tuple[list[str], list[date], list[Decimal]]


class FixedRates:
    """What a unit of other currencies was worth in the wanted one on the days of rows."""

    def __init__(self, wanted: str, currencies: Collection[str], start: date, end: date) -> None:
        self.wanted = wanted
        self.currencies = sorted(set(currencies) - {wanted})
        self.start, self.end = start, end

    @cached_property
    def _rates(self) -> Rates:
        return Rates({self.wanted, *self.currencies}, self.start, self.end)

    def on(self, currency: str, day: date) -> Decimal | None:
        """By the last rates published on or before the day, with 18 decimals as lots keep them."""
        rate = self._rates.find(currency, self.wanted, day)
        return None if rate is None else to_quantity(rate.value)

    def of(
        self, account_currency: str, currency: str, account_rate: Decimal | None, day: date
    ) -> Decimal | None:
        """The rate of a row whose rate into its account's currency is fixed."""
        if currency == self.wanted:
            return ONE
        return account_rate if account_currency == self.wanted else self.on(currency, day)

    def table(self) -> Table:
        """Currency, day and rate of every day that has one, as three columns."""
        found = [row for currency in self.currencies for row in self._days(currency)]
        return [row[0] for row in found], [row[1] for row in found], [row[2] for row in found]

    def _days(self, currency: str) -> Iterator[tuple[str, date, Decimal]]:
        day = self.start
        while day <= self.end:
            rate = self.on(currency, day)
            if rate is not None:
                yield currency, day, rate
            day += ONE_DAY


def rounded(product: str) -> str:
    """SQL for pricing.money.to_amount, half-even, where PostgreSQL's round is half away from zero."""
    return (
        f"(round({product}, 8) - CASE WHEN abs({product} * 1e8 %% 1) = 0.5"
        f" AND trunc({product} * 1e8) %% 2 = 0 THEN sign({product}) * 1e-8 ELSE 0 END)"
    )


_BOUGHT = "CASE WHEN a.currency = %(wanted)s THEN l.account_rate ELSE bought.rate END"
_CLOSED = "CASE WHEN a.currency = %(wanted)s THEN d.account_rate ELSE closed.rate END"
_RATES = "unnest(%(currencies)s::text[], %(days)s::date[], %(rates)s::numeric[])"

_COSTS = f"""
SELECT p.id, sum({rounded("remaining_cost * fixed.rate")}),
       count(*) FILTER (WHERE remaining_cost * fixed.rate IS NULL)
FROM positions AS p JOIN accounts AS a ON a.id = p.account_id
JOIN lots AS l ON l.position_id = p.id AND l.remaining_quantity > 0
LEFT JOIN {_RATES} AS bought (currency, day, rate)
  ON bought.currency = p.currency AND bought.day = (l.purchase_date AT TIME ZONE a.time_zone)::date
CROSS JOIN LATERAL (SELECT {_BOUGHT} AS rate) AS fixed
WHERE a.id = ANY(%(accounts)s) AND p.currency <> %(wanted)s AND p.quantity <> 0
GROUP BY p.id
"""  # noqa: S608 - our own constants

# Units that were sold before they were bought: the lot is the sale, what closes it the purchase.
_GAINS = f"""
SELECT p.id, sum({rounded("proceeds * sold")} - {rounded("d.cost * paid")}),
       sum({rounded("d.cost * sold")} - {rounded("d.cost * paid")}),
       count(*) FILTER (WHERE proceeds * sold - d.cost * paid IS NULL), sum(d.gain)
FROM positions AS p JOIN accounts AS a ON a.id = p.account_id
JOIN lots AS l ON l.position_id = p.id JOIN disposals AS d ON d.lot_id = l.id
JOIN transactions AS t ON t.id = d.closing_transaction_id
LEFT JOIN {_RATES} AS bought (currency, day, rate)
  ON bought.currency = p.currency AND bought.day = (l.purchase_date AT TIME ZONE a.time_zone)::date
LEFT JOIN {_RATES} AS closed (currency, day, rate)
  ON closed.currency = p.currency AND closed.day = t.trade_date
CROSS JOIN LATERAL (SELECT {_BOUGHT} AS opening, {_CLOSED} AS closing) AS fixed
CROSS JOIN LATERAL (
    SELECT CASE WHEN l.quantity < 0 THEN opening ELSE closing END AS sold,
           CASE WHEN l.quantity < 0 THEN closing ELSE opening END AS paid
) AS sides
WHERE a.id = ANY(%(accounts)s) AND p.currency <> %(wanted)s
  AND t.transaction_type <> 'TRANSFER_OUT'
GROUP BY p.id
"""  # noqa: S608

# The rate of the row itself comes first, as everywhere.
_INCOME = f"""
SELECT sum(amount), count(*) - count(amount)
FROM transactions AS t JOIN accounts AS a ON a.id = t.account_id
LEFT JOIN {_RATES} AS published (currency, day, rate)
  ON published.currency = t.currency AND published.day = t.trade_date
CROSS JOIN LATERAL (
    SELECT CASE WHEN t.currency = %(wanted)s THEN 1
                WHEN a.currency = %(wanted)s AND fx_rate <> 1 THEN fx_rate
                ELSE published.rate END AS rate
) AS fixed
CROSS JOIN LATERAL (SELECT {rounded("total_amount * fixed.rate")} AS amount) AS one
WHERE a.id = ANY(%(accounts)s) AND t.trade_date <= %(until)s AND t.transaction_type = ANY(%(kinds)s)
"""  # noqa: S608

_SPAN = """
SELECT min(first) - 1, max(last) + 1 FROM unnest(%s::bigint[]) AS account, LATERAL (
    SELECT min(transaction_date)::date AS first, max(transaction_date)::date AS last
    FROM transactions WHERE account_id = account
) AS ledger
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """Runs the sums of some accounts; positions that are in the wanted currency are left out."""

    accounts: Sequence[Account]
    rates: FixedRates
    table: Table

    def costs(self) -> dict[int, Decimal | None]:
        """Cost of the open lots by position."""
        return {pk: None if unknown else cost for pk, cost, unknown in self._run(_COSTS)}

    def gains(self) -> dict[int, tuple[Gain, Decimal | None]]:
        """Realised gain by position, and what it is in the position's own currency."""
        return {
            pk: (
                UNKNOWN if unknown else Gain(total, EXACT.subtract(total, by_rates), by_rates),
                own,
            )
            for pk, total, by_rates, unknown, own in self._run(_GAINS)
        }

    def income(self, until: date) -> Figure:
        """Dividends, interest and income in kind, before tax."""
        ((amount, unknown),) = self._run(
            _INCOME, until=until, kinds=[kind.value for kind in INCOME]
        )
        return Figure(amount or ZERO, unknown)

    def _run(self, query: str, **more: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - rows of SQL
        currencies, days, rates = self.table
        parameters = {
            "accounts": [account.pk for account in self.accounts],
            "wanted": self.rates.wanted,
            "currencies": currencies,
            "days": days,
            "rates": rates,
        }
        with connection.cursor() as cursor:
            cursor.execute(query, parameters | more)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def span(accounts: Sequence[Account]) -> tuple[date, date] | None:
    """The days of the accounts' ledgers in any time zone; None without transactions."""
    with connection.cursor() as cursor:
        cursor.execute(_SPAN, [[account.pk for account in accounts]])
        first, last = cursor.fetchone()
    return None if first is None else (first, last)
