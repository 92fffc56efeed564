"""What is held because of the ledger: derived, and can be rebuilt bit for bit. And the tokens of programs."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from pricing.models import Instrument
from transactions.models import Account, Transaction


class PositionQuerySet(models.QuerySet["Position"]):
    def owned_by(self, user_id: int) -> PositionQuerySet:
        return self.filter(account__owner=user_id)

    def open(self) -> PositionQuerySet:
        return self.exclude(quantity=0)

    def closed(self) -> PositionQuerySet:
        return self.filter(quantity=0)


class Position(models.Model):
    """One instrument in one account.

    Money is in ``currency``: the one currency of the instrument's transactions in this account, or
    the account's currency when they have several. ``total_cost`` is the cost of the open lots, and
    None when the cost of one of them is unknown; ``realized_pl`` likewise. What a position is worth
    depends on the day and the currency that somebody asks for: see portfolio.valuation.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="positions", db_index=False)
    instrument = models.ForeignKey(
        Instrument, models.CASCADE, to_field="ticker", db_column="ticker", related_name="positions"
    )
    currency = models.CharField(max_length=12)
    quantity = models.DecimalField(max_digits=38, decimal_places=18)
    avg_cost_basis = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    total_cost = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    realized_pl = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    # Sentences about what is missing or contradictory: [{"code", "message", "transaction"}].
    issues = models.JSONField(default=list)
    # Rows of this day and earlier are in the figures; newer ones only touch the open lots.
    built_through = models.DateField()
    last_updated = models.DateTimeField()

    objects = PositionQuerySet.as_manager()

    class Meta:
        db_table = "positions"
        constraints = (
            models.UniqueConstraint(
                fields=("account", "instrument"), name="uix_positions_account_ticker"
            ),
        )

    def __str__(self) -> str:
        return f"{self.quantity} {self.instrument_id}"

    def get_absolute_url(self) -> str:
        return reverse("portfolio:position", args=[self.pk])


class Lot(models.Model):
    """Units that were acquired together; negative when more was sold than is recorded as bought."""

    position = models.ForeignKey(Position, models.CASCADE, related_name="lots", db_index=False)
    # First in, first out within the position, by purchase date and then by this number.
    sequence = models.IntegerField()
    purchase_date = models.DateTimeField()
    quantity = models.DecimalField(max_digits=38, decimal_places=18)
    remaining_quantity = models.DecimalField(max_digits=38, decimal_places=18)
    purchase_price = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    cost = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    remaining_cost = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    account_rate = models.DecimalField(
        max_digits=38,
        decimal_places=18,
        null=True,
        help_text="Account currency per unit of the position's, fixed on the day of purchase.",
    )
    opening_transaction = models.ForeignKey(Transaction, models.CASCADE, related_name="lots")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "lots"
        ordering = ("purchase_date", "sequence")
        constraints = (
            models.UniqueConstraint(fields=("position", "sequence"), name="uix_lots_sequence"),
            models.CheckConstraint(condition=~Q(quantity=0), name="chk_lots_quantity"),
            # What is left lies between nothing and all of it, on the lot's own side of zero.
            models.CheckConstraint(
                condition=Q(quantity__gt=0, remaining_quantity__gte=0)
                | Q(quantity__lt=0, remaining_quantity__lte=0),
                name="chk_lots_remaining",
            ),
        )
        indexes = (
            # Appending a sale reads the oldest open lots only.
            models.Index(
                fields=("position", "purchase_date", "sequence"),
                condition=~Q(remaining_quantity=0),
                name="idx_lots_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.remaining_quantity} of {self.quantity} from {self.purchase_date:%Y-%m-%d}"


class Disposal(models.Model):
    """A slice of a lot that a transaction closed.

    For a sale, gain = proceeds - cost. A transfer out moves the cost away: proceeds and gain are
    empty. A return of capital beyond the cost has no quantity and is all gain. Empty cost and gain of
    a sale mean that the cost is unknown.
    """

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="disposals")
    closing_transaction = models.ForeignKey(Transaction, models.CASCADE, related_name="disposals")
    quantity = models.DecimalField(max_digits=38, decimal_places=18)
    proceeds = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    cost = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    gain = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    account_rate = models.DecimalField(
        max_digits=38,
        decimal_places=18,
        null=True,
        help_text="Account currency per unit of the position's, fixed on the day of closing.",
    )
    created_at = models.DateTimeField()

    class Meta:
        db_table = "disposals"
        constraints = (
            models.CheckConstraint(condition=Q(quantity__gte=0), name="chk_disposals_quantity"),
        )

    def __str__(self) -> str:
        return f"{self.quantity} on {self.closing_transaction_id}"


class ApiToken(models.Model):
    """Lets a program read what its user may read; see portfolio.tokens. Revoked ones are deleted."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", db_index=False
    )
    name = models.CharField(max_length=80)
    # SHA-256 of the token: whoever reads the table, or a backup of it, cannot use it.
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    # The last day on which it works; None is for ever.
    expires_on = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "api_tokens"
        ordering = ("name",)
        constraints = (
            # Every request with a token looks it up by this.
            models.UniqueConstraint(fields=("digest",), name="uix_api_tokens_digest"),
            # Two of one name could not be told apart when one has to go.
            models.UniqueConstraint(fields=("user", "name"), name="uix_api_tokens_user_name"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        return self.expires_on is not None and self.expires_on < timezone.localdate()
