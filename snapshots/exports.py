"""The daily snapshots as a table to export; what is unknown is empty."""

from __future__ import annotations

from collections.abc import Iterator

from snapshots.models import PortfolioSnapshot
from transactions.downloads import Table
from transactions.exports import CHUNK, Export, Scope, register

COLUMNS = (
    *("account", "date", "total_value", "cash_balance", "inflow", "outflow", "moved_in"),
    *("moved_out", "net_flow", "currency", "is_complete", "is_stale"),
)


def snapshots_table(scope: Scope) -> Table:
    return Table("snapshots", COLUMNS, _snapshots(scope))


def _snapshots(scope: Scope) -> Iterator[tuple[object, ...]]:
    found = PortfolioSnapshot.objects.filter(account__in=[one.pk for one in scope.accounts])
    if scope.on is not None:
        found = found.filter(snapshot_date__lte=scope.on)
    fields = (
        *("account__name", "snapshot_date", "total_value", "cash_balance", "inflow", "outflow"),
        *("moved_in", "moved_out", "net_flow", "account__currency", "is_complete", "is_stale"),
    )
    rows = found.order_by("account__name", "account", "snapshot_date").values_list(*fields)
    yield from rows.iterator(chunk_size=CHUNK)


def offer() -> None:
    register(
        Export(
            "snapshots",
            "Snapshots",
            "What each account was worth at the end of every day, and the money that came and went.",
            snapshots_table,
        )
    )
