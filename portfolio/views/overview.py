"""The page after signing in: what is held and earned, and what needs attention."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from transactions.requests import PageRequest


@require_safe
def overview(request: PageRequest) -> HttpResponse:
    return render(request, "portfolio/overview.html", {})
