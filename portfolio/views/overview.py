"""The page after signing in: what is held and earned, and what needs attention."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portfolio import ledger_sums
from portfolio.overview import attention, cards, position_sums, totals
from transactions.models import Account, Import
from transactions.requests import PageRequest

RECENT_IMPORTS = 5


@require_safe
def overview(request: PageRequest) -> HttpResponse:
    accounts = list(Account.objects.owned_by(request.user.pk))
    imports = (
        Import.objects.filter(account__in=accounts)
        .select_related("account")
        .defer("content", "rejects", "remarks")[:RECENT_IMPORTS]
    )
    sums = position_sums(accounts)
    found = ledger_sums.groups_of(accounts)
    context = {
        "accounts": accounts,
        "totals": totals(accounts, sums, found),
        "cards": cards(accounts, sums, found),
        "matters": attention(accounts),
        "troubled": sum(part.issues for part in sums),
        "imports": imports,
    }
    return render(request, "portfolio/overview.html", context)
