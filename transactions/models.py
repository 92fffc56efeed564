"""What happened: accounts, the files they were filled from, and every transaction."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse

from pricing.models import Instrument
from pricing.money import ZERO
from transactions.cancellations import CANCELS

# Which has models too; Django looks for them here.
from transactions.kept_files import KeptFile
from transactions.kinds import (
    INCOME,
    INCOME_IN_KIND,
    KIND_LABELS,
    Kind,
    Money,
    cash_effects,
    moves_units_only,
)

UNIT_KINDS = (Kind.BUY, Kind.SELL, Kind.SPLIT, *sorted(INCOME_IN_KIND))
# What was earned, and the taxes that were withheld from it in rows of their own.
EARNED = Q(transaction_type__in=[kind.value for kind in sorted(INCOME)]) | Q(
    transaction_type=Kind.TAX.value, instrument__isnull=False
)


def validate_time_zone(name: str) -> None:
    """Refuse a name that the time zone database does not know."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(
            f"“{name}” is not a time zone; use a name like Europe/Berlin."
        ) from error


class AccountQuerySet(models.QuerySet["Account"]):
    def owned_by(self, user_id: int) -> AccountQuerySet:
        return self.filter(owner=user_id)

    def lock(self, pk: int) -> Account:
        """The account, locked until the transaction ends: writers of one account take turns.

        All accounts of its owner are locked, in one order: a transfer touches two of them, and
        writers that took them one by one could wait for each other for ever.
        """
        owner = self.filter(pk=pk).values("owner")
        # Others may go on referring to them, as a file that is uploaded during an import does.
        locked = self.filter(owner__in=owner).order_by("pk").select_for_update(no_key=True)
        return next(account for account in locked if account.pk == pk)


class Account(models.Model):
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="accounts", db_index=False
    )
    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=12)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    tracks_cash = models.BooleanField(
        default=False,
        help_text="Deposits and withdrawals are recorded, so the cash balance is real.",
    )
    # Grows with every change of the ledger; caches and readers compare it instead of timestamps.
    revision = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "accounts"
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="uix_accounts_owner_name"),
        )

    def __str__(self) -> str:
        return self.name

    def day_of(self, instant: datetime) -> date:
        """The calendar day on which an instant falls for this account."""
        return instant.astimezone(ZoneInfo(self.time_zone)).date()


class Import(KeptFile):
    """One imported file: its bytes, what became of each row, and the rows that it owns."""

    class Status(models.TextChoices):
        PREVIEW = "preview", "Waiting for confirmation"
        QUEUED = "queued", "Waiting for the worker"
        IMPORTED = "imported", "Imported"
        UNDONE = "undone", "Undone"
        FAILED = "failed", "Failed"

    account = models.ForeignKey(Account, models.CASCADE, related_name="imports", db_index=False)
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=40)
    status = models.CharField(max_length=10, choices=Status, default=Status.PREVIEW)
    rows = models.IntegerField(default=0)
    imported = models.IntegerField(default=0)
    duplicates = models.IntegerField(default=0)
    likely_duplicates = models.IntegerField(default=0)
    conflicts = models.IntegerField(default=0)
    ignored = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    # Of the running balances that the file states: those that its rows explain, and those they do not.
    balances_agreed = models.IntegerField(default=0)
    balances_disagreed = models.IntegerField(default=0)
    # [{"line", "reason", "raw"}] of rows that were kept out, and [{"line", "verdict", "detail"}] of
    # the others that a person may want to look at.
    rejects = models.JSONField(default=list)
    remarks = models.JSONField(default=list)
    # What the user chose on the preview page, so that a worker does the same.
    keep_rejects = models.BooleanField(default=False)
    import_likely_duplicates = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "imports"
        ordering = ("-created_at",)
        indexes = (
            # The import history of an account, newest first.
            models.Index(fields=("account", "-created_at"), name="idx_imports_account"),
        )
        constraints = (
            # No row vanishes: every one of them ended somewhere.
            models.CheckConstraint(
                condition=Q(
                    rows=models.F("imported")
                    + models.F("duplicates")
                    + models.F("likely_duplicates")
                    + models.F("conflicts")
                    + models.F("ignored")
                    + models.F("rejected")
                ),
                name="chk_imports_rows_add_up",
            ),
        )

    def get_absolute_url(self) -> str:
        return reverse("transactions:import-detail", args=[self.pk])


