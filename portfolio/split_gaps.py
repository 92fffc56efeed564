"""Published splits of what an account held then, and of which its ledger has no row.

Files of many brokers and trackers leave splits out. The units of the account then stay the old ones, and
meet a price of the new: their value falls, or rises, by the ratio.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import JSONField
from django.db.models.expressions import RawSQL
from django.urls import reverse

from portfolio.findings import MOST_SHOWN, Finding, Group
from portfolio.own_splits import DAYS_APART
from pricing.money import EXACT, ONE, to_quantity
from transactions.kinds import UNIT_SIGN, Kind
from transactions.models import Account

_LEAVING = ", ".join(f"'{kind}'" for kind, sign in UNIT_SIGN.items() if sign < 0)
_MOVING = ", ".join(f"'{kind}'" for kind in UNIT_SIGN)

# A column of the query that reads instruments anyway: pages have no query to spare. An exchange for a new
# number or ticker is how many brokers book a split, and how it arrives here.
_ABSENT = f"""(
SELECT jsonb_agg(jsonb_build_object(
    'account', a.id, 'name', a.name, 'currency', a.currency, 'held', held::text,
    'day', s.date, 'new', s.numerator, 'old', s.denominator
) ORDER BY s.date, a.name)
FROM splits AS s CROSS JOIN accounts AS a CROSS JOIN LATERAL (
    SELECT sum(CASE WHEN transaction_type IN ({_LEAVING}) THEN -quantity ELSE quantity END) AS held
    FROM transactions AS t
    WHERE t.account_id = a.id AND t.ticker = s.ticker AND t.trade_date < s.date
      AND transaction_type IN ({_MOVING})
) AS before
WHERE s.ticker = instruments.ticker AND a.id = ANY(%s) AND s.date <= %s AND held > 0
  AND NOT EXISTS (
    SELECT FROM transactions AS t
    WHERE t.account_id = a.id AND t.ticker = s.ticker
      AND abs(t.trade_date - s.date) <= {DAYS_APART.days}
      AND (transaction_type = '{Kind.SPLIT}' OR (linked_transaction_id IS NOT NULL
           AND transaction_type IN ('{Kind.TRANSFER_IN}', '{Kind.TRANSFER_OUT}')))
  )
)"""  # noqa: S608 - our own constants


def absent_splits(accounts: Sequence[Account], until: date) -> RawSQL:
    """For a query of instruments: what ``split_group`` tells."""
    return RawSQL(  # noqa: S611 - our own constants
        _ABSENT, [[account.pk for account in accounts], until], JSONField(null=True)
    )


def split_group(instruments: Iterable[Mapping[str, Any]]) -> Group:
    """One finding for each ticker, account and split, of instruments with ``absent_splits``."""
    findings = [
        _finding(found["ticker"], one)
        for found in instruments
        for one in found["absent_splits"] or ()
    ]
    return Group(
        "splits",
        "Splits that an account has no row of",
        "Every account has its splits",
        "From that day on their value is wrong by the ratio. Enter the units that came; if the rows before"
        " it are in new units already, delete the split of the instrument.",
        len(findings),
        findings[:MOST_SHOWN],
    )


def _finding(ticker: str, one: dict[str, Any]) -> Finding:
    day, held = date.fromisoformat(one["day"]), Decimal(one["held"])
    ratio = EXACT.divide(Decimal(one["new"]), Decimal(one["old"]))
    added = to_quantity(EXACT.multiply(held, EXACT.subtract(ratio, ONE)))
    known = {
        "account": one["account"],
        "transaction_type": Kind.SPLIT.value,
        "ticker": ticker,
        "date": one["day"],
        "quantity": _plain(added),
        "currency": one["currency"],
    }
    return Finding(
        ticker,
        one["name"],
        f"{one['new']} for {one['old']} on {day:%-d %b %Y}, when it held {_plain(held)}.",
        "Add the split",
        f"{reverse('transactions:transaction-add')}?{urlencode(known)}",
    )


def _plain(value: Decimal) -> str:
    return f"{value.normalize(EXACT):f}"
