"""How the portfolio did: the performance page, the panel of the overview, the chart's data, changes."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from portfolio.display import as_of, display_currency
from pricing.requests import PageRequest
from snapshots.comparison import compare
from snapshots.figures import shown
from snapshots.forms import PerformanceForm
from snapshots.performance import Asked, Performance, measure, months, taken
from snapshots.periods import LABELS
from snapshots.series import extent
from transactions.models import Account

PANEL_FIGURES = 4


@require_safe
def performance(request: PageRequest) -> HttpResponse:
    return render(request, "snapshots/performance.html", _context(request, is_whole=True))


@require_safe
@vary_on_headers("HX-Request")
def panel(request: PageRequest) -> HttpResponse:
    """What the overview loads; whoever opens the address gets the whole page."""
    if not request.htmx:
        return HttpResponseRedirect(reverse("snapshots:performance"))
    return render(request, "snapshots/_panel.html", _context(request, is_whole=False))


@require_safe
@cache_control(private=True, no_cache=True)
def series(request: PageRequest) -> HttpResponse:
    """The days of the chart; unchanged ones are not sent again."""
    asked, _ = _asked(request)
    found = measure(asked)
    body = json.dumps(_series(found), separators=(",", ":"))
    etag = f'"{sha256(body.encode()).hexdigest()}"'
    response = HttpResponse(body, content_type="application/json", headers={"ETag": etag})
    answer = get_conditional_response(request, etag=etag, response=response)
    assert isinstance(answer, HttpResponse)
    return answer


@require_safe
def changes(request: PageRequest) -> HttpResponse:
    asked, form = _asked(request)
    reach = extent(asked.accounts, asked.period.end)
    context: dict[str, object] = {"form": form, "extent": reach, "currency": asked.currency}
    if reach.first and reach.through:
        before_all = reach.first - timedelta(days=1)
        start = max(asked.period.start or before_all, before_all)
        context |= {"start": start, "end": reach.through}
        if start < reach.through:
            context["found"] = compare(asked.accounts, asked.currency, start, reach.through)
    return render(request, "snapshots/changes.html", context)


def _asked(request: PageRequest) -> tuple[Asked, PerformanceForm]:
    form = PerformanceForm(request.GET, request.session, request.user.pk)
    accounts = form.chosen_accounts(list(Account.objects.owned_by(request.user.pk)))
    period = form.chosen_period(timezone.localdate(), as_of(request))
    currency = display_currency(request)
    return Asked(accounts, currency, period, form.chosen_benchmark(), form.chosen_risk_free()), form


def _context(request: PageRequest, *, is_whole: bool) -> dict[str, object]:
    asked, form = _asked(request)
    context: dict[str, object] = {
        "form": form,
        "asked": asked,
        "currency": asked.currency,
        "periods": LABELS.items(),
        "query": request.GET.urlencode(),
    }
    if not asked.accounts:
        return context
    found = measure(asked)
    context |= {"extent": found.extent, "found": found}
    if found.days:
        figures = shown(found, taken(found))
        context["figures"] = figures if is_whole else figures[:PANEL_FIGURES]
        context["months"] = months(found)[::-1]
    return context


def _series(found: Performance) -> dict[str, object]:
    """Numbers as text, since the chart draws them but people may compute with them."""
    days = found.days[found.opening :]
    compared = found.benchmark.days[found.opening :] if found.benchmark else ()
    return {
        "currency": found.asked.currency,
        "benchmark_name": found.asked.benchmark,
        "day": [day.day.isoformat() for day in days],
        "value": [_text(day.value) for day in days],
        "inflow": [_text(day.inflow) for day in days],
        "outflow": [_text(day.outflow) for day in days],
        "benchmark": [_text(day.value) for day in compared],
    }


def _text(value: object) -> str | None:
    return None if value is None else f"{value:f}"
