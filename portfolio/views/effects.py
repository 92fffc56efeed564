"""What one transaction did to the lots: a piece of its page, which a lower app shows by URL."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from portfolio.models import Disposal, Lot, Position
from pricing.requests import PageRequest
from transactions.models import Transaction

# A sale of everything may close thousands of lots; the page of the position pages through them.
MOST_SHOWN = 100


@require_safe
@vary_on_headers("HX-Request")
def transaction_effects(request: PageRequest, pk: int) -> HttpResponse:
    """The lots that a transaction opened and the slices of lots that it closed."""
    owned = Transaction.objects.owned_by(request.user.pk)
    found = get_object_or_404(owned.select_related("account", "instrument"), pk=pk)
    position = None
    if found.instrument is not None:
        position = Position.objects.filter(
            account=found.account_id, instrument=found.instrument
        ).first()
    opened = Lot.objects.filter(opening_transaction=found).order_by("purchase_date", "sequence")
    closed = (
        Disposal.objects.filter(closing_transaction=found)
        .select_related("lot")
        .order_by("lot__purchase_date", "pk")
    )
    context = {
        "transaction": found,
        "position": position,
        "opened": list(opened[:MOST_SHOWN]),
        "closed": list(closed[:MOST_SHOWN]),
        "is_cut": opened[MOST_SHOWN:].exists() or closed[MOST_SHOWN:].exists(),
        "issues": _issues(position, found),
    }
    if request.htmx:
        return render(request, "portfolio/_transaction_effects.html", context)
    return render(request, "portfolio/transaction_effects.html", context)


def _issues(position: Position | None, found: Transaction) -> list[dict[str, object]]:
    issues: list[dict[str, object]] = position.issues if position else []
    return [issue for issue in issues if issue.get("transaction") == found.pk]
