"""How the portfolio did over time: one row per account and day, derived from ledger and prices."""

from django.db import models

from transactions.models import Account


class PortfolioSnapshot(models.Model):
    account = models.ForeignKey(Account, models.CASCADE, related_name="snapshots", db_index=False)
    snapshot_date = models.DateField()
    total_value = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    cash_balance = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    positions_json = models.JSONField(default=list)
    net_flow = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    # False when a price, rate or cost of the day was unknown; positions_json says which.
    is_complete = models.BooleanField(default=True)
    # The ledger changed on or before this day since the row was computed.
    is_stale = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "portfolio_snapshots"
        constraints = (
            # Serves the value of one account over a range of days.
            models.UniqueConstraint(
                fields=("account", "snapshot_date"), name="uix_portfolio_snapshots"
            ),
        )

    def __str__(self) -> str:
        return f"{self.snapshot_date} {self.total_value}"
