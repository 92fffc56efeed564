"""Accounts, imports and transactions; whatever changes the ledger goes through its own code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from pricing.admin import DerivedAdmin, HugeTableAdmin, figure
from transactions import ledger
from transactions.kept_files import ColumnMapping
from transactions.models import Account, Import, StatedBalance, Transaction
from transactions.removal import delete_account
from transactions.undo import NotUndoable, undo_import

# The fields of a row that a person may set.
EDITABLE = (
    "account",
    "transaction_date",
    "has_time",
    "transaction_type",
    "instrument",
    "quantity",
    "price",
    "total_amount",
    "currency",
    "fee",
    "fee_currency",
    "tax",
    "fx_rate",
    "raw_description",
)
# What the admin would list before deleting: objects, counts, missing permissions, protected ones.
Doomed = tuple[list[Any], dict[str, int], set[str], list[str]]


def doomed(rows: Sequence[Model] | QuerySet[Model], name: str) -> Doomed:
    """Only the rows themselves: what is derived from them is rebuilt, not deleted by hand."""
    return [str(row) for row in rows], {name: len(rows)}, set(), []


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not generic when it runs
    list_display = ("name", "owner", "currency", "time_zone", "tracks_cash", "created_at")
    list_filter = ("tracks_cash", "currency", "owner")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    raw_id_fields = ("owner",)
    date_hierarchy = "created_at"
    readonly_fields = ("revision", "created_at")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Account | None = None
    ) -> tuple[str, ...]:
        if obj is not None and obj.transactions.exists():
            # The stored days and costs were made with them.
            return ("currency", "time_zone", *self.readonly_fields)
        return self.readonly_fields

    def delete_model(self, request: HttpRequest, obj: Account) -> None:
        delete_account(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        for account in queryset:
            delete_account(account)

    def get_deleted_objects(
        self, objs: Sequence[Model] | QuerySet[Model], request: HttpRequest
    ) -> Doomed:
        return doomed(objs, "accounts with all that is in them")


@admin.register(Import)
class ImportAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("file_name", "account", "status", "format", "rows", "imported", "rejected")
    list_filter = ("status", "format", "account")
    list_select_related = ("account",)
    search_fields = ("file_name", "sha256", "account__name")
    date_hierarchy = "created_at"
    actions = ("undo",)
    fields = (
        ("file_name", "original", "account"),
        ("status", "format", "error"),
        ("rows", "imported", "duplicates", "likely_duplicates"),
        ("conflicts", "ignored", "rejected"),
        ("balances_agreed", "balances_disagreed"),
        "rejected_rows",
        "left_out_rows",
        ("keep_rejects", "import_likely_duplicates"),
        ("created_at", "finished_at", "sha256"),
    )
    readonly_fields = ("original", "rejected_rows", "left_out_rows")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Import]:
        return super().get_queryset(request).defer("content")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # Undoing takes the rows back and keeps the record.
        return False

    @admin.display(description="file")
    def original(self, record: Import) -> SafeString:
        url = reverse("transactions:import-detail", args=[record.pk])
        return format_html('<a href="{}">Open the page of the import</a>', url)

    @admin.display(description="rejected rows")
    def rejected_rows(self, record: Import) -> SafeString | str:
        return lines((one["line"], one["reason"], one.get("raw", "")) for one in record.rejects)

    @admin.display(description="rows left out")
    def left_out_rows(self, record: Import) -> SafeString | str:
        return lines((one["line"], one["verdict"], one["detail"]) for one in record.remarks)

    @admin.action(description="Undo the selected imports", permissions=["undo"])
    def undo(self, request: HttpRequest, queryset: QuerySet[Import]) -> None:
        for record in queryset:
            try:
                count = undo_import(record)
            except NotUndoable as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.message_user(request, f"{record.file_name} is undone: {count} rows are gone.")

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("transactions.delete_transaction"))


def lines(rows: Iterable[tuple[object, ...]]) -> SafeString | str:
    """Notes about lines of a file as a table."""
    body = format_html_join(
        "", "<tr><td>{}</td><td>{}</td><td><code>{}</code></td></tr>", list(rows)
    )
    return format_html("<table>{}</table>", body) if body else "none"


class TransactionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Shows what the ledger refuses beside its field, before anything is saved."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned and not self.errors:
            ledger.validate(row_of(cleaned))
        return cleaned


def row_of(values: dict[str, Any]) -> ledger.LedgerRow:
    return ledger.LedgerRow(**{name: values[name] for name in EDITABLE if name != "account"})


@admin.register(ColumnMapping)
class ColumnMappingAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not generic when it runs
    list_display = ("name", "owner", "updated_at")
    list_select_related = ("owner",)
    search_fields = ("name",)
    readonly_fields = ("header_hash", "created_at", "updated_at")


@admin.register(StatedBalance)
class StatedBalanceAdmin(DerivedAdmin):
    list_display = ("at", "account", "instrument", "currency", "stated", "is_list", "source")
    list_filter = ("account", "is_list")
    list_select_related = ("account", "instrument", "source")
    search_fields = ("=instrument__ticker", "=currency")
    date_hierarchy = "at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[StatedBalance]:
        # Without the bytes of the files.
        return super().get_queryset(request).defer("source__content")

    @admin.display(description="amount", ordering="amount")
    def stated(self, balance: StatedBalance) -> str:
        return figure(balance.amount)


@admin.register(Transaction)
class TransactionAdmin(HugeTableAdmin):
    form = TransactionForm
    list_display = (
        "trade_date",
        "transaction_type",
        "instrument",
        "units",
        "amount",
        "account",
        "source_file",
    )
    list_display_links = ("trade_date", "transaction_type")
    list_filter = ("transaction_type", "account", "has_time")
    list_select_related = ("account", "instrument")
    search_fields = ("=external_id", "^source_file", "^instrument__ticker")
    autocomplete_fields = ("account", "instrument")
    date_hierarchy = "trade_date"
    fields = (
        *EDITABLE,
        "trade_date",
        "file",
        "linked",
        "external_id",
        "occurrence",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transaction]:
        return super().get_queryset(request).select_related("account", "instrument")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Transaction | None = None
    ) -> tuple[str, ...]:
        kept = tuple(name for name in self.fields if name not in EDITABLE)
        return ("account", *kept) if obj else kept

    @admin.display(description="quantity", ordering="quantity")
    def units(self, row: Transaction) -> str:
        return figure(row.quantity) if row.quantity is not None else ""

    @admin.display(description="amount", ordering="total_amount")
    def amount(self, row: Transaction) -> str:
        return figure(row.total_amount, row.currency)

    @admin.display(description="file")
    def file(self, row: Transaction) -> SafeString | str:
        if row.source_id is None or row.source_line is None:
            return "entered by hand"
        url = reverse("transactions:import-line", args=[row.source_id, row.source_line])
        return format_html('<a href="{}">{}, line {}</a>', url, row.source_file, row.source_line)

    @admin.display(description="other leg")
    def linked(self, row: Transaction) -> SafeString | str:
        if row.linked_transaction_id is None:
            return "none"
        url = reverse("admin:transactions_transaction_change", args=[row.linked_transaction_id])
        return format_html('<a href="{}">{}</a>', url, row.linked_transaction_id)

    def save_model(
        self, request: HttpRequest, obj: Transaction, form: TransactionForm, change: bool
    ) -> None:
        row = row_of(form.cleaned_data)
        if change:
            ledger.edit_transaction(obj, row)
        else:
            # Where the admin goes on, and what its log refers to.
            obj.pk = ledger.add_transaction(obj.account, row).pk

    def delete_model(self, request: HttpRequest, obj: Transaction) -> None:
        ledger.delete_transactions(obj.account, [obj.pk])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Transaction]) -> None:
        rows = queryset.order_by("account")
        for account, group in groupby(rows, key=lambda row: row.account):
            ledger.delete_transactions(account, [row.pk for row in group])

    def get_deleted_objects(
        self, objs: Sequence[Model] | QuerySet[Model], request: HttpRequest
    ) -> Doomed:
        return doomed(objs, "transactions")
