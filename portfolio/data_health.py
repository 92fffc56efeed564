"""Everything unknown or contradictory in a user's data, in groups, each with the way to settle it.

A check answers with its groups by one bounded query, also with those in which nothing was found: they
are what is in order. Upper apps add checks of their own to ``CHECKS`` when they are ready.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, Window
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from portfolio import balance_gaps, ledger_gaps, price_gaps
from portfolio.attention import matters
from portfolio.findings import MOST_SHOWN, Check, Finding, Group, Scope
from portfolio.lots import IssueCode
from portfolio.models import Position
from transactions.models import Import


@dataclass(frozen=True, slots=True)
class IssueText:
    title: str
    calm: str
    about: str


ISSUES = {
    IssueCode.OVERSOLD: IssueText(
        "Sold or moved out without a recorded purchase",
        "Everything that left has its purchase",
        "Their cost and gain are unknown until the purchase is entered or imported.",
    ),
    IssueCode.UNKNOWN_COST: IssueText(
        "Lots of unknown cost",
        "Every lot has a cost",
        "Gains that rest on them are unknown.",
    ),
    IssueCode.UNKNOWN_PROCEEDS: IssueText(
        "Sales of unknown proceeds",
        "Every sale has its proceeds",
        "Their gain is unknown.",
    ),
    IssueCode.UNMATCHED_SPLIT: IssueText(
        "Splits of what is not held",
        "Every split fits what was held",
        "The shares that they multiply are not recorded.",
    ),
    IssueCode.UNMATCHED_TRANSFER: IssueText(
        "Transfers without their other side",
        "Every linked transfer finds its other side",
        "Lots keep date and cost only when both sides are linked.",
    ),
}

_ISSUES = f"""
SELECT id, account_id, name, ticker, currency, found, code, message, transaction FROM (
    SELECT p.id, p.account_id, a.name, p.ticker, p.currency, issue ->> 'code' AS code,
           issue ->> 'message' AS message, (issue ->> 'transaction')::bigint AS transaction,
           count(*) OVER of_code AS found,
           row_number() OVER (of_code ORDER BY p.ticker, p.id) AS place
    FROM positions AS p JOIN accounts AS a ON a.id = p.account_id,
         LATERAL jsonb_array_elements(p.issues) AS issue
    WHERE p.account_id = ANY(%s) AND p.issues <> '[]'
    WINDOW of_code AS (PARTITION BY issue ->> 'code')
) AS numbered WHERE place <= {MOST_SHOWN}
ORDER BY ticker, id
"""  # noqa: S608 - our own constants


def issues(scope: Scope) -> list[Group]:
    """The issues of positions, by what is the matter."""
    counts: dict[str, int] = {}
    findings: dict[str, list[Finding]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ISSUES, [[account.pk for account in scope.accounts]])
        for pk, account, name, ticker, currency, found, *issue in cursor.fetchall():
            position = Position(pk=pk, account_id=account, instrument_id=ticker, currency=currency)
            position.issues = [dict(zip(("code", "message", "transaction"), issue, strict=True))]
            code = issue[0]
            (matter,) = matters(position)
            counts[code] = found
            findings.setdefault(code, []).append(
                Finding(ticker, name, matter.sentence, matter.fix, matter.url)
            )
    everything = f"{reverse('portfolio:positions')}?status=all&issues=on"
    return [
        Group(
            code.value,
            text.title,
            text.calm,
            text.about,
            counts.get(code.value, 0),
            findings.get(code.value, []),
            everything,
        )
        for code, text in ISSUES.items()
    ]


def imports(scope: Scope) -> list[Group]:
    """Files of which something was kept out, and files that could not be imported."""
    incomplete = Q(status=Import.Status.IMPORTED) & (
        Q(rejected__gt=0) | Q(conflicts__gt=0) | Q(likely_duplicates__gt=0)
    )
    rows = Import.objects.filter(account__in=scope.accounts).select_related("account")
    rows = rows.defer("content", "rejects", "remarks").annotate(found=Window(Count("pk")))
    partial = list(rows.filter(incomplete)[:MOST_SHOWN])
    failed = list(rows.filter(status=Import.Status.FAILED)[:MOST_SHOWN])
    return [
        Group(
            "imports",
            "Files with rows left out",
            "Every row of every file found its place",
            "Rejected rows, contradictions and likely duplicates are in no figure.",
            partial[0].found if partial else 0,
            [
                Finding(
                    row.file_name, row.account.name, _left_out(row), "Look", row.get_absolute_url()
                )
                for row in partial
            ],
            reverse("transactions:imports"),
        ),
        Group(
            "failed-imports",
            "Files that could not be imported",
            "No import failed",
            "Nothing of them is in any figure.",
            failed[0].found if failed else 0,
            [
                Finding(row.file_name, row.account.name, row.error, "Look", row.get_absolute_url())
                for row in failed
            ],
            reverse("transactions:imports"),
        ),
    ]


def _left_out(record: Import) -> str:
    counts = (
        (record.rejected, "rejected"),
        (record.conflicts, "contradictory"),
        (record.likely_duplicates, "likely duplicates"),
    )
    return f"Rows left out: {', '.join(f'{count} {what}' for count, what in counts if count)}."


def jobs(scope: Scope) -> list[Group]:
    """Work in the background that failed: for administrators, who can read the log of the server."""
    if not scope.user.is_staff:
        return []
    # One that the same job has made up for since is no matter any more; a scheduled one has other times.
    made_up_for = ProcrastinateJob.objects.filter(
        Q(args=OuterRef("args")) | Q(args__has_key="timestamp"),
        task_name=OuterRef("task_name"),
        status="succeeded",
        pk__gt=OuterRef("pk"),
    )
    rows = list(
        ProcrastinateJob.objects.filter(~Exists(made_up_for), status="failed")
        .annotate(found=Window(Count("pk")))
        .order_by("-pk")[:MOST_SHOWN]
    )
    everything = reverse("admin:procrastinate_procrastinatejob_changelist")
    return [
        Group(
            "jobs",
            "Background jobs that failed",
            "No background job failed",
            "The log of the server has the details.",
            rows[0].found if rows else 0,
            [
                Finding(
                    row.task_name.rpartition(".")[2].replace("_", " "),
                    row.queue_name,
                    "Failed" if row.attempts == 1 else f"Failed after {row.attempts} attempts.",
                    "Look",
                    reverse("admin:procrastinate_procrastinatejob_change", args=[row.pk]),
                )
                for row in rows
            ],
            f"{everything}?status__exact=failed",
        )
    ]


CHECKS: list[Check] = [
    issues,
    ledger_gaps.ledger,
    price_gaps.prices,
    price_gaps.quarantined,
    balance_gaps.balances,
    imports,
    jobs,
]


def groups(scope: Scope) -> list[Group]:
    return [group for check in CHECKS for group in check(scope)]
