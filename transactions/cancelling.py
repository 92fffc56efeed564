"""Joins what a broker took back, a trade or a corporate action, with the row that does so."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import chain
from typing import NamedTuple

from django.db import connection
from django.db.models import Q

from transactions.cancellations import CANCELS, PATTERN
from transactions.models import Account, Transaction

# A trade that is cancelled without its id being known was made so many days before at most; what the text
# of a corporate action tells may be older.
CANCELLATION_DAYS = 31
REVERSAL_DAYS = 366


class _Choice(NamedTuple):
    """A row that a cancellation may mean; ``joined`` is the one that it is linked with."""

    cancellation: int
    cancelled: int
    joined: int | None
    ticker: str
    day: date


def link_cancelled(account: Account) -> dict[str, date]:
    """Link the account's cancellations with what they take back, the best fitting first.

    All of them are looked at, because what fits best follows from all rows and not from which file
    came first. Returns the first changed day per ticker.
    """
    trades, actions = _choices(account, _TRADES), _choices(account, _ACTIONS)
    of_trades, of_actions = _wanted(trades), _wanted(actions)
    changed = [one for one in trades if of_trades.get(one.cancellation) != one.joined]
    _join_anew({one.cancellation: of_trades.get(one.cancellation) for one in changed})
    moved = [one for one in actions if of_actions.get(one.cancellation) != one.joined]
    _point_anew({one.cancellation: of_actions.get(one.cancellation) for one in moved})
    days: dict[str, date] = {}
    for one in chain(changed, moved):
        days[one.ticker] = min(days.get(one.ticker, one.day), one.day)
    return days


def _choices(account: Account, query: str) -> list[_Choice]:
    parameters: dict[str, int | str] = {
        "account": account.pk,
        "word": f"%{CANCELS}%",
        "pattern": PATTERN,
        "days": CANCELLATION_DAYS,
        "days_of_text": REVERSAL_DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return [_Choice(*row) for row in cursor.fetchall()]


def _wanted(choices: Sequence[_Choice]) -> dict[int, int]:
    """What each cancellation takes back; of the best choices for both sides the first counts."""
    wanted: dict[int, int] = {}
    taken: set[int] = set()
    for one in choices:
        if one.cancellation not in wanted and one.cancelled not in taken:
            wanted[one.cancellation] = one.cancelled
            taken.add(one.cancelled)
    return wanted


# Named before found by its figures, then with the costs turned around; of equal trades the last. The
# index needs LIKE; the pattern leaves out ids that have the word within another one.
_TRADES = """
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
# Without an id, what was booked first is taken back first: what is booked anew tells the same.
_ACTIONS = """
SELECT c.id, o.id, c.linked_transaction_id, c.ticker, least(c.trade_date, o.trade_date)
FROM transactions AS c
CROSS JOIN LATERAL (
    SELECT substring(c.external_id from '(?:^| )cancels (.+)$') AS booking
) AS named
JOIN transactions AS o
  ON o.account_id = c.account_id AND o.ticker = c.ticker AND o.currency = c.currency
 AND o.external_id !~ %(pattern)s
 AND CASE c.transaction_type
     WHEN 'SPLIT' THEN o.transaction_type = 'SPLIT' AND o.quantity = -c.quantity
     WHEN 'RETURN_OF_CAPITAL'
     THEN o.transaction_type = 'RETURN_OF_CAPITAL' AND o.total_amount = -c.total_amount
     WHEN 'TRANSFER_IN' THEN o.transaction_type = 'TRANSFER_OUT' AND o.quantity = c.quantity
     ELSE o.transaction_type = 'TRANSFER_IN' AND o.quantity = c.quantity END
WHERE c.account_id = %(account)s AND c.external_id LIKE %(word)s
  AND c.external_id ~ %(pattern)s
  AND c.transaction_type IN ('SPLIT', 'RETURN_OF_CAPITAL', 'TRANSFER_IN', 'TRANSFER_OUT')
  AND (o.external_id = named.booking
       OR (o.trade_date BETWEEN c.trade_date - %(days)s AND c.trade_date)
       OR (o.trade_date BETWEEN c.trade_date - %(days_of_text)s AND c.trade_date
           AND o.raw_description = c.raw_description))
ORDER BY o.external_id = named.booking DESC NULLS LAST, o.raw_description = c.raw_description DESC,
         c.transaction_date, c.sequence, c.external_id,
         o.transaction_date, o.sequence, o.external_id, c.id, o.id
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


def _point_anew(links: Mapping[int, int | None]) -> None:
    """Let reversals point to what they take back, which keeps the link to its own other leg."""
    if not links:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE transactions SET linked_transaction_id = link.other
            FROM unnest(%s::bigint[], %s::bigint[]) AS link (one, other) WHERE id = link.one
            """,
            [list(links), list(links.values())],
        )
