"""Splits as ledgers tell them, for instruments whose splits nobody else has told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

from django.db import connection

from pricing.splits import Split
from transactions.models import Account

# Of the two sides of one split, a broker may book his some days after the exchange did.
DAYS_APART = timedelta(days=7)

# A split row has the units that it adds; the ratio follows from what was held before its day.
_SPLITS = """
SELECT s.account_id, s.ticker, s.trade_date, sum(s.quantity), (
    SELECT coalesce(sum(CASE WHEN transaction_type IN ('SELL', 'TRANSFER_OUT', 'FEE')
                             THEN -quantity ELSE quantity END), 0)
    FROM transactions AS t
    WHERE t.account_id = s.account_id AND t.ticker = s.ticker AND t.trade_date < s.trade_date
      AND transaction_type IN ('BUY', 'SELL', 'TRANSFER_IN', 'TRANSFER_OUT', 'FEE', 'SPLIT',
                               'STAKING', 'AIRDROP', 'MINING')
)
FROM transactions AS s
WHERE s.account_id = ANY(%s) AND s.transaction_type = 'SPLIT' AND s.trade_date <= %s
GROUP BY s.account_id, s.ticker, s.trade_date
ORDER BY s.trade_date
"""
Key = tuple[int, str]  # account and ticker


def own_splits(accounts: Sequence[Account], until: date) -> dict[Key, list[Split]]:
    """The splits that the rows of each account and ticker make, oldest first."""
    found: dict[Key, list[Split]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SPLITS, [[account.pk for account in accounts], until])
        for account, ticker, day, added, held in cursor:
            # Without units to split the row says nothing about the ratio.
            if held > 0 and held + added > 0:
                ratio = 1 + Fraction(added) / Fraction(held)
                split = Split(day, ratio.numerator, ratio.denominator)
                found.setdefault((account, ticker), []).append(split)
    return found


def splits_for(
    key: Key, published: Mapping[str, Sequence[Split]], own: Mapping[Key, Sequence[Split]]
) -> list[Split]:
    """Published splits, and of the ledger's own those that are none of them."""
    known = list(published.get(key[1], ()))
    days = [split.day for split in known]
    known += [
        split
        for split in own.get(key, ())
        if not any(abs(split.day - day) <= DAYS_APART for day in days)
    ]
    return known
