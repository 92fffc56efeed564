"""Positions follow the exchange rates of their days, inside the transaction that changed the rates.

What a row was worth in another currency is fixed on its day, by its own rate or else by the last one
published until then. Later rates never touch it; but a rate that arrives late, for the day of a row or
one before, fills what was unknown and replaces what an older rate had to stand in for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from operator import itemgetter

from django.db import connection
from django.db.models import F
from django.dispatch import receiver

from portfolio.rebuild import rebuild_positions
from pricing.signals import rates_changed
from transactions.models import Account

# Rows since a changed day that meet one of the changed currencies: in their amount or fee, in their
# position or account, or in those that a transfer came from. Too many do no harm: a rebuild of what has
# not changed gives the same bits.
_RESTING_ON = """
SELECT DISTINCT t.account_id, t.ticker
FROM unnest(%s::text[], %s::date[]) AS changed (currency, day)
CROSS JOIN accounts AS a
JOIN transactions AS t ON t.account_id = a.id AND t.ticker IS NOT NULL
  -- The index knows instants; see portfolio.entries.
  AND t.transaction_date > changed.day - 1 AND t.trade_date >= changed.day
JOIN positions AS p ON p.account_id = a.id AND p.ticker = t.ticker
LEFT JOIN transactions AS sent ON sent.id = t.linked_transaction_id
LEFT JOIN positions AS sp ON sp.account_id = sent.account_id AND sp.ticker = sent.ticker
LEFT JOIN accounts AS sa ON sa.id = sent.account_id
CROSS JOIN LATERAL (
    SELECT coalesce(nullif(t.fee_currency, ''), t.currency) AS payer
) AS charged
CROSS JOIN LATERAL (
    SELECT ARRAY[t.currency, payer, p.currency, a.currency, sp.currency, sa.currency]::text[] AS all
) AS met
WHERE changed.currency = ANY(met.all)
  AND EXISTS (SELECT FROM unnest(met.all) AS one WHERE one <> p.currency)
  -- The row's own rate outranks any published one.
  AND NOT (t.fx_rate IS NOT NULL AND t.fx_rate <> 1 AND t.linked_transaction_id IS NULL
           AND payer IN (t.currency, a.currency) AND p.currency IN (t.currency, a.currency))
ORDER BY account_id, ticker
"""


@receiver(rates_changed, dispatch_uid="portfolio.rates")
def follow_rates(since: Mapping[str, date], **_: object) -> None:
    """Rebuild the positions that a changed rate of their days has a part in.

    Waits for all writers of ledgers: what they write rests on the rates before the change.
    """
    # In the order in which everybody locks the accounts of one owner.
    locked = Account.objects.order_by("owner", "pk").select_for_update(no_key=True)
    accounts = {account.pk: account for account in locked}
    with connection.cursor() as cursor:
        cursor.execute(_RESTING_ON, [list(since), list(since.values())])
        found = cursor.fetchall()
    for pk, rows in groupby(found, key=itemgetter(0)):
        rebuild_positions(accounts[pk], [ticker for _, ticker in rows])
    # Whoever keeps figures by revision must not go on showing the old ones.
    Account.objects.filter(pk__in={pk for pk, _ in found}).update(revision=F("revision") + 1)
