"""Instruments and what they were worth: reference data shared by all users."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from pricing.assets import AssetType

ASSET_TYPE_LABELS = {
    AssetType.STOCK: "Stock",
    AssetType.ETF: "ETF",
    AssetType.FUND: "Fund",
    AssetType.BOND: "Bond",
    AssetType.CRYPTO: "Crypto",
    AssetType.METAL: "Precious metal",
    AssetType.OPTION: "Option",
    AssetType.CASH: "Cash",
    AssetType.OTHER: "Other",
}


# Sources of prices that outrank every provider, see pricing.closes.
MANUAL = "manual"
IMPORTED = "imported"


class InstrumentQuerySet(models.QuerySet["Instrument"]):
    def owned_by(self, user_id: int) -> InstrumentQuerySet:
        """Instruments that occur in the user's ledger; nobody learns what others hold."""
        # One look into the index per instrument; a join would read every row of the ledger.
        return self.filter(Exists(_rows("transaction").filter(account__owner=user_id)))

    def with_is_held(self, user_id: int) -> InstrumentQuerySet:
        """Adds ``is_held``: whether the user has any of it now."""
        held = _rows("positions").filter(account__owner=user_id).exclude(quantity=0)
        return self.annotate(is_held=Exists(held))

    def first_days(self) -> dict[str, date | None]:
        """The first day on which each has a row in any ledger; None where it has none."""
        first = _rows("transaction").order_by("transaction_date").values("trade_date")[:1]
        return dict(self.annotate(first_day=Subquery(first)).values_list("ticker", "first_day"))


def _rows(relation: str) -> QuerySet[Model]:
    """The rows of an app above that refer to an instrument; only their relation is known here."""
    model = Instrument._meta.get_field(relation).related_model
    assert isinstance(model, type)
    return model._default_manager.filter(instrument=OuterRef("ticker"))


class Instrument(models.Model):
    ticker = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200, blank=True)
    asset_type = models.CharField(
        max_length=10, choices=ASSET_TYPE_LABELS.items(), default=AssetType.OTHER.value
    )
    currency = models.CharField(max_length=12, blank=True)
    isin = models.CharField(max_length=12, blank=True)
    provider = models.CharField(max_length=40, blank=True)
    provider_symbol = models.CharField(max_length=80, blank=True)
    # The earliest day from which the provider has been asked for prices, whether it had any or not.
    prices_since = models.DateField(null=True, blank=True, editable=False)
    prices_checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    price_error = models.CharField(
        max_length=400, blank=True, editable=False, help_text="Why the last refresh gave no prices."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InstrumentQuerySet.as_manager()

    class Meta:
        db_table = "instruments"
        ordering = ("ticker",)
        constraints = (
            # One security is one row, however often its ticker is renamed: resolving goes by ISIN.
            models.UniqueConstraint(
                fields=("isin",), condition=~Q(isin=""), name="uix_instruments_isin"
            ),
            models.CheckConstraint(condition=~Q(ticker=""), name="chk_instruments_ticker"),
        )

    def __str__(self) -> str:
        return self.ticker


class InstrumentName(models.Model):
    """Another ticker or ISIN of an instrument: one it had before, or one that another broker uses."""

    class Kind(models.TextChoices):
        TICKER = "TICKER", "Ticker"
        ISIN = "ISIN", "ISIN"

    instrument = models.ForeignKey(
        Instrument,
        models.CASCADE,
        to_field="ticker",
        db_column="ticker",
        related_name="other_names",
    )
    kind = models.CharField(max_length=6, choices=Kind.choices)
    value = models.CharField(max_length=40)
    # The same letters are another company's on another exchange; its currency tells them apart.
    currency = models.CharField(
        max_length=12,
        blank=True,
        help_text="A ticker counts only where it is traded in this currency; empty: everywhere.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "instrument_names"
        ordering = ("kind", "value", "currency")
        constraints = (
            # A name leads to one instrument. It also serves the look-up by name.
            models.UniqueConstraint(
                fields=("value", "kind", "currency"), name="uix_instrument_names"
            ),
            models.CheckConstraint(condition=~Q(value=""), name="chk_instrument_names_value"),
        )

    def __str__(self) -> str:
        return f"{self.value} is {self.instrument_id}"


class PriceHistory(models.Model):
    instrument = models.ForeignKey(
        Instrument, models.CASCADE, to_field="ticker", db_column="ticker", db_index=False
    )
    date = models.DateField()
    open_price = models.DecimalField(max_digits=38, decimal_places=18, null=True, blank=True)
    high_price = models.DecimalField(max_digits=38, decimal_places=18, null=True, blank=True)
    low_price = models.DecimalField(max_digits=38, decimal_places=18, null=True, blank=True)
    close_price = models.DecimalField(max_digits=38, decimal_places=18)
    volume = models.DecimalField(max_digits=38, decimal_places=18, null=True, blank=True)
    currency = models.CharField(max_length=12)
    source = models.CharField(max_length=40)
    adjusted_for_splits = models.BooleanField(
        default=False,
        help_text="Per unit as it was when the price was recorded, as most providers tell past prices.",
    )
    quarantine = models.CharField(
        max_length=200,
        blank=True,
        help_text="Why the price is not believed until a person has judged it.",
    )
    # When it was recorded last: prices adjusted for splits are in the units of that day.
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "price_history"
        verbose_name_plural = "price history"
        constraints = (
            # A refresh replaces its own source's price of a day and can never touch a manual one.
            models.UniqueConstraint(
                fields=("instrument", "date", "source"), name="uix_price_history"
            ),
            models.CheckConstraint(condition=Q(close_price__gte=0), name="chk_price_history_close"),
        )
        indexes = (
            # "The last price on or before a day" walks this backwards.
            models.Index(fields=("instrument", "date"), name="idx_price_ticker_date"),
            # The queue of what waits for a person; of millions of prices hardly any do.
            models.Index(
                fields=("instrument", "date"),
                condition=~Q(quarantine=""),
                name="idx_price_quarantine",
            ),
        )

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.date} {self.close_price}"


class Split(models.Model):
    """A split of an instrument: ``denominator`` units become ``numerator`` on that day.

    Converts units between the days of prices and holdings. It changes no transaction and no lot: those
    follow the SPLIT rows of each ledger.
    """

    instrument = models.ForeignKey(
        Instrument, models.CASCADE, to_field="ticker", db_column="ticker", related_name="splits"
    )
    date = models.DateField(help_text="The first day on which the new units are traded.")
    numerator = models.IntegerField()
    denominator = models.IntegerField()
    source = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "splits"
        ordering = ("date",)
        constraints = (
            # Told by two sources it is still one split.
            models.UniqueConstraint(fields=("instrument", "date"), name="uix_splits"),
            models.CheckConstraint(
                condition=Q(numerator__gt=0, denominator__gt=0), name="chk_splits_ratio"
            ),
        )

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.numerator} for {self.denominator} on {self.date}"


class ExchangeRate(models.Model):
    """Units of ``currency`` per euro, as the European Central Bank publishes them."""

    currency = models.CharField(max_length=12)
    date = models.DateField()
    rate = models.DecimalField(max_digits=38, decimal_places=18)
    source = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "exchange_rates"
        constraints = (
            # Serves "the last rate on or before a day" as well.
            models.UniqueConstraint(fields=("currency", "date"), name="uix_exchange_rates"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="chk_exchange_rates_rate"),
        )

    def __str__(self) -> str:
        return f"{self.rate} {self.currency} per EUR on {self.date}"
