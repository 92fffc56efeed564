"""Instruments and what they were worth; and how the admin of every app deals with huge tables."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import models, transaction
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.functional import cached_property

from pricing import corrections
from pricing.models import ExchangeRate, Instrument, InstrumentName, PriceHistory, Split
from pricing.signals import rates_changed
from pricing.templatetags import money

# Nobody turns to page 100; filters and the search find what is beyond.
COUNTED = 10_000


class HugeTablePaginator(Paginator):  # type: ignore[type-arg] # not generic when it runs
    """Counts at most so many rows: counting a million takes longer than showing a hundred."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        assert isinstance(rows, models.QuerySet)
        return int(rows.order_by()[:COUNTED].count())


class HugeTableAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    paginator = HugeTablePaginator
    show_full_result_count = False
    # The order of the primary key, newest first, needs no sorting.
    ordering = ("-pk",)


class DerivedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Looks at what is computed; whoever wants to change it changes what it is computed from."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


def figure(value: Decimal | None, unit: str = "") -> str:
    """A figure of a list; empty in the database is an unknown, not a zero."""
    return money.with_unit(money.quantity(value), unit) if value is not None else money.UNKNOWN


@admin.register(Instrument)
class InstrumentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("ticker", "name", "asset_type", "currency", "isin", "provider")
    list_filter = ("asset_type", "currency", "provider")
    search_fields = ("ticker", "name", "isin", "provider_symbol", "other_names__value")
    date_hierarchy = "created_at"

    def get_readonly_fields(
        self, request: HttpRequest, obj: Instrument | None = None
    ) -> tuple[str, ...]:
        told = ("price_error", "prices_checked_at", "prices_since", "created_at")
        # Transactions, positions and prices refer to it by this.
        return ("ticker", *told) if obj else told

    def save_model(
        self, request: HttpRequest, obj: Instrument, form: ModelForm[Instrument], change: bool
    ) -> None:
        chosen = (obj.provider, obj.provider_symbol, obj.currency)
        if change:
            # Another provider is asked from the start, as on the page.
            stored = Instrument.objects.get(pk=obj.pk)
            corrections.choose_provider(stored, *chosen)
            obj.prices_since, obj.price_error = stored.prices_since, stored.price_error
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Instrument | None = None) -> bool:
        # Its transactions forbid it, and listing them all to say so could take minutes.
        return False


@admin.register(InstrumentName)
class InstrumentNameAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("value", "kind", "currency", "instrument", "created_at")
    list_filter = ("kind", "currency")
    list_select_related = ("instrument",)
    search_fields = ("value", "instrument__ticker", "instrument__name")
    autocomplete_fields = ("instrument",)
    date_hierarchy = "created_at"


class InQuarantine(admin.SimpleListFilter):
    title = "quarantine"
    parameter_name = "quarantine"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[PriceHistory]
    ) -> list[tuple[str, str]]:
        return [("waiting", "In quarantine"), ("used", "In use")]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[PriceHistory]
    ) -> models.QuerySet[PriceHistory]:
        if self.value() == "waiting":
            return queryset.exclude(quarantine="")
        return queryset.filter(quarantine="") if self.value() == "used" else queryset


@admin.register(PriceHistory)
class PriceHistoryAdmin(HugeTableAdmin):
    """Whoever changes a price here changes it as on the pages: those who value by it are told."""

    list_display = ("instrument", "date", "close", "source", "adjusted_for_splits", "quarantine")
    list_filter = (InQuarantine, "source", "currency", "adjusted_for_splits")
    list_select_related = ("instrument",)
    search_fields = ("instrument__ticker",)
    autocomplete_fields = ("instrument",)
    date_hierarchy = "date"
    readonly_fields = ("created_at",)
    actions = ("accept",)

    @admin.display(description="close", ordering="close_price")
    def close(self, price: PriceHistory) -> str:
        return figure(price.close_price, price.currency)

    @admin.action(description="Use selected prices that are in quarantine", permissions=["change"])
    def accept(self, request: HttpRequest, queryset: models.QuerySet[PriceHistory]) -> None:
        waiting = list(queryset.exclude(quarantine="").select_related("instrument"))
        with transaction.atomic():
            for price in waiting:
                corrections.accept_price(price)
        messages.success(request, f"{len(waiting)} prices are used now, and later ones that fit.")

    def save_model(
        self, request: HttpRequest, obj: PriceHistory, form: ModelForm[PriceHistory], change: bool
    ) -> None:
        with transaction.atomic():
            changed = {(obj.instrument.ticker, obj.date)}
            if change:
                before = PriceHistory.objects.select_related("instrument").get(pk=obj.pk)
                changed.add((before.instrument.ticker, before.date))
            super().save_model(request, obj, form, change)
            for ticker, day in sorted(changed):
                corrections.tell(ticker, day)

    def delete_model(self, request: HttpRequest, obj: PriceHistory) -> None:
        corrections.delete_price(obj)

    def delete_queryset(
        self, request: HttpRequest, queryset: models.QuerySet[PriceHistory]
    ) -> None:
        with transaction.atomic():
            for price in queryset.select_related("instrument"):
                corrections.delete_price(price)


@admin.register(Split)
class SplitAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("instrument", "date", "numerator", "denominator", "source")
    list_filter = ("source",)
    list_select_related = ("instrument",)
    search_fields = ("instrument__ticker",)
    autocomplete_fields = ("instrument",)
    date_hierarchy = "date"
    readonly_fields = ("created_at",)

    def has_change_permission(self, request: HttpRequest, obj: Split | None = None) -> bool:
        # A wrong one is deleted and added again, so that all days it concerned are told.
        return False

    def save_model(
        self, request: HttpRequest, obj: Split, form: ModelForm[Split], change: bool
    ) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            corrections.tell_split(obj.instrument, obj.date)

    def delete_model(self, request: HttpRequest, obj: Split) -> None:
        corrections.delete_split(obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Split]) -> None:
        with transaction.atomic():
            for split in queryset.select_related("instrument"):
                corrections.delete_split(split)


@admin.register(ExchangeRate)
class ExchangeRateAdmin(HugeTableAdmin):
    list_display = ("currency", "date", "per_euro", "source")
    list_filter = ("currency", "source")
    search_fields = ("currency",)
    date_hierarchy = "date"
    readonly_fields = ("created_at",)

    @admin.display(description="per euro", ordering="rate")
    def per_euro(self, rate: ExchangeRate) -> str:
        return figure(rate.rate)

    def save_model(
        self, request: HttpRequest, obj: ExchangeRate, form: ModelForm[ExchangeRate], change: bool
    ) -> None:
        with transaction.atomic():
            changed = {obj.currency: obj.date}
            if change:
                before = ExchangeRate.objects.get(pk=obj.pk)
                first = min(before.date, changed.get(before.currency, before.date))
                changed[before.currency] = first
            super().save_model(request, obj, form, change)
            rates_changed.send(sender=None, since=changed)

    def delete_model(self, request: HttpRequest, obj: ExchangeRate) -> None:
        self.delete_queryset(request, ExchangeRate.objects.filter(pk=obj.pk))

    def delete_queryset(
        self, request: HttpRequest, queryset: models.QuerySet[ExchangeRate]
    ) -> None:
        with transaction.atomic():
            first = queryset.order_by().values_list("currency").annotate(first=models.Min("date"))
            since = dict(first)
            queryset.delete()
            rates_changed.send(sender=None, since=since)
