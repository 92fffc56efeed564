"""Everything that is unknown or contradictory, each with the way to settle it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from transactions.requests import PageRequest


@require_safe
def data_health(request: PageRequest) -> HttpResponse:
    return render(request, "portfolio/data_health.html", {})
