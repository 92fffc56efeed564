"""The accounts that everything else hangs on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from pricing.currencies import CURRENCIES
from pricing.requests import PageRequest, posted
from transactions.forms.accounts import AccountForm
from transactions.models import Account, Transaction
from transactions.removal import delete_account

# Beyond this the exact number tells nobody more.
COUNTED = 10_000


@require_safe
def accounts(request: PageRequest) -> HttpResponse:
    context = {"accounts": Account.objects.owned_by(request.user.pk)}
    return render(request, "transactions/accounts.html", context)


@require_http_methods(["GET", "POST"])
def account_add(request: PageRequest) -> HttpResponse:
    form = AccountForm(posted(request), owner=request.user, initial={"currency": "EUR"})
    if request.method == "POST" and form.is_valid():
        account = form.save()
        messages.success(request, f"The account {account.name} is added.")
        return redirect("transactions:accounts")
    return _render(request, form)


@require_http_methods(["GET", "POST"])
def account_edit(request: PageRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.owned_by(request.user.pk), pk=pk)
    form = AccountForm(posted(request), instance=account, owner=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"The account {account.name} is saved.")
        return redirect("transactions:accounts")
    return _render(request, form)


@require_http_methods(["GET", "POST"])
def account_delete(request: PageRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.owned_by(request.user.pk), pk=pk)
    if request.method == "POST":
        delete_account(account)
        messages.success(request, f"The account {account.name} is deleted with all it contained.")
        return redirect("transactions:accounts")
    rows = Transaction.objects.filter(account=account)[: COUNTED + 1].count()
    context = {"account": account, "rows": min(rows, COUNTED), "is_more": rows > COUNTED}
    return render(request, "transactions/account_delete.html", context)


def _render(request: PageRequest, form: AccountForm) -> HttpResponse:
    context = {"form": form, "currencies": sorted(CURRENCIES)}
    return render(request, "transactions/account_form.html", context)
