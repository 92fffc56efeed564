"""What is unknown about rows of the ledger: their amount, their other side, the rate of their day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse

from portfolio.findings import MOST_SHOWN, Finding, Group, Scope
from portfolio.kept import Parts, parts_of, rates_edition
from pricing.currencies import is_money
from transactions.kinds import KIND_LABELS, Kind
from transactions.models import Account

# Part of the key, to be raised with every change of what is kept.
VERSION = 1
GAPS = "gaps"


class Row(NamedTuple):
    """A transaction in which something is missing."""

    pk: int
    day: date
    kind: Kind
    what: str


class Pair(NamedTuple):
    """Days with rows in ``base`` on which no rate into ``quote`` was published yet."""

    base: str
    quote: str
    first: date
    last: date
    days: int


@dataclass(slots=True)
class Gaps:
    """Of one account: how many rows lack something, and the latest of them."""

    amounts: int = 0
    without_amount: list[Row] = field(default_factory=list)
    transfers: int = 0
    unlinked: list[Row] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)


# A row that points to another one without being its leg takes it back: nothing of it is missing.
_STANDS = """
NOT EXISTS (
    SELECT FROM transactions AS back WHERE back.linked_transaction_id = transactions.id
    AND back.id IS DISTINCT FROM transactions.linked_transaction_id
)
"""
# Of rows whose amount says something, as transactions.templatetags.ledger.has_amount has it.
_LACKS_AMOUNT = f"""
total_amount IS NULL AND transaction_type <> '{Kind.SPLIT}'
AND NOT (ticker IS NOT NULL AND transaction_type IN ('{Kind.TRANSFER_OUT}', '{Kind.FEE}'))
AND NOT (transaction_type = '{Kind.TRANSFER_IN}' AND linked_transaction_id IS NOT NULL)
AND {_STANDS}
"""
_IS_UNLINKED = f"""
transaction_type IN ('{Kind.TRANSFER_IN}', '{Kind.TRANSFER_OUT}') AND ticker IS NOT NULL
AND linked_transaction_id IS NULL AND {_STANDS}
"""

_ROWS = f"""
SELECT account_id, lacks_amount, is_unlinked, amounts, transfers, id, trade_date, transaction_type, what
FROM (
    SELECT *, count(*) FILTER (WHERE lacks_amount) OVER of_account AS amounts,
           count(*) FILTER (WHERE is_unlinked) OVER of_account AS transfers,
           row_number() OVER (
               PARTITION BY account_id, lacks_amount, is_unlinked ORDER BY trade_date DESC, id DESC
           ) AS place
    FROM (
        SELECT account_id, id, trade_date, transaction_type, coalesce(ticker, currency) AS what,
               ({_LACKS_AMOUNT}) AS lacks_amount, ({_IS_UNLINKED}) AS is_unlinked
        FROM transactions WHERE account_id = ANY(%s)
    ) AS judged
    WHERE lacks_amount OR is_unlinked
    WINDOW of_account AS (PARTITION BY account_id)
) AS numbered WHERE place <= {MOST_SHOWN}
ORDER BY trade_date DESC, id DESC
"""  # noqa: S608 - our own constants

# Into the account's currency and into the one that pages are read in. Rates are carried forward, so that
# only days before the first one lack any; a row's own rate is one into the account's currency.
_PAIRS = """
WITH first AS (
    SELECT currency, min(date) AS day FROM exchange_rates GROUP BY currency
    UNION ALL SELECT 'EUR', '-infinity'
), told AS (
    SELECT account_id, currency AS base, trade_date, bool_and(coalesce(fx_rate, 1) <> 1) AS has_own
    FROM transactions
    WHERE account_id = ANY(%(accounts)s) AND (total_amount IS NOT NULL OR tax <> 0 OR fee <> 0)
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT account_id, fee_currency, trade_date, false FROM transactions
    WHERE account_id = ANY(%(accounts)s) AND fee <> 0 AND fee_currency NOT IN ('', currency)
    GROUP BY 1, 2, 3
)
SELECT account_id, base, quote, min(trade_date), max(trade_date), count(DISTINCT trade_date)
FROM told JOIN accounts AS a ON a.id = account_id
CROSS JOIN LATERAL (SELECT a.currency UNION SELECT %(currency)s) AS wanted (quote)
LEFT JOIN first AS of_base ON of_base.currency = base
LEFT JOIN first AS of_quote ON of_quote.currency = quote
WHERE base <> quote AND NOT (has_own AND quote = a.currency)
  AND (of_base.day IS NULL OR of_quote.day IS NULL
       OR greatest(of_base.day, of_quote.day) > trade_date)
