"""Instruments and what they were worth; and how the admin of every app deals with huge tables."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.functional import cached_property

from pricing.models import ExchangeRate, Instrument, PriceHistory
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
    search_fields = ("ticker", "name", "isin", "provider_symbol")
    date_hierarchy = "created_at"
    readonly_fields = ("created_at",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Instrument | None = None
    ) -> tuple[str, ...]:
        # Transactions, positions and prices refer to it by this.
        return ("ticker", "created_at") if obj else ("created_at",)

    def has_delete_permission(self, request: HttpRequest, obj: Instrument | None = None) -> bool:
        # Its transactions forbid it, and listing them all to say so could take minutes.
        return False


@admin.register(PriceHistory)
class PriceHistoryAdmin(HugeTableAdmin):
    list_display = ("instrument", "date", "close", "source", "adjusted_for_splits")
    list_filter = ("source", "currency", "adjusted_for_splits")
    list_select_related = ("instrument",)
    search_fields = ("instrument__ticker",)
    autocomplete_fields = ("instrument",)
    date_hierarchy = "date"
    readonly_fields = ("created_at",)

    @admin.display(description="close", ordering="close_price")
    def close(self, price: PriceHistory) -> str:
        return figure(price.close_price, price.currency)


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
