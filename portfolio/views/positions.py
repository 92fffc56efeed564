"""What is held: the list of positions, and one position with all that its figures rest on."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from portfolio.attention import matters
from portfolio.explain import explanations
from portfolio.forms import PositionFilter
from portfolio.listing import (
    SORTS,
    disposal_rows,
    known_sort,
    lot_rows,
    positions_page,
    transaction_rows,
)
from portfolio.models import Position
from transactions.models import Account
from transactions.requests import PageRequest

LISTS = {"lots": lot_rows, "disposals": disposal_rows, "transactions": transaction_rows}


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def positions(request: PageRequest) -> HttpResponse:
    form = PositionFilter(request.GET, request.user.pk)
    sort = known_sort(request.GET.get("sort", ""))
    context = {
        "form": form,
        "sort": sort,
        "sorts": SORTS,
        "page": positions_page(form.positions(), sort, request.GET.get("page", "")),
    }
    part = "#positions" if request.htmx else ""
    return render(request, f"portfolio/positions.html{part}", context)


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def position(request: PageRequest, pk: int) -> HttpResponse:
    owned = Position.objects.filter(account__in=Account.objects.owned_by(request.user.pk))
    found = get_object_or_404(owned.select_related("account", "instrument"), pk=pk)
    context: dict[str, object] = {"position": found}
    # htmx names the target as section#lots; only that list is needed then.
    wanted = (request.htmx.target or "").rpartition("#")[2]
    names = [wanted] if request.htmx and wanted in LISTS else list(LISTS)
    for name in names:
        context[name] = LISTS[name](found, request.GET.get(name, ""))
    if names == [wanted]:
        return render(request, f"portfolio/position.html#{wanted}", context)
    context |= {"matters": matters(found), "figures": explanations(found)}
    return render(request, "portfolio/position.html", context)
