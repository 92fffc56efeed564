"""How the portfolio did over time: one row per account and day, derived from ledger and prices."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from pricing.money import ZERO
from transactions.models import Account


class PortfolioSnapshotQuerySet(models.QuerySet["PortfolioSnapshot"]):
    def owned_by(self, user_id: int) -> PortfolioSnapshotQuerySet:
        return self.filter(account__owner=user_id)


class PortfolioSnapshotManager(models.Manager.from_queryset(PortfolioSnapshotQuerySet)):  # type: ignore[misc]
    """Every snapshot knows whether it is still true: ``is_stale`` reads the marks."""

    def get_queryset(self) -> PortfolioSnapshotQuerySet:
        marks = StaleMark.objects.filter(
            account=OuterRef("account"), since__lte=OuterRef("snapshot_date")
        )
        return super().get_queryset().annotate(is_stale=Exists(marks))  # type: ignore[no-any-return]


class PortfolioSnapshot(models.Model):
    """What an account was worth at the end of a day, and what came and went on it.

    All amounts are in the account's currency. What has no price or rate yet is in none of them:
    ``positions_json`` names it, with a value of null, and the day is not complete.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="snapshots", db_index=False)
    snapshot_date = models.DateField()
    # 48 digits hold the product of the largest quantity and the largest price.
    total_value = models.DecimalField(max_digits=48, decimal_places=8)
    cash_balance = models.DecimalField(
        max_digits=48,
        decimal_places=8,
        null=True,
        help_text="Empty unless the account tracks cash.",
    )
    # [{"ticker", "quantity", "price", "currency", "price_date", "rate", "value"}], numbers as strings.
    positions_json = models.JSONField(default=list)
    inflow = models.DecimalField(max_digits=48, decimal_places=8, default=ZERO)
    outflow = models.DecimalField(max_digits=48, decimal_places=8, default=ZERO)
    # Between accounts of one owner: no flow of all of them together.
    moved_in = models.DecimalField(max_digits=48, decimal_places=8, default=ZERO)
    moved_out = models.DecimalField(max_digits=48, decimal_places=8, default=ZERO)
    net_flow = models.GeneratedField(
        expression=F("inflow") + F("moved_in") - F("outflow") - F("moved_out"),
        output_field=models.DecimalField(max_digits=48, decimal_places=8),
        db_persist=True,
    )
    # False when a price, rate or amount of the day was unknown; positions_json says which.
    is_complete = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    # Whether something that it rests on changed since it was computed; see the manager.
    is_stale: bool

    objects = PortfolioSnapshotManager()

    class Meta:
        db_table = "portfolio_snapshots"
        constraints = (
            # Serves the value of one account over a range of days.
            models.UniqueConstraint(
                fields=("account", "snapshot_date"), name="uix_portfolio_snapshots"
            ),
            # The sign of a flow is in its name.
            models.CheckConstraint(
                condition=Q(inflow__gte=0, outflow__gte=0, moved_in__gte=0, moved_out__gte=0),
                name="chk_portfolio_snapshots_flows",
            ),
        )

    def __str__(self) -> str:
        return f"{self.snapshot_date} {self.total_value}"


class StaleMark(models.Model):
    """The snapshots of an account from this day on rest on what has changed since.

    Marks are only ever added by those who change something, and taken away by the rebuild that read
    them before it read anything else. So neither waits for the other, and a change that comes in the
    middle of a rebuild leaves a mark behind that outlives it.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="stale_marks", db_index=False)
    since = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "stale_marks"
        indexes = (
            # "Is this day of this account stale?", and the first day to rebuild.
            models.Index(fields=("account", "since"), name="idx_stale_marks_account"),
        )

    def __str__(self) -> str:
        return f"{self.account_id} since {self.since}"


class SnapshotBasis(models.Model):
    """What all recorded days of an account rest on, as it was when they were recorded.

    Marks have a first day; these have none: a split that only the ledger tells changes what prices mean
    on the days before it, and tracking cash changes what a flow is. When one differs, all is recorded anew.
    """

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="+")
    tracks_cash = models.BooleanField()
    # By ticker, a list of day, numerator and denominator each.
    own_splits = models.JSONField(default=dict)

    class Meta:
        db_table = "snapshot_bases"

    def __str__(self) -> str:
        return f"{self.account_id}"
