"""Everything that is unknown or contradictory, each with the way to settle it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portfolio.data_health import groups
from portfolio.display import as_of, display_currency
from portfolio.findings import Scope
from pricing.requests import PageRequest
from transactions.models import Account


@require_safe
def data_health(request: PageRequest) -> HttpResponse:
    scope = Scope(
        request.user,
        list(Account.objects.owned_by(request.user.pk)),
        as_of(request) or timezone.localdate(),
        display_currency(request),
    )
    found = groups(scope)
    context = {
        "accounts": scope.accounts,
        "open": [group for group in found if group.count],
        "settled": [group for group in found if not group.count],
    }
    return render(request, "portfolio/data_health.html", context)
