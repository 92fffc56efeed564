"""Units that came or left without money that is known, at what they were worth on their days.

They are the flows of ``snapshots.flows`` by instrument: transfers, and trades of unknown amount. Without
them what was transferred in would look like a gain of its price.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from portfolio.own_splits import own_splits, splits_for
from portfolio.rated import FixedRates
from pricing.closes import close_series, splits_of
from pricing.money import EXACT, ONE, to_amount
from snapshots.changes import Row
from snapshots.daily import Point
from snapshots.record import price_points
from transactions.kinds import Kind
from transactions.models import Account

_MOVED = f"""
SELECT account_id, ticker, trade_date,
       sum(CASE WHEN transaction_type IN ('{Kind.BUY}', '{Kind.TRANSFER_IN}')
           THEN quantity ELSE -quantity END)
FROM transactions
WHERE account_id = ANY(%s) AND ticker = ANY(%s) AND trade_date > %s AND trade_date <= %s
  AND quantity IS NOT NULL
  AND (transaction_type IN ('{Kind.TRANSFER_IN}', '{Kind.TRANSFER_OUT}')
       OR transaction_type IN ('{Kind.BUY}', '{Kind.SELL}') AND total_amount IS NULL)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608 - our own constants


class Moved(NamedTuple):
    account: int
    ticker: str
    day: date
    units: Decimal


def moved_units(
    accounts: Sequence[Account],
    rates: FixedRates,
    quoted: Mapping[str, str],
    tickers: Collection[str],
    days: tuple[date, date],
) -> dict[int, list[Row]]:
    """By account one row for each day after the first and instrument.

    What had no price or rate yet is left out. Without tickers nothing is read.
    """
    found: defaultdict[int, list[Row]] = defaultdict(list)
    moved = _moved(accounts, tickers, days) if tickers else []
    if not moved:
        return found
    points = _points(accounts, moved, *days)
    for one in moved:
        point = _last(points[one.account, one.ticker], one.day)
        row = point and _valued(one, point, rates, quoted)
        if row:
            found[one.account].append(row)
    return found


def _moved(
    accounts: Sequence[Account], tickers: Collection[str], days: tuple[date, date]
) -> list[Moved]:
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, [[account.pk for account in accounts], sorted(tickers), *days])
        return [Moved._make(row) for row in cursor]


def _points(
    accounts: Sequence[Account], moved: Sequence[Moved], start: date, end: date
) -> dict[tuple[int, str], list[Point]]:
    tickers = {one.ticker for one in moved}
    published, own = splits_of(tickers), own_splits(accounts, date.max)
    closes = close_series(tickers, start, end)
    return {
        key: price_points(closes[key[1]], splits_for(key, published, own), start, end)
        for key in {(one.account, one.ticker) for one in moved}
    }


def _last(points: Sequence[Point], day: date) -> Point | None:
    place = bisect_right(points, day, key=lambda point: point.day)
    return points[place - 1] if place else None


def _valued(one: Moved, point: Point, rates: FixedRates, quoted: Mapping[str, str]) -> Row | None:
    own = EXACT.multiply(one.units, point.price)
    rate = ONE if point.currency == rates.wanted else rates.on(point.currency, one.day)
    if rate is None:
        return None
    return Row(
        one.ticker,
        invested=to_amount(EXACT.multiply(own, rate)),
        quoted=own if quoted.get(one.ticker, point.currency) == point.currency else None,
        rows=0,
    )
