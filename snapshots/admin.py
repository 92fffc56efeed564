"""Daily snapshots, to look at: they are computed from the ledger and the prices."""

from __future__ import annotations

from django.contrib import admin

from pricing.admin import DerivedAdmin, HugeTableAdmin, figure
from snapshots.models import PortfolioSnapshot, StaleMark


@admin.register(PortfolioSnapshot)
class PortfolioSnapshotAdmin(DerivedAdmin, HugeTableAdmin):
    list_display = ("snapshot_date", "account", "value", "cash", "flow", "is_complete", "stale")
    list_filter = ("is_complete", "account")
    list_select_related = ("account",)
    search_fields = ("account__name",)
    date_hierarchy = "snapshot_date"

    @admin.display(description="total value", ordering="total_value")
    def value(self, snapshot: PortfolioSnapshot) -> str:
        return figure(snapshot.total_value, snapshot.account.currency)

    @admin.display(description="cash", ordering="cash_balance")
    def cash(self, snapshot: PortfolioSnapshot) -> str:
        return figure(snapshot.cash_balance, snapshot.account.currency)

    @admin.display(description="net flow", ordering="net_flow")
    def flow(self, snapshot: PortfolioSnapshot) -> str:
        return figure(snapshot.net_flow, snapshot.account.currency)

    @admin.display(description="is stale", ordering="is_stale", boolean=True)
    def stale(self, snapshot: PortfolioSnapshot) -> bool:
        return snapshot.is_stale


@admin.register(StaleMark)
class StaleMarkAdmin(DerivedAdmin):
    list_display = ("account", "since", "created_at")
    list_filter = ("account",)
    list_select_related = ("account",)
    date_hierarchy = "since"
