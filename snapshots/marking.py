"""Which days changed: what the ledger, prices and rates announce becomes marks on accounts.

A mark is one inserted row in the database transaction of the change, so that it costs nothing, waits for
nobody, and is never lost. Updating a flag on ten years of snapshots would lock and rewrite them during an
import, and a rebuild that is writing them would make the import wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import connection
from django.dispatch import receiver

from pricing.signals import prices_changed, rates_changed
from snapshots.models import StaleMark
from snapshots.tasks import queue_rebuild
from transactions.models import Account
from transactions.signals import ledger_changed

# Accounts that held the instrument on a changed day or later.
_BY_PRICES = """
INSERT INTO stale_marks (account_id, since, created_at)
SELECT p.account_id, min(changed.day), now()
FROM unnest(%s::text[], %s::date[]) AS changed (ticker, day)
JOIN positions AS p ON p.ticker = changed.ticker
WHERE p.quantity <> 0 OR p.built_through >= changed.day
GROUP BY p.account_id
RETURNING account_id
"""

# A rate between two currencies changes when that of either does.
_BY_RATES = """
WITH used AS (
    SELECT account_id, currency FROM transactions
    UNION SELECT account_id, fee_currency FROM transactions WHERE fee_currency <> ''
    UNION SELECT id, currency FROM accounts
    UNION SELECT p.account_id, last.currency FROM positions AS p, LATERAL (
        SELECT currency FROM price_history WHERE ticker = p.ticker ORDER BY date DESC LIMIT 1
    ) AS last
)
INSERT INTO stale_marks (account_id, since, created_at)
SELECT account_id, min(changed.day), now()
FROM unnest(%s::text[], %s::date[]) AS changed (currency, day) JOIN used USING (currency)
-- An account that knows one currency alone needs no rate.
WHERE (SELECT count(*) FROM used AS mine WHERE mine.account_id = used.account_id) > 1
GROUP BY account_id
RETURNING account_id
"""


@receiver(ledger_changed, dispatch_uid="snapshots.ledger")
def follow_ledger(account: Account, changes: Mapping[str | None, date], **_: object) -> None:
    if changes:
        StaleMark.objects.create(account=account, since=min(changes.values()))
        queue_rebuild(account.pk)


@receiver(prices_changed, dispatch_uid="snapshots.prices")
def follow_prices(since: Mapping[str, date], **_: object) -> None:
    _mark(_BY_PRICES, since)


@receiver(rates_changed, dispatch_uid="snapshots.rates")
def follow_rates(since: Mapping[str, date], **_: object) -> None:
    _mark(_BY_RATES, since)


def _mark(statement: str, since: Mapping[str, date]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(since), list(since.values())])
        marked = cursor.fetchall()
    for (account,) in marked:
        queue_rebuild(account)
