"""Joins a trade with the one that takes it back."""

from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.models import Q

from transactions.cancellations import CANCELS, PATTERN
from transactions.models import Account, Transaction

# A trade that is cancelled without its id being known was made so many days before at most.
CANCELLATION_DAYS = 31


class _Choice(NamedTuple):
    """A trade that a cancellation may mean; ``joined`` is the one that it is linked with."""

    cancellation: int
    trade: int
    joined: int | None
    ticker: str
    day: date


def link_cancelled(account: Account) -> dict[str, date]:
    """Link the account's cancellations with the trades that they take back, the best fitting first.

    All of them are looked at, because what fits best follows from all rows and not from which file
    came first. Returns the first changed day per ticker.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _CANCELLED,
            {
                "account": account.pk,
                "word": f"%{CANCELS}%",
                "pattern": PATTERN,
                "days": CANCELLATION_DAYS,
            },
        )
        choices = [_Choice(*row) for row in cursor.fetchall()]
    wanted: dict[int, int] = {}
    taken: set[int] = set()
    for one in choices:
        if one.cancellation not in wanted and one.trade not in taken:
            wanted[one.cancellation] = one.trade
            taken.add(one.trade)
    changed = [one for one in choices if wanted.get(one.cancellation) != one.joined]
    _join_anew({one.cancellation: wanted.get(one.cancellation) for one in changed})
    days: dict[str, date] = {}
    for one in changed:
        days[one.ticker] = min(days.get(one.ticker, one.day), one.day)
    return days


# Named before found by its figures, then with the costs turned around; of equal trades the last. The
# index needs LIKE; the pattern leaves out ids that have the word within another one.
_CANCELLED = """
SELECT c.id, o.id, c.linked_transaction_id, c.ticker, least(c.trade_date, o.trade_date)
FROM transactions AS c
CROSS JOIN LATERAL (
    SELECT substring(c.external_id from '(?:^| )cancels (.+)$') AS trade
) AS named
JOIN transactions AS o
  ON o.account_id = c.account_id AND o.ticker = c.ticker AND o.quantity = c.quantity
 AND o.currency = c.currency AND o.external_id !~ %(pattern)s
 AND o.transaction_type = CASE c.transaction_type WHEN 'BUY' THEN 'SELL' ELSE 'BUY' END
LEFT JOIN transactions AS joined ON joined.id = o.linked_transaction_id
WHERE c.account_id = %(account)s AND c.external_id LIKE %(word)s
  AND c.external_id ~ %(pattern)s
  AND c.transaction_type IN ('BUY', 'SELL')
  AND (o.linked_transaction_id IS NULL OR joined.external_id ~ %(pattern)s)
  AND (o.external_id = named.trade
       OR (o.trade_date BETWEEN c.trade_date - %(days)s AND c.trade_date
           AND (o.price = c.price OR o.total_amount = c.total_amount)))
ORDER BY o.external_id = named.trade DESC NULLS LAST, o.fee + o.tax = -(c.fee + c.tax) DESC,
         c.transaction_date, c.sequence, c.external_id,
         o.transaction_date DESC, o.sequence DESC, o.external_id, c.id, o.id
"""


def _join_anew(partners: dict[int, int | None]) -> None:
    """Link rows with their partners, and with nothing else."""
    if not partners:
        return
    pairs = [(one, other) for one, other in partners.items() if other is not None]
    pairs += [(other, one) for one, other in pairs]
    freed = [*partners, *(one for one, _ in pairs)]
    Transaction.objects.filter(Q(pk__in=freed) | Q(linked_transaction__in=freed)).update(
        linked_transaction=None
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE transactions SET linked_transaction_id = pair.other
            FROM unnest(%s::bigint[], %s::bigint[]) AS pair (one, other) WHERE id = pair.one
            """,
            [[one for one, _ in pairs], [other for _, other in pairs]],
        )
