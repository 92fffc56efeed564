"""The exchange rates there are, and having them fetched."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from pricing.models import ExchangeRate
from pricing.requests import PageRequest
from pricing.tasks import queue_rates


@require_safe
def rates(request: PageRequest) -> HttpResponse:
    last = ExchangeRate.objects.order_by("currency", "-date").distinct("currency")
    return render(request, "pricing/rates.html", {"rates": last})


@require_POST
def rates_fetch(request: PageRequest) -> HttpResponse:
    if queue_rates():
        sentence = "The rates are being fetched. They are here when you reload the page."
    else:
        sentence = "The rates wait to be fetched already."
    messages.info(request, sentence)
    return redirect("pricing:rates")
