"""What is derived from the ledger, to look at."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portfolio.models import ApiToken, Disposal, Lot, Position
from pricing.admin import DerivedAdmin, HugeTableAdmin, figure

admin.site.site_header = admin.site.site_title = "Portfolio"
admin.site.index_title = "Data"


class HasIssues(admin.SimpleListFilter):
    title = "issues"
    parameter_name = "issues"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("1", "With issues"), ("0", "Without issues")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Position]
    ) -> QuerySet[Position] | None:
        if self.value() == "1":
            return queryset.exclude(issues=[])
        if self.value() == "0":
            return queryset.filter(issues=[])
        return queryset


@admin.register(Position)
class PositionAdmin(DerivedAdmin):
    list_display = ("instrument", "account", "units", "cost", "realized", "issue_count")
    list_filter = (HasIssues, "account", "instrument__asset_type", "currency")
    list_select_related = ("account", "instrument")
    search_fields = ("instrument__ticker", "instrument__name", "account__name")
    date_hierarchy = "last_updated"
    ordering = ("account", "instrument")
    fields = (
        ("instrument", "account", "currency"),
        ("units", "avg_cost_basis", "cost"),
        "realized",
        ("built_through", "last_updated"),
        "issue_list",
        "rests_on",
    )

    @admin.display(description="quantity", ordering="quantity")
    def units(self, position: Position) -> str:
        return figure(position.quantity)

    @admin.display(description="total cost", ordering="total_cost")
    def cost(self, position: Position) -> str:
        return figure(position.total_cost, position.currency)

    @admin.display(description="realised gain", ordering="realized_pl")
    def realized(self, position: Position) -> str:
        return figure(position.realized_pl, position.currency)

    @admin.display(description="issues")
    def issue_count(self, position: Position) -> str:
        return str(len(position.issues)) if position.issues else ""

    @admin.display(description="issues")
    def issue_list(self, position: Position) -> SafeString | str:
        sentences = ((issue["message"],) for issue in position.issues)
        return format_html_join("", "<p>{}</p>", sentences) or "none"

    @admin.display(description="rests on")
    def rests_on(self, position: Position) -> SafeString:
        return format_html(
            '<a href="{}?position__id__exact={}">Lots</a> · '
            '<a href="{}?lot__position__id__exact={}">Disposals</a>',
            reverse("admin:portfolio_lot_changelist"),
            position.pk,
            reverse("admin:portfolio_disposal_changelist"),
            position.pk,
        )


@admin.register(Lot)
class LotAdmin(DerivedAdmin, HugeTableAdmin):
    list_display = ("instrument", "account", "purchase_date", "bought", "left", "paid")
    list_filter = ("position__account",)
    list_select_related = ("position__account", "position__instrument")
    search_fields = ("=position__instrument__ticker",)
    date_hierarchy = "purchase_date"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "position__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(ordering="position__instrument")
    def instrument(self, lot: Lot) -> str:
        return str(lot.position.instrument)

    @admin.display(ordering="position__account")
    def account(self, lot: Lot) -> str:
        return str(lot.position.account)

    @admin.display(description="quantity")
    def bought(self, lot: Lot) -> str:
        return figure(lot.quantity)

    @admin.display(description="remaining")
    def left(self, lot: Lot) -> str:
        return figure(lot.remaining_quantity)

    @admin.display(description="cost")
    def paid(self, lot: Lot) -> str:
        return figure(lot.cost, lot.position.currency)


@admin.register(Disposal)
class DisposalAdmin(DerivedAdmin, HugeTableAdmin):
    list_display = ("instrument", "account", "closed_on", "units", "received", "spent", "won")
    list_filter = ("lot__position__account",)
    list_select_related = (
        "lot__position__account",
        "lot__position__instrument",
        "closing_transaction",
    )
    search_fields = ("=lot__position__instrument__ticker",)
    date_hierarchy = "closing_transaction__trade_date"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        allowed = super().lookup_allowed(lookup, value, request)
        return lookup == "lot__position__id__exact" or allowed

    @admin.display(ordering="lot__position__instrument")
    def instrument(self, disposal: Disposal) -> str:
        return str(disposal.lot.position.instrument)

    @admin.display(ordering="lot__position__account")
    def account(self, disposal: Disposal) -> str:
        return str(disposal.lot.position.account)

    @admin.display(description="closed on", ordering="closing_transaction__trade_date")
    def closed_on(self, disposal: Disposal) -> str:
        return f"{disposal.closing_transaction.trade_date}"

    @admin.display(description="quantity")
    def units(self, disposal: Disposal) -> str:
        return figure(disposal.quantity)

    @admin.display(description="proceeds")
    def received(self, disposal: Disposal) -> str:
        return figure(disposal.proceeds, disposal.lot.position.currency)

    @admin.display(description="cost")
    def spent(self, disposal: Disposal) -> str:
        return figure(disposal.cost, disposal.lot.position.currency)

    @admin.display(description="gain")
    def won(self, disposal: Disposal) -> str:
        return figure(disposal.gain, disposal.lot.position.currency)


@admin.register(ApiToken)
class ApiTokenAdmin(DerivedAdmin):
    """Whose programs may read; their owners make and revoke them on a page of their own."""

    list_display = ("name", "user", "created_at", "last_used_at", "expires_on")
    list_filter = ("user",)
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    date_hierarchy = "created_at"
    fields = list_display
