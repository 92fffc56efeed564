"""Pages of accounts, imports and transactions."""

from django.urls import path

from transactions.views import (
    accounts,
    balances,
    decisions,
    entry,
    exports,
    history,
    ledger,
    mappings,
    uploads,
)

app_name = "transactions"

urlpatterns = [
    path("transactions/", ledger.transactions, name="transactions"),
    path("transactions/add/", entry.transaction_add, name="transaction-add"),
    path("transactions/<int:pk>/", ledger.transaction, name="transaction"),
    path("transactions/<int:pk>/edit/", entry.transaction_edit, name="transaction-edit"),
    path("transactions/<int:pk>/delete/", entry.transaction_delete, name="transaction-delete"),
    path("transactions/<int:pk>/link/", ledger.transaction_link, name="transaction-link"),
    path("transactions/<int:pk>/unlink/", ledger.transaction_unlink, name="transaction-unlink"),
    path("imports/", history.imports, name="imports"),
    path("imports/upload/", uploads.import_upload, name="import-upload"),
    path("imports/unknown/<int:pk>/", mappings.unknown_file, name="unknown-file"),
    path(
        "imports/unknown/<int:pk>/discard/",
        mappings.unknown_file_discard,
        name="unknown-file-discard",
    ),
    path("imports/mappings/", mappings.all_mappings, name="mappings"),
    path("imports/mappings/<int:pk>/", mappings.mapping, name="mapping"),
    path("imports/mappings/<int:pk>/delete/", mappings.mapping_delete, name="mapping-delete"),
    path("imports/<int:pk>/", history.import_detail, name="import-detail"),
    path("imports/<int:pk>/preview/", decisions.import_preview, name="import-preview"),
    path("imports/<int:pk>/confirm/", decisions.import_confirm, name="import-confirm"),
    path("imports/<int:pk>/discard/", decisions.import_discard, name="import-discard"),
    path("imports/<int:pk>/undo/", history.import_undo, name="import-undo"),
    path("imports/<int:pk>/original/", history.import_original, name="import-original"),
    path("imports/<int:pk>/lines/<int:line>/", history.import_line, name="import-line"),
    path("export/", exports.export, name="export"),
    path("export/download/", exports.download, name="export-download"),
    # Not accounts/, where people sign in.
    path("broker-accounts/", accounts.accounts, name="accounts"),
    path("broker-accounts/add/", accounts.account_add, name="account-add"),
    path("broker-accounts/<int:pk>/edit/", accounts.account_edit, name="account-edit"),
    path("broker-accounts/<int:pk>/delete/", accounts.account_delete, name="account-delete"),
    path("broker-accounts/<int:pk>/balances/add/", balances.balance_add, name="balance-add"),
    path("balances/<int:pk>/delete/", balances.balance_delete, name="balance-delete"),
]
