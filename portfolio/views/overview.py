"""The page after signing in: what is held and earned, and what needs attention."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from portfolio.allocation import allocations
from portfolio.attention import lacking
from portfolio.listing import position_rows
from portfolio.models import Position
from portfolio.overview import attention, cards, totals
from portfolio.summary import cash_of, summary
from portfolio.valuation import moves
from portfolio.views.scope import Scope, scope_of
from pricing.requests import PageRequest
from transactions.models import Import

RECENT_IMPORTS = 5
MOST_MOVES = 6
MOST_LACKING = 5


@require_safe
def overview(request: PageRequest) -> HttpResponse:
    scope = scope_of(request)
    context = {"scope": scope, "accounts": scope.accounts, "panel": performance_panel()}
    if scope.accounts:
        context |= _figures(scope)
        context |= _news(scope) if scope.on is None else {}
    return render(request, "portfolio/overview.html", context)


def _figures(scope: Scope) -> dict[str, object]:
    """What is held on the day of the page."""
    positions = Position.objects.filter(account__in=scope.accounts)
    stored = positions.defer("issues").select_related("account", "instrument").in_bulk()
    books, market = scope.books, scope.market
    rows = position_rows(stored, books, market)
    cash = cash_of(scope.accounts, market, books.groups)
    found = [
        (row.position, matter)
        for row in rows
        if row.held.is_open
        for matter in lacking(row.position, row.valuation)[:1]
    ]
    return {
        "summary": summary(rows, cash, books.income),
        "stale": sum(row.is_stale for row in rows if row.held.is_open),
        "lacking": found[:MOST_LACKING],
        "lacking_count": len(found),
        "allocations": allocations(rows, cash),
        "moves": [(stored[move.held.position], move) for move in moves(books, market)[:MOST_MOVES]],
        "totals": totals(scope.accounts, books.held, books.groups),
        "cards": cards(scope.accounts, rows, books.groups, market),
        "troubled": sum(bool(row.held.issues) for row in rows),
    }


def _news(scope: Scope) -> dict[str, object]:
    """What only matters now."""
    imports = (
        Import.objects.filter(account__in=scope.accounts)
        .select_related("account")
        .defer("content", "rejects", "remarks")[:RECENT_IMPORTS]
    )
    return {"matters": attention(scope.accounts), "imports": imports}


def performance_panel() -> str:
    """Where the app above this one answers with its panel; empty without it."""
    try:
        return reverse("snapshots:panel")
    except NoReverseMatch:
        return ""
