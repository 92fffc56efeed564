"""Days whose snapshot is stale or incomplete, for the page of everything unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.urls import reverse

from portfolio.data_health import CHECKS
from portfolio.findings import MOST_SHOWN, Finding, Group, Scope
from snapshots.models import PortfolioSnapshot


def snapshots(scope: Scope) -> list[Group]:
    """Per account by one query; a stale day is computed anew by the next job, an incomplete one is not."""
    rows = list(
        PortfolioSnapshot.objects.filter(account__in=scope.accounts)
        .filter(Q(is_stale=True) | Q(is_complete=False))
        .values("account", "account__name")
        .annotate(
            stale=Count("pk", filter=Q(is_stale=True)),
            incomplete=Count("pk", filter=Q(is_stale=False)),
            first=Min("snapshot_date", filter=Q(is_stale=False)),
            last=Max("snapshot_date", filter=Q(is_stale=False)),
            first_stale=Min("snapshot_date", filter=Q(is_stale=True)),
        )
        .order_by("account__name")
    )
    stale = [row for row in rows if row["stale"]]
    incomplete = [row for row in rows if row["incomplete"]]
    return [
        Group(
            "stale-snapshots",
            "Accounts whose past is out of date",
            "The past of every account is up to date",
            "The ledger, a price or a rate changed; the next job computes these days anew.",
            len(stale),
            [
                _finding(row, f"{row['stale']} days from {row['first_stale']:%-d %b %Y} on.")
                for row in stale[:MOST_SHOWN]
            ],
        ),
        Group(
            "incomplete-snapshots",
            "Accounts whose past is incomplete",
            "The past of every account is complete",
            "On these days a price or a rate was unknown, so their value leaves something out.",
            len(incomplete),
            [
                _finding(
                    row,
                    f"{row['incomplete']} days, {row['first']:%-d %b %Y} to {row['last']:%-d %b %Y}.",
                )
                for row in incomplete[:MOST_SHOWN]
            ],
        ),
    ]


def _finding(row: Mapping[str, Any], sentence: str) -> Finding:
    url = f"{reverse('portfolio:positions')}?account={row['account']}&status=all"
    return Finding(row["account__name"], "", sentence, "See what was held", url)


def offer() -> None:
    CHECKS.append(snapshots)
