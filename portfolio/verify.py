"""Proves that what is stored follows from the ledger: compute everything anew and compare."""

from collections.abc import Iterable

from django.db import connection, transaction

from portfolio.rebuild import rebuild_account
from transactions.models import Account

DIFFERENCES_SHOWN = 20

# Everything that a rebuild decides, named by what survives it: ids and timestamps do not.
_STORED = {
    "positions": """
        SELECT ticker, currency, quantity, avg_cost_basis, total_cost, realized_pl, issues::text,
               built_through
        FROM positions WHERE account_id = %s""",
    "lots": """
        SELECT ticker, lots.sequence, purchase_date, lots.quantity, remaining_quantity,
               purchase_price, cost, remaining_cost, account_rate, opening_transaction_id
        FROM lots JOIN positions ON positions.id = position_id WHERE account_id = %s""",
    "disposals": """
        SELECT ticker, lots.sequence, closing_transaction_id, disposals.quantity, proceeds,
               disposals.cost, gain, disposals.account_rate
        FROM disposals JOIN lots ON lots.id = lot_id JOIN positions ON positions.id = position_id
        WHERE account_id = %s""",
}

# Sums that hold whatever the lot engine does, told by SQL alone.
_INVARIANTS = {
    "{ticker}: the open lots hold {found}, the position says {expected}.": """
        SELECT ticker, coalesce(sum(remaining_quantity), 0), positions.quantity
        FROM positions LEFT JOIN lots ON position_id = positions.id
        WHERE account_id = %s GROUP BY positions.id
        HAVING coalesce(sum(remaining_quantity), 0) <> positions.quantity""",
    "{ticker}: the transactions move {found}, the position says {expected}.": """
        SELECT ticker, moved, quantity FROM positions JOIN LATERAL (
            SELECT coalesce(sum(CASE transaction_type
                WHEN 'SELL' THEN -t.quantity WHEN 'TRANSFER_OUT' THEN -t.quantity
                WHEN 'FEE' THEN -t.quantity ELSE t.quantity END), 0) AS moved
            FROM transactions AS t
            WHERE t.account_id = positions.account_id AND t.ticker = positions.ticker
              AND transaction_type IN ('BUY', 'SELL', 'TRANSFER_IN', 'TRANSFER_OUT', 'FEE', 'SPLIT',
                                       'STAKING', 'AIRDROP', 'MINING')
        ) AS ledger ON true
        WHERE account_id = %s AND moved <> quantity""",
}


def verify(accounts: Iterable[Account]) -> list[str]:
    """Differences between what is stored and what the transactions say; empty when all agrees.

    Changes nothing: the rebuild is rolled back. Writers of the accounts wait meanwhile.
    """
    found: list[str] = []
    for account in accounts:
        with transaction.atomic():
            Account.objects.lock(account.pk)
            found += [f"{account.name}: {text}" for text in _check(account)]
            transaction.set_rollback(True)
    return found


def _check(account: Account) -> list[str]:
    problems = []
    with connection.cursor() as cursor:
        for sentence, query in _INVARIANTS.items():
            cursor.execute(query, [account.pk])
            problems += [
                sentence.format(ticker=ticker, found=f"{got:f}", expected=f"{expected:f}")
                for ticker, got, expected in cursor.fetchmany(DIFFERENCES_SHOWN)
            ]
        for table, query in _STORED.items():
            cursor.execute(
                f"CREATE TEMPORARY TABLE stored_{table} ON COMMIT DROP AS {query}", [account.pk]
            )
    rebuild_account(account)
    with connection.cursor() as cursor:
        for table, query in _STORED.items():
            cursor.execute(
                f"""
                WITH anew AS ({query})
                SELECT ticker, count(*) FROM (
                    (TABLE stored_{table} EXCEPT ALL TABLE anew)
                    UNION ALL (TABLE anew EXCEPT ALL TABLE stored_{table})
                ) AS difference GROUP BY ticker ORDER BY ticker
                """,  # noqa: S608 - our own constants
                [account.pk],
            )
            problems += [
                f"{ticker}: {count} rows of {table} differ from what the transactions give."
                for ticker, count in cursor.fetchmany(DIFFERENCES_SHOWN)
            ]
    return problems
