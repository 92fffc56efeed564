"""Sums over many rows in a wanted currency, each row at the rate of its own day, by the database.

portfolio.gains says what is computed here, and the tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portfolio.gains import UNKNOWN, Gain
from portfolio.ledger_sums import Figure
from portfolio.rated import RATES, ROWS, FixedRates, Table, product, run
from pricing.money import EXACT, ZERO
from transactions.kinds import INCOME, Kind
from transactions.models import Account

# Lots and disposals keep their rates into the account's currency.
_BOUGHT = """CASE WHEN p.currency = %(wanted)s THEN 1
                 WHEN a.currency = %(wanted)s THEN l.account_rate ELSE bought.rate END"""
_CLOSED = """CASE WHEN p.currency = %(wanted)s THEN 1
                 WHEN a.currency = %(wanted)s THEN d.account_rate ELSE closed.rate END"""
_RATES = "unnest(%(currencies)s::text[], %(days)s::date[], %(rates)s::numeric[])"

_COSTS = f"""
SELECT p.id, sum({product("remaining_cost", "fixed.rate")}),
       count(*) FILTER (WHERE remaining_cost * fixed.rate IS NULL)
FROM positions AS p JOIN accounts AS a ON a.id = p.account_id
JOIN lots AS l ON l.position_id = p.id AND l.remaining_quantity > 0
LEFT JOIN {RATES} AS bought (currency, day, rate)
  ON bought.currency = p.currency AND bought.day = (l.purchase_date AT TIME ZONE a.time_zone)::date
CROSS JOIN LATERAL (SELECT {_BOUGHT} AS rate) AS fixed
WHERE a.id = ANY(%(accounts)s) AND p.currency <> %(wanted)s AND p.quantity <> 0
GROUP BY p.id
"""  # noqa: S608 - our own constants

# Units that were sold before they were bought: the lot is the sale, what closes it the purchase.
_DISPOSALS = f"""
positions AS p JOIN accounts AS a ON a.id = p.account_id
JOIN lots AS l ON l.position_id = p.id JOIN disposals AS d ON d.lot_id = l.id
JOIN transactions AS t ON t.id = d.closing_transaction_id
LEFT JOIN {RATES} AS bought (currency, day, rate)
  ON bought.currency = p.currency AND bought.day = (l.purchase_date AT TIME ZONE a.time_zone)::date
LEFT JOIN {RATES} AS closed (currency, day, rate)
  ON closed.currency = p.currency AND closed.day = t.trade_date
CROSS JOIN LATERAL (SELECT {_BOUGHT} AS opening, {_CLOSED} AS closing) AS fixed
CROSS JOIN LATERAL (
    SELECT CASE WHEN l.quantity < 0 THEN opening ELSE closing END AS sold,
           CASE WHEN l.quantity < 0 THEN closing ELSE opening END AS paid
) AS sides
"""
_GAIN = f"{product('proceeds', 'sold')} - {product('d.cost', 'paid')}"

_GAINS = f"""
SELECT p.id, sum({_GAIN}), sum({product("d.cost", "sold")} - {product("d.cost", "paid")}),
       count(*) FILTER (WHERE proceeds * sold - d.cost * paid IS NULL), sum(d.gain)
FROM {_DISPOSALS}
WHERE a.id = ANY(%(accounts)s) AND p.currency <> %(wanted)s
  AND t.transaction_type <> '{Kind.TRANSFER_OUT}'
GROUP BY p.id
"""  # noqa: S608

_REALIZED = f"""
SELECT a.id, coalesce(sum({_GAIN}), 0), count(*) FILTER (WHERE proceeds * sold - d.cost * paid IS NULL)
FROM {_DISPOSALS}
WHERE a.id = ANY(%(accounts)s) AND t.trade_date > %(after)s AND t.trade_date <= %(through)s
  AND t.transaction_type <> '{Kind.TRANSFER_OUT}'
GROUP BY a.id
"""  # noqa: S608

_INCOME = f"""
SELECT sum(amount), count(*) - count(amount)
FROM {ROWS} CROSS JOIN LATERAL (SELECT {product("total_amount", "own.rate")} AS amount) AS one
WHERE a.id = ANY(%(accounts)s) AND t.trade_date <= %(until)s AND t.transaction_type = ANY(%(kinds)s)
"""  # noqa: S608


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

    def realized(self, after: date, through: date) -> Iterator[tuple[int, Figure]]:
        """By account, the gains of the days after ``after`` through ``through``; a transfer realises none."""
        for account, gain, unknown in self._run(_REALIZED, after=after, through=through):
            yield account, Figure(gain, unknown)

    def _run(self, query: str, **more: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - rows of SQL
        return run(query, self.accounts, self.rates.wanted, self.table, **more)
