"""What is held: the list of positions, and one position with all that its figures rest on."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from portfolio.as_of import position_on
from portfolio.attention import ISSUES, Matter, lacking, matters
from portfolio.display import as_of
from portfolio.evidence import Evidence, stored
from portfolio.evidence import as_of as evidence_on
from portfolio.explain import explanations
from portfolio.explain_worth import converted
from portfolio.forms import PositionFilter
from portfolio.listing import (
    SORTS,
    PositionRow,
    disposal_rows,
    known_sort,
    lot_rows,
    position_rows,
    positions_page,
    transaction_rows,
)
from portfolio.models import Position
from portfolio.views.scope import scope_of
from pricing.requests import PageRequest
from transactions.models import Account

LISTS = {"lots": lot_rows, "disposals": disposal_rows, "transactions": transaction_rows}


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def positions(request: PageRequest) -> HttpResponse:
    form = PositionFilter(request.GET, request.user.pk)
    sort = known_sort(request.GET.get("sort", ""))
    scope = scope_of(request)
    candidates = form.candidates().select_related("account", "instrument").in_bulk()
    rows = position_rows(candidates, scope.books, scope.market)
    shown = [row for row in rows if form.fits(row.held)]
    context = {
        "scope": scope,
        "form": form,
        "sort": sort,
        "sorts": SORTS,
        "has_closed": bool(rows),
        "page": positions_page(shown, sort, request.GET.get("page", "")),
    }
    part = "#positions" if request.htmx else ""
    return render(request, f"portfolio/positions.html{part}", context)


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def position(request: PageRequest, pk: int) -> HttpResponse:
    owned = Position.objects.filter(account__in=Account.objects.owned_by(request.user.pk))
    found = get_object_or_404(owned.select_related("account", "instrument"), pk=pk)
    on = as_of(request)
    past = position_on(found, on) if on else None
    if on and past is None:
        scope = scope_of(request)
        return render(request, "portfolio/position.html", {"position": found, "scope": scope})
    evidence = evidence_on(past, on) if on and past else stored(found)
    context: dict[str, object] = {"position": evidence.position, "evidence": evidence}
    # htmx names the target as section#lots; only that list is needed then.
    wanted = (request.htmx.target or "").rpartition("#")[2]
    names = [wanted] if request.htmx and wanted in LISTS else list(LISTS)
    counts = evidence.counts()
    for name in names:
        context[name] = LISTS[name](evidence, counts[name], request.GET.get(name, ""))
    if names == [wanted]:
        return render(request, f"portfolio/position.html#{wanted}", context)
    return render(request, "portfolio/position.html", context | _figures(request, evidence))


def _lacking(row: PositionRow) -> list[Matter]:
    """What the value lacks, without what the issues on the same page say."""
    found = lacking(row.position, row.valuation)
    return [one for one in found if not one.url.endswith(ISSUES)]


def _figures(request: PageRequest, evidence: Evidence) -> dict[str, object]:
    scope, position = scope_of(request), evidence.position
    row = next(
        row
        for row in position_rows({position.pk: position}, scope.books, scope.market)
        if row.held.position == position.pk
    )
    return {
        "scope": scope,
        "row": row,
        "lacking": _lacking(row) if row.held.is_open else [],
        "matters": matters(position),
        "figures": [*explanations(evidence), *converted(evidence, row, scope.wanted)],
    }