GROUP BY 1, 2, 3 ORDER BY 2, 3
"""


def ledger(scope: Scope) -> list[Group]:
    """Kept until the ledger or an exchange rate changes."""

    def anew(absent: Sequence[Account]) -> dict[int, Parts]:
        return {pk: {GAPS: gaps} for pk, gaps in _gaps(absent, scope.currency).items()}

    edition = f"gaps:{VERSION}:{scope.currency}:{rates_edition()}"
    parts = parts_of(scope.accounts, edition, (GAPS,), anew)
    found = [(account, part[GAPS]) for account, part in zip(scope.accounts, parts, strict=True)]
    return [_amounts(found), _transfers(found), _rates(found)]


def _gaps(accounts: Sequence[Account], currency: str) -> Mapping[int, Gaps]:
    gaps = {account.pk: Gaps() for account in accounts}
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [list(gaps)])
        for account, lacks_amount, is_unlinked, amounts, transfers, *row in cursor.fetchall():
            found, shown = gaps[account], _row(*row)
            found.amounts, found.transfers = amounts, transfers
            if lacks_amount:
                found.without_amount.append(shown)
            if is_unlinked:
                found.unlinked.append(shown)
        cursor.execute(_PAIRS, {"accounts": list(gaps), "currency": currency})
        for account, *pair in cursor.fetchall():
            gaps[account].pairs.append(Pair._make(pair))
    return gaps


def _row(pk: int, day: date, kind: str, what: str) -> Row:
    return Row(pk, day, Kind(kind), what)


Found = Sequence[tuple[Account, Gaps]]


def _amounts(found: Found) -> Group:
    return Group(
        "amounts",
        "Transactions of unknown amount",
        "Every transaction has its amount",
        "They are missing from every sum.",
        sum(gaps.amounts for _, gaps in found),
        _latest(
            [
                (row.day, _finding(account, row, "Enter it", "transactions:transaction-edit"))
                for account, gaps in found
                for row in gaps.without_amount
            ]
        ),
    )


def _transfers(found: Found) -> Group:
    return Group(
        "transfers",
        "Transfers that are not linked",
        "Every transfer is linked to its other side",
        "If the other side is in one of your accounts, link them: lots then keep their date and cost.",
        sum(gaps.transfers for _, gaps in found),
        _latest(
            [
                (row.day, _finding(account, row, "Link it", "transactions:transaction-link"))
                for account, gaps in found
                for row in gaps.unlinked
            ]
        ),
    )


def _latest(dated: list[tuple[date, Finding]]) -> list[Finding]:
    newest = sorted(dated, key=lambda pair: pair[0], reverse=True)
    return [finding for _, finding in newest[:MOST_SHOWN]]


def _finding(account: Account, row: Row, fix: str, view: str) -> Finding:
    sentence = f"{KIND_LABELS[row.kind]} on {row.day:%-d %b %Y}"
    return Finding(row.what, account.name, sentence, fix, reverse(view, args=[row.pk]))


def _rates(found: Found) -> Group:
    by_pair: defaultdict[tuple[str, str], list[tuple[Account, Pair]]] = defaultdict(list)
    for account, gaps in found:
        for pair in gaps.pairs:
            by_pair[pair.base, pair.quote].append((account, pair))
    return Group(
        "rates",
        "Missing exchange rates",
        "There is an exchange rate for the day of every row",
        "What they would convert is unknown. The page of rates has those of the European Central Bank"
        " fetched; coins have none, so enter amounts in money.",
        len(by_pair),
        [_missing(several) for several in list(by_pair.values())[:MOST_SHOWN]],
    )


def _missing(several: Sequence[tuple[Account, Pair]]) -> Finding:
    account, pair = several[0]
    first = min(found.first for _, found in several)
    last = max(found.last for _, found in several)
    days = sum(found.days for _, found in several)
    span = f"on {first:%-d %b %Y}" if first == last else f"{first:%-d %b %Y} to {last:%-d %b %Y}"
    chosen: dict[str, Any] = {"since": first.isoformat(), "until": last.isoformat()}
    if len(several) == 1:
        chosen["account"] = account.pk
    rows = f"{reverse('transactions:transactions')}?{urlencode(chosen)}"
    is_published = is_money(pair.base) and is_money(pair.quote)
    return Finding(
        f"{pair.base} to {pair.quote}",
        ", ".join(found.name for found, _ in several),
        f"No rate for {days} day{'s' if days != 1 else ''} with rows, {span}.",
        "Fetch the rates" if is_published else "See the rows",
        reverse("pricing:rates") if is_published else rows,
    )
