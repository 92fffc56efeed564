"""Which price of an instrument holds on a day.

Of several prices of one day the one that a person entered wins, then one from an imported file, then
that of the instrument's provider, then that of a provider it had before. A price in quarantine does
not exist. Days without a price take the last one before; who shows it says how old it is, see
``pricing.staleness``. Before a price meets a quantity it goes through ``price_in_units_of``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date
from decimal import Decimal
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

from django.db import connection

from pricing.models import IMPORTED, MANUAL, PriceHistory
from pricing.models import Split as StoredSplit
from pricing.splits import Split, units


class Close(NamedTuple):
    """A closing price of ``day`` in ``currency``, a major unit, per unit as it was on ``unit_day``.

    That is the day itself, unless the price is adjusted for splits: then the day on which it was
    recorded, because later splits were not known to whoever adjusted it.
    """

    day: date
    price: Decimal
    currency: str
    source: str
    adjusted_for_splits: bool
    unit_day: date


_COLUMNS = """
    date, close_price, price_history.currency, source, adjusted_for_splits,
    CASE WHEN adjusted_for_splits
        THEN (price_history.created_at AT TIME ZONE 'UTC')::date ELSE date END AS unit_day
"""
_RANK = f"""
    CASE source WHEN '{MANUAL}' THEN 0 WHEN '{IMPORTED}' THEN 1 WHEN instruments.provider THEN 2
    ELSE 3 END, source
"""

_LAST = f"""
SELECT instruments.ticker, last.* FROM instruments, LATERAL (
    SELECT {_COLUMNS} FROM price_history
    WHERE price_history.ticker = instruments.ticker AND date <= %s AND quarantine = ''
    ORDER BY price_history.date DESC, {_RANK} LIMIT 1
) AS last
WHERE instruments.ticker = ANY(%s)
"""  # noqa: S608 - our own constants

# Prices of one origin in one text, because a row of its own for each takes several times as long.
_SERIES = f"""
SELECT ticker, currency, source, adjusted_for_splits,
       string_agg(date::text, ',' ORDER BY date),
       string_agg(trim_scale(close_price)::text, ',' ORDER BY date),
       string_agg(unit_day::text, ',' ORDER BY date) FILTER (WHERE adjusted_for_splits)
FROM (
    (SELECT DISTINCT ON (ticker, date) ticker, {_COLUMNS}
     FROM price_history JOIN instruments USING (ticker)
     WHERE ticker = ANY(%s) AND date BETWEEN %s AND %s AND quarantine = ''
     ORDER BY ticker, date, {_RANK})
    UNION ALL
    ({_LAST})
) AS chosen
GROUP BY ticker, currency, source, adjusted_for_splits
"""  # noqa: S608


def closes_on(tickers: Collection[str], on: date) -> dict[str, Close]:
    """The last price on or before a day; a ticker that has none is left out. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [on, sorted(tickers)])
        return {ticker: Close(*rest) for ticker, *rest in cursor.fetchall()}


def close_series(tickers: Collection[str], start: date, end: date) -> dict[str, list[Close]]:
    """One price a day that has one, oldest first, led by the last one before ``start``.

    Every ticker is a key, those without any price with an empty list. One query.
    """
    series: dict[str, list[Close]] = {ticker: [] for ticker in tickers}
    with connection.cursor() as cursor:
        before = date.fromordinal(start.toordinal() - 1)
        cursor.execute(_SERIES, [sorted(tickers), start, end, before, sorted(tickers)])
        for ticker, currency, source, adjusted, days, prices, unit_days in cursor:
            found = series[ticker]
            is_first = not found
            found += _closes(days, prices, unit_days or days, currency, source, adjusted)
            if not is_first:
                found.sort(key=itemgetter(0))
    return series


_day = lru_cache(maxsize=20_000)(date.fromisoformat)


def _closes(
    days: str, prices: str, unit_days: str, currency: str, source: str, adjusted: bool
) -> Iterator[Close]:
    """Without a loop of our own: it runs for every instrument and day."""
    return map(
        Close,
        map(_day, days.split(",")),
        map(Decimal, prices.split(",")),
        repeat(currency),
        repeat(source),
        repeat(adjusted),
        map(_day, unit_days.split(",")),
    )


def close_of(row: PriceHistory) -> Close:
    """One stored price, whether it is in use or in quarantine."""
    recorded = row.created_at.astimezone(UTC).date()
    unit_day = recorded if row.adjusted_for_splits else row.date
    return Close(
        row.date, row.close_price, row.currency, row.source, row.adjusted_for_splits, unit_day
    )


def splits_of(tickers: Collection[str]) -> dict[str, list[Split]]:
    """All known splits, oldest first; every ticker is a key. One query."""
    splits: dict[str, list[Split]] = {ticker: [] for ticker in tickers}
    rows = StoredSplit.objects.filter(instrument__ticker__in=list(splits)).order_by("date")
    columns = ("instrument__ticker", "date", "numerator", "denominator")
    for ticker, day, numerator, denominator in rows.values_list(*columns):
        splits[ticker].append(Split(day, numerator, denominator))
    return splits


def price_in_units_of(close: Close, splits: Iterable[Split], day: date) -> Decimal:
    """What one unit as it was at the end of ``day`` is worth by this price, at 18 decimals.

    Times a quantity held on ``day`` it is a value, whichever units the price came in. Across a split
    the value stays the same. ``splits`` are those of the price's instrument, see ``splits_of``.
    """
    # A price goes against the units: a unit that becomes two was worth twice as much.
    return units(close.price, splits, day, close.unit_day)
