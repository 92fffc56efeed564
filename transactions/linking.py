"""Joins the legs of one event: a swap, a currency conversion, a transfer between own accounts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import connection

from transactions.kinds import Kind
from transactions.matching import Place, Row, place_of
from transactions.models import Account, Import, Transaction

# A transfer between brokers is booked out days before it is booked in.
TRANSFER_DAYS = 7
GIVING = frozenset({Kind.SELL, Kind.TRANSFER_OUT, Kind.WITHDRAWAL})
TAKING = frozenset({Kind.BUY, Kind.TRANSFER_IN, Kind.DEPOSIT})


def link_groups(record: Import, rows: Sequence[Row]) -> int:
    """Link the legs that a file marked as one event; returns how many pairs."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.group:
            groups[row.group].append(row)
    pairs: list[tuple[Place, Place]] = []
    for legs in groups.values():
        out = [leg for leg in legs if leg.kind in GIVING]
        into = [leg for leg in legs if leg.kind in TAKING]
        # Of dust swept into one coin only the first leg can name its partner; the rest stay plain.
        pairs += [(place_of(one), place_of(other)) for one, other in zip(out, into, strict=False)]
    if pairs:
        _write_links(record, pairs)
    return len(pairs)


def _write_links(record: Import, pairs: Sequence[tuple[Place, Place]]) -> None:
    both = [*pairs, *((into, out) for out, into in pairs)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE transactions AS leg SET linked_transaction_id = other.id
            FROM unnest(%s::date[], %s::int[], %s::date[], %s::int[])
                 AS pair (day, place, other_day, other_place), transactions AS other
            WHERE leg.import_id = %s AND leg.trade_date = day AND leg.sequence = place
              AND other.import_id = %s
              AND other.trade_date = other_day AND other.sequence = other_place
            """,
            [
                [one[0] for one, _ in both],
                [one[1] for one, _ in both],
                [two[0] for _, two in both],
                [two[1] for _, two in both],
                record.pk,
                record.pk,
            ],
        )


def link_between_accounts(
    account: Account, record: Import
) -> dict[Account, dict[str | None, date]]:
    """Link this import's transfers of units to their other leg in the owner's other accounts.

    Only where it is unmistakable: same instrument and quantity, opposite direction, at most a week
    apart, and each leg the only candidate of the other. Returns the first changed day per account
    and ticker on the other side, whose lots change by it.
    """
    others = {other.pk: other for other in Account.objects.filter(owner=account.owner_id)}
    del others[account.pk]
    changes: dict[Account, dict[str | None, date]] = defaultdict(dict)
    if not others:
        return changes
    with connection.cursor() as cursor:
        cursor.execute(
            _LINK_ACROSS,
            {"import": record.pk, "others": list(others), "days": TRANSFER_DAYS},
        )
        for pk, ticker, day in cursor.fetchall():
            days = changes[others[pk]]
            days[ticker] = min(days.get(ticker, day), day)
    return changes


_LINK_ACROSS = """
WITH pairs AS (
    SELECT leg.id AS leg_id, other.id AS other_id,
           count(*) OVER (PARTITION BY leg.id) AS choices,
           count(*) OVER (PARTITION BY other.id) AS rivals
    FROM transactions AS leg
    JOIN transactions AS other
      ON other.ticker = leg.ticker AND other.quantity = leg.quantity
     AND other.account_id = ANY(%(others)s) AND other.linked_transaction_id IS NULL
     AND other.transaction_date BETWEEN leg.transaction_date - make_interval(days => %(days)s)
                                    AND leg.transaction_date + make_interval(days => %(days)s)
     AND other.transaction_type = CASE leg.transaction_type
         WHEN 'TRANSFER_IN' THEN 'TRANSFER_OUT' ELSE 'TRANSFER_IN' END
    WHERE leg.import_id = %(import)s AND leg.linked_transaction_id IS NULL
      AND leg.transaction_type IN ('TRANSFER_IN', 'TRANSFER_OUT')
), sure AS (
    SELECT leg_id, other_id FROM pairs WHERE choices = 1 AND rivals = 1
), both_ways AS (
    SELECT leg_id AS one, other_id AS two FROM sure
    UNION ALL SELECT other_id, leg_id FROM sure
), linked AS (
    UPDATE transactions SET linked_transaction_id = both_ways.two
    FROM both_ways WHERE transactions.id = both_ways.one
)
SELECT other.account_id, other.ticker, other.trade_date
FROM sure JOIN transactions AS other ON other.id = sure.other_id
"""


def candidates(leg: Transaction) -> list[Transaction]:
    """Unlinked transfers in other accounts of the same owner that could be the other leg."""
    opposite = Kind.TRANSFER_IN if leg.kind is Kind.TRANSFER_OUT else Kind.TRANSFER_OUT
    window = timedelta(days=TRANSFER_DAYS)
    return list(
        Transaction.objects.filter(
            account__owner=leg.account.owner_id,
            transaction_type=opposite,
            instrument__ticker=leg.instrument_id,
            quantity=leg.quantity,
            trade_date__range=(leg.trade_date - window, leg.trade_date + window),
            linked_transaction__isnull=True,
        )
        .exclude(account=leg.account_id)
        .select_related("account")
        .order_by("trade_date", "pk")
    )


def join(one: Transaction, other: Transaction) -> None:
    """Make two stored rows each other's leg. Raises ValidationError when they cannot be."""
    is_pair = (one.kind in GIVING and other.kind in TAKING) or (
        one.kind in TAKING and other.kind in GIVING
    )
    if one.account.owner_id != other.account.owner_id or not is_pair:
        raise ValidationError("Only an outgoing and an incoming row of your own can be linked.")
    if one.linked_transaction_id or other.linked_transaction_id:
        raise ValidationError("One of the two is linked already; unlink it first.")
    one.linked_transaction, other.linked_transaction = other, one
    one.save(update_fields=["linked_transaction"])
    other.save(update_fields=["linked_transaction"])
