"""The list of prices, one instrument with its history, and what waits in quarantine."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from pricing.closes import closes_on
from pricing.forms.prices import PriceFilter
from pricing.listing import (
    PRICES_A_PAGE,
    chart,
    line_of,
    price_lines,
    price_rows,
    priced,
    splits_without_record,
    waiting_rows,
)
from pricing.models import MANUAL
from pricing.providers import PROVIDERS
from pricing.requests import PageRequest


@require_safe
@vary_on_headers("HX-Request")
def prices(request: PageRequest) -> HttpResponse:
    form, today = PriceFilter(request.GET), timezone.localdate()
    found = form.instruments(request.user.pk, today)
    context = {
        "form": form,
        "page": price_lines(found, today, request.GET.get("page", "")),
    }
    part = "#instruments" if request.htmx else ""
    return render(request, f"pricing/prices.html{part}", context)


@require_safe
@vary_on_headers("HX-Request")
def instrument(request: PageRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    found = get_object_or_404(priced(request.user.pk, today), pk=pk)
    context: dict[str, object] = {
        "instrument": found,
        "page": price_rows(found, request.GET.get("page", "")),
        "MANUAL": MANUAL,
    }
    if request.htmx:
        return render(request, "pricing/instrument.html#history", context)
    context |= {
        "line": line_of(found, closes_on([found.ticker], today).get(found.ticker), today),
        "provider": PROVIDERS.get(found.provider),
        "chart": chart(found, today),
        "splits": found.splits.all(),
        "names": found.other_names.all(),
        "unrecorded": splits_without_record(found, request.user.pk),
    }
    return render(request, "pricing/instrument.html", context)


@require_safe
def quarantine(request: PageRequest) -> HttpResponse:
    rows = waiting_rows(request.user.pk)
    page = Paginator(rows, PRICES_A_PAGE).get_page(request.GET.get("page", ""))
    return render(request, "pricing/quarantine.html", {"page": page})
