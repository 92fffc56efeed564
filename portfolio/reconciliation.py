"""Compare what files and people state of balances with what the ledger adds up to.

A stated balance holds after all rows up to its instant, so both sides are compared at exactly that point
of the ledger, one pass over its rows for all of them. Statements that list everything also tell what was
not held: there, ours is compared with nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Max

from portfolio.kept import Parts, parts_of
from pricing.money import EXACT
from transactions.kinds import CASH_SIGN, MOVES_UNITS, UNIT_SIGN, Kind
from transactions.models import Account, StatedBalance
from transactions.running_balances import agree

# Part of the key, to be raised with every change of what is kept.
VERSION = 2
LINES = "lines"
# What a list does not name is nothing, to the last decimal.
NOT_LISTED = 18
POINTS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Point:
    """One statement. ``pk`` is None where a list did not name the asset; ``source`` is the import.

    A running balance that ``ends_file`` may be of a day that went on after the file was made.
    """

    at: datetime
    stated: Decimal
    ours: Decimal
    decimals: int
    source: int | None
    line: int | None
    pk: int | None
    is_list: bool
    ends_file: bool

    @property
    def difference(self) -> Decimal:
        """Ours minus what is stated."""
        return EXACT.subtract(self.ours, self.stated)

    @property
    def agrees(self) -> bool:
        return agree(self.stated, self.decimals, self.ours)


@dataclass(frozen=True, slots=True)
class Line:
    """All statements about one asset of an account, in the order of time."""

    account: int
    ticker: str
    currency: str
    points: Sequence[Point]

    @property
    def asset(self) -> str:
        return self.ticker or self.currency

    @property
    def latest(self) -> Point:
        return self.points[-1]

    @property
    def agrees(self) -> bool:
        return self.latest.agrees

    @property
    def first_differing(self) -> Point | None:
        """Where the difference of today began; None while the latest statement agrees."""
        found = None
        for point in reversed(self.points):
            if point.agrees:
                break
            found = point
        return found

    @property
    def last_agreeing(self) -> Point | None:
        return next((point for point in reversed(self.points) if point.agrees), None)

    @property
    def is_constant(self) -> bool:
        """Whether ours is off by the same amount all along: something in front is missing."""
        return self.last_agreeing is None and len({point.difference for point in self.points}) == 1

    @property
    def is_single(self) -> bool:
        """Whether one statement is all there is, which does not tell how a difference came about."""
        return len(self.points) == 1

    @property
    def shown(self) -> list[Point]:
        """The latest statements, and those between which the difference began."""
        edges = (self.last_agreeing, self.first_differing)
        kept = {*self.points[-POINTS_SHOWN:], *(point for point in edges if point)}
        return sorted(kept, key=lambda point: point.at, reverse=True)


def _by_kind(signs: Mapping[Kind, int], kinds: Iterable[Kind]) -> str:
    whens = " ".join(f"WHEN '{kind}' THEN {signs[kind]}" for kind in sorted(kinds))
    return f"CASE transaction_type {whens} ELSE 0 END"


# One pass over the rows of the accounts, by the rules of transactions.kinds.cash_effects and UNIT_SIGN. The
# window of a statement includes its peers: all rows of the same instant. What a list does not name is put
# in as a statement of nothing: the rows of ten years times the lists of ten years would be too many.
_POINTS = f"""
WITH rows AS (
    SELECT account_id, transaction_date, transaction_type, ticker, quantity, total_amount, currency,
           fee, fee_currency, tax, ticker IS NOT NULL AND (
               transaction_type IN ('{Kind.TRANSFER_IN}', '{Kind.TRANSFER_OUT}')
               OR transaction_type = '{Kind.FEE}' AND quantity IS NOT NULL) AS units_only
    FROM transactions WHERE account_id = ANY(%(accounts)s)
), moved (account_id, ticker, currency, at, change) AS (
    SELECT account_id, '', currency, transaction_date, CASE WHEN units_only THEN 0
           ELSE coalesce(total_amount, 0) * {_by_kind(CASH_SIGN, CASH_SIGN)} END - tax
    FROM rows
    UNION ALL
    SELECT account_id, '', coalesce(nullif(fee_currency, ''), currency), transaction_date, -fee
    FROM rows WHERE fee <> 0
    UNION ALL
    SELECT account_id, ticker, '', transaction_date,
           quantity * {_by_kind(UNIT_SIGN, (*MOVES_UNITS, Kind.FEE))}
    FROM rows WHERE ticker IS NOT NULL AND quantity IS NOT NULL
), stated AS (
    SELECT account_id, coalesce(ticker, '') AS ticker, currency, at, amount, decimals, import_id,
           source_line, id, is_list, import_id IS NOT NULL AND NOT is_list AND at = max(at)
               FILTER (WHERE NOT is_list) OVER (PARTITION BY account_id, import_id) AS ends_file
    FROM stated_balances WHERE account_id = ANY(%(accounts)s)
), lists AS (
    SELECT DISTINCT account_id, import_id, at, ticker = '' AS of_money FROM stated WHERE is_list
), assets AS (SELECT DISTINCT account_id, ticker, currency FROM moved
), asked AS (
    SELECT account_id, ticker, currency, at, amount, decimals, import_id, source_line, id, is_list,
           ends_file
    FROM stated
    UNION ALL
    SELECT account_id, ticker, currency, l.at, 0, {NOT_LISTED}, l.import_id, NULL, NULL, true,
           false
    FROM lists AS l JOIN assets AS a USING (account_id)
    WHERE l.of_money = (a.ticker = '') AND NOT EXISTS (
        SELECT FROM stated AS s WHERE s.account_id = a.account_id AND s.import_id = l.import_id
           AND s.at = l.at AND s.ticker = a.ticker AND s.currency = a.currency
    )
), walk AS (
    SELECT *, sum(change) OVER (PARTITION BY account_id, ticker, currency ORDER BY at) AS ours
    FROM (
        SELECT account_id, ticker, currency, at, change, NULL::numeric AS amount, NULL::int AS decimals,
               NULL::bigint AS import_id, NULL::int AS source_line, NULL::bigint AS id, false AS is_list,
               false AS ends_file
        FROM moved JOIN (SELECT DISTINCT account_id, ticker, currency FROM asked) AS these
             USING (account_id, ticker, currency)
        UNION ALL
        SELECT account_id, ticker, currency, at, 0, amount, decimals, import_id, source_line, id,
               is_list, ends_file
        FROM asked
    ) AS both_sides
)
SELECT account_id, ticker, currency, at, amount, ours, decimals, import_id, source_line, id, is_list,
       ends_file
