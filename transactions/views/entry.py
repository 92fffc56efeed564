"""Adding, changing and deleting one transaction by hand."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction as database
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from pricing.currencies import CURRENCIES
from pricing.models import Instrument
from pricing.requests import PageRequest, posted
from transactions import ledger
from transactions.forms.entry import TransactionForm
from transactions.models import Account, Transaction

# The datalist is a help for typing, not a directory.
MOST_SUGGESTIONS = 500
PREFILLED = ("account", "transaction_type", "ticker", "date", "quantity", "currency")


@require_http_methods(["GET", "POST"])
def transaction_add(request: PageRequest) -> HttpResponse:
    if not Account.objects.owned_by(request.user.pk).exists():
        messages.info(request, "A transaction belongs to an account: add one first.")
        return redirect("transactions:account-add")
    if request.method == "POST":
        form = TransactionForm(request.POST, user=request.user)
        added = _save(form)
        if added is not None:
            messages.success(request, "The transaction is added, and the positions follow it.")
            return redirect("transactions:transaction", pk=added.pk)
    else:
        form = TransactionForm(user=request.user, initial=_prefilled(request))
    return _render(request, form, {})


@require_http_methods(["GET", "POST"])
def transaction_edit(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_owned(request), pk=pk)
    form = TransactionForm.of(found, request.user, posted(request))
    if request.method == "POST" and _save(form, found) is not None:
        messages.success(request, "The change is saved, and the positions follow it.")
        return redirect("transactions:transaction", pk=pk)
    return _render(request, form, {"transaction": found})


@require_http_methods(["GET", "POST"])
def transaction_delete(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_owned(request), pk=pk)
    if request.method == "POST":
        ledger.delete_transactions(found.account, [found.pk])
        messages.success(request, "The transaction is deleted, and the positions follow.")
        return redirect("transactions:transactions")
    return render(request, "transactions/transaction_delete.html", {"transaction": found})


def _owned(request: PageRequest) -> QuerySet[Transaction]:
    return Transaction.objects.owned_by(request.user.pk).select_related("account", "instrument")


def _save(form: TransactionForm, found: Transaction | None = None) -> Transaction | None:
    """Store what the form says; None when it or the ledger objects, then the form has the errors."""
    if not form.is_valid():
        return None
    try:
        # Together with an instrument that the form adds.
        with database.atomic():
            row = form.row()
            if found is not None:
                return ledger.edit_transaction(found, row)
            return ledger.add_transaction(form.cleaned_data["account"], row)
    except ValidationError as error:
        form.add_ledger_errors(error)
        return None


def _prefilled(request: PageRequest) -> dict[str, str]:
    """Links may carry what is known already, for example the position that lacks a purchase."""
    given = {name: request.GET[name] for name in PREFILLED if name in request.GET}
    accounts = Account.objects.owned_by(request.user.pk)
    if "account" not in given and len(accounts) == 1:
        given["account"] = str(accounts[0].pk)
    if "currency" not in given and accounts:
        given["currency"] = accounts[0].currency
    return given


def _render(
    request: PageRequest, form: TransactionForm, context: dict[str, object]
) -> HttpResponse:
    suggestions = {
        "form": form,
        "instruments": _suggested(request.user),
        "currencies": sorted(CURRENCIES),
    }
    return render(request, "transactions/transaction_form.html", suggestions | context)


def _suggested(user: User) -> QuerySet[Instrument]:
    """Instruments that occur in the user's ledger, each found by one look into its index."""
    rows = Transaction.objects.owned_by(user.pk).filter(instrument=OuterRef("ticker"))
    return Instrument.objects.filter(Exists(rows))[:MOST_SUGGESTIONS]