class StatedBalance(models.Model):
    """What a file, or a person, says that an account held: money, or units of an instrument.

    ``at`` is the instant after whose rows it holds. With ``is_list`` it is from a list of all money, or
    of all instruments, that were held then: what the list does not name, was not held.
    """

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="stated_balances", db_index=False
    )
    at = models.DateTimeField()
    instrument = models.ForeignKey(
        Instrument,
        models.CASCADE,
        to_field="ticker",
        db_column="ticker",
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    currency = models.CharField(max_length=12, blank=True, help_text="Of money; else empty.")
    amount = models.DecimalField(max_digits=38, decimal_places=18)
    # A balance that is stated to the cent agrees with one that is not rounded.
    decimals = models.SmallIntegerField()
    is_list = models.BooleanField(default=False)
    source = models.ForeignKey(
        Import,
        models.CASCADE,
        db_column="import_id",
        related_name="stated_balances",
        null=True,
        blank=True,
        db_index=False,
    )
    source_line = models.IntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "stated_balances"
        constraints = (
            models.CheckConstraint(
                condition=Q(instrument__isnull=False, currency="")
                | (Q(instrument__isnull=True) & ~Q(currency="")),
                name="chk_stated_balances_asset",
            ),
        )
        indexes = (
            # The reconcile page of an account.
            models.Index(fields=("account", "at"), name="idx_stated_balances_account"),
            # Undoing an import.
            models.Index(fields=("source",), name="idx_stated_balances_import"),
        )

    def __str__(self) -> str:
        return f"{self.amount} {self.instrument_id or self.currency} on {self.at:%Y-%m-%d}"

    @property
    def asset(self) -> str:
        """The ticker or the currency."""
        return self.instrument_id or self.currency


class TransactionQuerySet(models.QuerySet["Transaction"]):
    def owned_by(self, user_id: int) -> TransactionQuerySet:
        return self.filter(account__owner=user_id)

    def newest_first(self) -> TransactionQuerySet:
        return self.order_by("-transaction_date", "-sequence", "-pk")


class Transaction(models.Model):
    """One event of the ledger; see ``transactions.kinds`` for what the sign of an amount means."""

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="transactions", db_index=False
    )
    transaction_date = models.DateTimeField(help_text="The instant, in UTC.")
    trade_date = models.DateField(help_text="The day in the account's time zone.")
    has_time = models.BooleanField(default=True, help_text="Off when only the day is known.")
    transaction_type = models.CharField(max_length=20, choices=KIND_LABELS.items())
    instrument = models.ForeignKey(
        Instrument,
        models.PROTECT,
        to_field="ticker",
        db_column="ticker",
        null=True,
        blank=True,
        db_index=False,
    )
    quantity = models.DecimalField(max_digits=38, decimal_places=18, null=True, blank=True)
    price = models.DecimalField(max_digits=38, decimal_places=18, null=True, blank=True)
    total_amount = models.DecimalField(
        max_digits=28,
        decimal_places=8,
        null=True,
        blank=True,
        help_text="Before fee and tax; empty when unknown.",
    )
    currency = models.CharField(max_length=12)
    fee = models.DecimalField(max_digits=28, decimal_places=8, default=ZERO)
    fee_currency = models.CharField(max_length=12, blank=True)
    tax = models.DecimalField(max_digits=28, decimal_places=8, default=ZERO)
    fx_rate = models.DecimalField(
        max_digits=38,
        decimal_places=18,
        null=True,
        blank=True,
        help_text="Account currency per unit of the row's currency, where the file states it.",
    )
    raw_description = models.CharField(max_length=500, blank=True)
    source = models.ForeignKey(
        Import,
        models.CASCADE,
        db_column="import_id",
        related_name="transactions",
        null=True,
        blank=True,
        db_index=False,
    )
    source_file = models.CharField(max_length=255, blank=True)
    source_line = models.IntegerField(null=True, blank=True)
    # Chronological place within the day in the file, which may be newest first: settles the order
    # of rows that have no time.
    sequence = models.IntegerField(default=0)
    external_id = models.CharField(max_length=100, blank=True)
    # Two fills can be equal in every column and still both be real; they differ in this.
    occurrence = models.IntegerField(default=1)
    linked_transaction = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, db_index=False, related_name="+"
    )
    import_timestamp = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TransactionQuerySet.as_manager()

    class Meta:
        db_table = "transactions"
        constraints = (
            # Importing a file again, or an overlapping one, adds nothing. It also serves the ledger
            # of an account by date.
            models.UniqueConstraint(
                fields=(
                    "account",
                    "transaction_date",
                    "instrument",
                    "quantity",
                    "transaction_type",
                    "occurrence",
                ),
                nulls_distinct=False,
                name="uix_transaction_unique",
            ),
            models.CheckConstraint(
                condition=Q(transaction_type__in=[kind.value for kind in Kind]),
                name="chk_transactions_type",
            ),
            models.CheckConstraint(
                condition=Q(quantity__isnull=True)
                | Q(quantity__gt=0)
                | (Q(transaction_type=Kind.SPLIT.value) & ~Q(quantity=0)),
                name="chk_transactions_quantity",
            ),
            # A trade without units or without an instrument would silently change no position.
            models.CheckConstraint(
                condition=~Q(transaction_type__in=[kind.value for kind in UNIT_KINDS])
                | (Q(instrument__isnull=False) & Q(quantity__isnull=False)),
                name="chk_transactions_units",
            ),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0), name="chk_transactions_price"
            ),
            models.CheckConstraint(
                condition=Q(fx_rate__isnull=True) | Q(fx_rate__gt=0),
                name="chk_transactions_fx_rate",
            ),
            models.CheckConstraint(
                condition=~Q(transaction_type__in=[Kind.BUY.value, Kind.SELL.value])
                | Q(total_amount__isnull=True)
                | Q(total_amount__gte=0),
                name="chk_transactions_amount",
            ),
        )
        indexes = (
            # Rebuilding one position, and the ledger of one instrument.
            models.Index(fields=("instrument", "transaction_date"), name="idx_ticker_date"),
            # Undoing an import, and from a transaction to its line.
            models.Index(fields=("source", "source_line"), name="idx_transactions_import"),
            models.Index(
                fields=("linked_transaction",),
                condition=Q(linked_transaction__isnull=False),
                name="idx_transactions_linked",
            ),
            # The payments of an account, which are few among its rows.
            models.Index(
                fields=("account", "trade_date"), condition=EARNED, name="idx_transactions_earned"
            ),
            # The few trades that take another one back, looked for at every import.
            models.Index(
                fields=("account",),
                condition=Q(external_id__contains=CANCELS),
                name="idx_transactions_cancelling",
            ),
        )

    def __str__(self) -> str:
        what = self.instrument_id or self.currency
        return f"{self.trade_date} {self.transaction_type} {what}"

    @property
    def kind(self) -> Kind:
        return Kind(self.transaction_type)

    def cash_effects(self) -> dict[str, Decimal]:
        """What this row did to the cash of the account; see ``transactions.kinds.cash_effects``."""
        money = Money(self.total_amount, self.currency, self.fee, self.fee_currency, self.tax)
        units_only = moves_units_only(
            self.kind,
            has_instrument=self.instrument_id is not None,
            has_quantity=self.quantity is not None,
        )
        return cash_effects(self.kind, money, units_only=units_only)
