"""Balances that a person types in, to be compared with the ledger on the reconcile page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from pricing.requests import PageRequest, posted
from transactions.forms.balance import BalanceForm
from transactions.models import Account, StatedBalance


@require_http_methods(["GET", "POST"])
def balance_add(request: PageRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.owned_by(request.user.pk), pk=pk)
    initial = {"asset": request.GET.get("asset", account.currency)}
    form = BalanceForm(posted(request), account=account, initial=initial)
    if request.method == "POST" and form.is_valid():
        form.balance().save()
        messages.success(request, "The balance is kept and compared.")
        return redirect(reverse("portfolio:reconcile") + f"?account={pk}")
    return render(request, "transactions/balance_form.html", {"form": form, "account": account})


@require_POST
def balance_delete(request: PageRequest, pk: int) -> HttpResponse:
    """Only of those that were typed in: the others go with the import of their file."""
    typed = StatedBalance.objects.filter(account__owner=request.user, source=None)
    balance = get_object_or_404(typed, pk=pk)
    balance.delete()
    messages.success(request, "The balance is gone.")
    return redirect(reverse("portfolio:reconcile") + f"?account={balance.account_id}")
