"""Proves that stored snapshots follow from ledger, prices and rates: record all anew and compare."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Max, Min

from snapshots.models import PortfolioSnapshot, StaleMark
from snapshots.record import record_account
from transactions.models import Account

DIFFERENCES_SHOWN = 20
_FACTS = """
SELECT snapshot_date, total_value, cash_balance, inflow, outflow, moved_in, moved_out, positions_json,
       is_complete
FROM portfolio_snapshots WHERE account_id = %(account)s AND snapshot_date < %(stale)s
"""
_DIFFERENCE = """
SELECT DISTINCT snapshot_date FROM (
    (TABLE stored_snapshots EXCEPT TABLE anew) UNION ALL (TABLE anew EXCEPT TABLE stored_snapshots)
) AS differing ORDER BY 1
"""


def verify(accounts: Iterable[Account]) -> list[str]:
    """Differences between what is stored and a record from the first day; empty when all agrees.

    Changes nothing: the record is rolled back.
    """
    found: list[str] = []
    for account in accounts:
        with transaction.atomic():
            found += [f"{account.name}: {text}" for text in _check(account)]
            transaction.set_rollback(True)
    return found


def _check(account: Account) -> list[str]:
    stored = PortfolioSnapshot.objects.filter(account=account)
    last = stored.aggregate(last=Max("snapshot_date"))["last"]
    if last is None:
        return []
    marks = StaleMark.objects.filter(account=account).aggregate(since=Min("since"))
    facts = {"account": account.pk, "stale": marks["since"] or "infinity"}
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE stored_snapshots ON COMMIT DROP AS {_FACTS}", facts)
    stored._raw_delete(stored.db)
    record_account(account, last)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH anew AS ({_FACTS}) {_DIFFERENCE}", facts)
        days = [day for (day,) in cursor.fetchmany(DIFFERENCES_SHOWN)]
        cursor.execute("DROP TABLE stored_snapshots")
    return [
        f"the snapshot of {day} differs from what ledger, prices and rates give." for day in days
    ]