FROM walk WHERE amount IS NOT NULL AND (id IS NOT NULL OR ours <> 0)
"""  # noqa: S608 - our own constants


def reconciled(accounts: Sequence[Account]) -> list[Line]:
    """All that is stated about the accounts, by asset; kept until a ledger or a statement changes."""
    stated = StatedBalance.objects.filter(account__in=accounts)
    edition = stated.aggregate(last=Max("pk"), count=Count("pk"))
    if not edition["count"]:
        return []
    what = f"reconciled:{VERSION}:{edition['last']}:{edition['count']}"
    parts = parts_of(accounts, what, (LINES,), _compared)
    tracking = {account.pk for account in accounts if account.tracks_cash}
    lines = [line for part in parts for line in part.get(LINES, ())]
    compared = (line if line.account in tracking else _untracked(line) for line in lines)
    return [line for line in compared if line is not None]


def _untracked(line: Line) -> Line | None:
    """What can be compared where cash is not tracked: a list of all money then names what nobody reads."""
    if line.ticker:
        return line
    points = [point for point in line.points if not point.is_list]
    return replace(line, points=points) if points else None


def _compared(accounts: Sequence[Account]) -> dict[int, Parts]:
    points: defaultdict[tuple[int, str, str], list[Point]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, {"accounts": [account.pk for account in accounts]})
        for account, ticker, currency, *point in cursor.fetchall():
            points[account, ticker, currency].append(Point(*point))
    lines: dict[int, list[Line]] = {account.pk: [] for account in accounts}
    # Money first, then instruments by name.
    for key in sorted(points):
        lines[key[0]].append(Line(*key, _in_time(points[key])))
    return {account: {LINES: found} for account, found in lines.items()}


def _in_time(points: Iterable[Point]) -> list[Point]:
    """One point an instant, the last that was told; rather one that has the whole day behind it.

    Days without times are an instant: a file of half of one must not hide a file of all of it.
    """
    by_rank = sorted(points, key=lambda point: (not point.ends_file, point.pk or 0))
    latest = {point.at: point for point in by_rank}
    return [latest[at] for at in sorted(latest)]
