"""Daily snapshots, to look at: they are computed from the ledger and the prices."""

from __future__ import annotations

from django.contrib import admin

from pricing.admin import DerivedAdmin, HugeTableAdmin, figure
from snapshots.models import PortfolioSnapshot


@admin.register(PortfolioSnapshot)
class PortfolioSnapshotAdmin(DerivedAdmin, HugeTableAdmin):
    list_display = ("snapshot_date", "account", "value", "cash", "is_complete", "is_stale")
    list_filter = ("is_complete", "is_stale", "account")
    list_select_related = ("account",)
    search_fields = ("account__name",)
    date_hierarchy = "snapshot_date"

    @admin.display(description="total value", ordering="total_value")
    def value(self, snapshot: PortfolioSnapshot) -> str:
        return figure(snapshot.total_value, snapshot.account.currency)

    @admin.display(description="cash", ordering="cash_balance")
    def cash(self, snapshot: PortfolioSnapshot) -> str:
        return figure(snapshot.cash_balance, snapshot.account.currency)
