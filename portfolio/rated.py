"""Rows of ledgers with the exchange rates of their own days, for the database to add up.

The rates go along as a table of days, found by the rule of ``FixedRates``, so that one pass over the rows
is enough.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection

from portfolio.ledger_sums import groups_of
from pricing.conversion import Rates
from pricing.money import ONE
from transactions.kinds import Kind
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
        """By the last rates published on or before the day."""
        rate = self._rates.find(currency, self.wanted, day)
        return None if rate is None else rate.value

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
        f"(round({product}, 8)"
        f" - CASE WHEN abs({product}) * 1e8 %% 2 = 0.5 THEN sign({product}) * 1e-8 ELSE 0 END)"
    )


def product(amount: str, rate: str) -> str:
    """SQL for portfolio.gains.product. Most rows need no other rate than 1, and rounding takes longest."""
    return f"(CASE WHEN {rate} = 1 THEN {amount} ELSE {rounded(f'{amount} * {rate}')} END)"


RATES = "unnest(%(currencies)s::text[], %(days)s::date[], %(rates)s::numeric[])"

# The rate of the row itself comes first, as everywhere: it is one between the currencies of the row and
# of its account. A rate of exactly 1 between two currencies is a placeholder of the file.
ROWS = f"""
transactions AS t JOIN accounts AS a ON a.id = t.account_id
LEFT JOIN {RATES} AS published (currency, day, rate)
  ON published.currency = t.currency AND published.day = t.trade_date
LEFT JOIN {RATES} AS charged (currency, day, rate)
  ON charged.currency = t.fee_currency AND charged.day = t.trade_date
CROSS JOIN LATERAL (
    SELECT coalesce(nullif(t.fee_currency, ''), t.currency) AS payer,
           CASE WHEN t.currency = %(wanted)s THEN 1
                WHEN a.currency = %(wanted)s AND fx_rate <> 1 THEN fx_rate
                ELSE published.rate END AS rate
) AS own
CROSS JOIN LATERAL (
    SELECT CASE WHEN payer = t.currency THEN own.rate
                WHEN payer = %(wanted)s THEN 1
                WHEN payer = a.currency AND t.currency = %(wanted)s AND fx_rate <> 1
                THEN round(1, 80) / fx_rate
                ELSE charged.rate END AS fee_rate
) AS paid
"""

# With an instrument these move units and no money; see Transaction.cash_effects.
UNITS_ONLY = f"""(ticker IS NOT NULL AND (
    transaction_type IN ('{Kind.TRANSFER_IN}', '{Kind.TRANSFER_OUT}')
    OR transaction_type = '{Kind.FEE}' AND quantity IS NOT NULL))"""

_SPAN = """
SELECT min(first) - 1, max(last) + 1 FROM accounts, LATERAL (
    SELECT min(transaction_date)::date AS first, max(transaction_date)::date AS last
    FROM transactions WHERE account_id = accounts.id
) AS ledger
WHERE owner_id IN (SELECT owner_id FROM accounts WHERE id = ANY(%s))
"""


def span(accounts: Sequence[Account]) -> tuple[date, date] | None:
    """The days of their owners' ledgers in any time zone; None without transactions.

    Of all of their accounts, because lots that were moved keep the day of their purchase in another one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SPAN, [[account.pk for account in accounts]])
        first, last = cursor.fetchone()
    return None if first is None else (first, last)


def ledger_rates(
    accounts: Sequence[Account],
    wanted: str,
    days: tuple[date, date] | None = None,
    others: Collection[str] = (),
) -> FixedRates:
    """The rates of the currencies that rows of the accounts are in, and of others, over some days or all."""
    ledger = groups_of(accounts)
    currencies = {code for group in ledger for code in (group.currency, group.payer)}
    start, end = days or span(accounts) or (date.max, date.min)
    return FixedRates(wanted, currencies | {*others}, start, end)


def run(
    query: str,
    accounts: Sequence[Account],
    wanted: str,
    table: Table,
    **more: Any,  # noqa: ANN401 - parameters of SQL
) -> list[tuple[Any, ...]]:
    currencies, days, rates = table
    parameters = {
        "accounts": [account.pk for account in accounts],
        "wanted": wanted,
        "currencies": currencies,
        "days": days,
        "rates": rates,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, parameters | more)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
