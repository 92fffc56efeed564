"""Joins the legs of one event: a swap, a currency conversion, a transfer between own accounts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import connection

from transactions.kinds import Kind
from transactions.matching import Place, Row, place_of
from transactions.models import Account, Import, Transaction

# A transfer between brokers is booked out days before it is booked in.
TRANSFER_DAYS = 7
GIVING = frozenset({Kind.SELL, Kind.TRANSFER_OUT, Kind.WITHDRAWAL})
TAKING = frozenset({Kind.BUY, Kind.TRANSFER_IN, Kind.DEPOSIT})


class Leg(NamedTuple):
    """A row that a file marked as part of an event, by where it was stored."""

    record: int
    place: Place
    is_giving: bool
    account: Account
    ticker: str | None


Groups = dict[str, list[Leg]]


def link_groups(account: Account, record: Import, rows: Sequence[Row]) -> Groups:
    """Link the legs that a file marked as one event; returns those that have no partner here."""
    groups: Groups = defaultdict(list)
    for row in rows:
        if row.group and row.kind in GIVING | TAKING:
            leg = Leg(record.pk, place_of(row), row.kind in GIVING, account, row.ticker)
            groups[row.group].append(leg)
    pairs: list[tuple[Leg, Leg]] = []
    left: Groups = {}
    for group, legs in groups.items():
        found, rest = _pairs(legs)
        pairs += found
        if rest:
            left[group] = rest
    _write_links(pairs)
    return left


def link_depots(left: Iterable[Groups]) -> dict[Account, dict[str | None, date]]:
    """Link the legs that lie in different depots of one file.

    Returns the first changed day per account and ticker, whose lots change by it.
    """
    groups: Groups = defaultdict(list)
    for found in left:
        for group, legs in found.items():
            groups[group] += legs
    pairs = [pair for legs in groups.values() for pair in _pairs(legs)[0]]
    _write_links(pairs)
    changes: dict[Account, dict[str | None, date]] = defaultdict(dict)
    for leg in chain.from_iterable(pairs):
        days, day = changes[leg.account], leg.place[0]
        days[leg.ticker] = min(days.get(leg.ticker, day), day)
    return changes


def _pairs(legs: Sequence[Leg]) -> tuple[list[tuple[Leg, Leg]], list[Leg]]:
    """Giving legs with taking ones, and the rest.

    Of dust swept into one coin only the first leg can name its partner; the rest stay plain.
    """
    out = [leg for leg in legs if leg.is_giving]
    into = [leg for leg in legs if not leg.is_giving]
    both = min(len(out), len(into))
    return list(zip(out, into, strict=False)), out[both:] + into[both:]


def _write_links(pairs: Sequence[tuple[Leg, Leg]]) -> None:
    if not pairs:
        return
    both = [*pairs, *((into, out) for out, into in pairs)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE transactions AS leg SET linked_transaction_id = other.id
            FROM unnest(%s::bigint[], %s::date[], %s::int[], %s::bigint[], %s::date[], %s::int[])
                 AS pair (record, day, place, other_record, other_day, other_place),
                 transactions AS other
            WHERE leg.import_id = record AND leg.trade_date = day AND leg.sequence = place
              AND other.import_id = other_record
              AND other.trade_date = other_day AND other.sequence = other_place
            """,
            [
                column
                for legs in zip(*both, strict=True)
                for column in (
                    [leg.record for leg in legs],
                    [leg.place[0] for leg in legs],
                    [leg.place[1] for leg in legs],
                )
            ],
        )


def link_between_accounts(
    account: Account, record: Import, rows: Sequence[Row]
) -> dict[Account, dict[str | None, date]]:
    """Link this import's transfers of units to their other leg in the owner's other accounts.

    ``rows`` are those of the import; what the file marked as part of an event is no leg of another.
    Only where it is unmistakable: same instrument and quantity, opposite direction, at most a week
    apart, and each leg the only candidate of the other. Returns the first changed day per account
    and ticker on the other side, whose lots change by it.
    """
    others = {other.pk: other for other in Account.objects.filter(owner=account.owner_id)}
    del others[account.pk]
    changes: dict[Account, dict[str | None, date]] = defaultdict(dict)
    if not others:
        return changes
    marked = [place_of(row) for row in rows if row.group]
    with connection.cursor() as cursor:
        cursor.execute(
            _LINK_ACROSS,
            {
                "import": record.pk,
                "others": list(others),
                "days": TRANSFER_DAYS,
                "marked_days": [day for day, _ in marked],
                "marked_places": [place for _, place in marked],
            },
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
      AND (leg.trade_date, leg.sequence) NOT IN (
          SELECT day, place
          FROM unnest(%(marked_days)s::date[], %(marked_places)s::int[]) AS marked (day, place)
      )
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
