"""In which currency and as of which day a page tells its figures: what the reader chose."""

from __future__ import annotations

from django.db.models import Count

from pricing.currencies import is_money
from pricing.requests import PageRequest
from pricing.requests import past_day as as_of
from transactions.models import Account

__all__ = ["as_of", "display_currency", "usual_currency"]

# Whoever has no account yet, or only one in a coin.
DEFAULT_CURRENCY = "EUR"
SESSION_KEY = "display_currency"


def display_currency(request: PageRequest) -> str:
    """The ISO code of the currency to convert into.

    ``?currency=`` changes it and is remembered for the session; until then it is the one of most of
    the user's accounts. A code that names no currency changes nothing, since links get mangled.
    """
    wanted = request.GET.get("currency", "").upper()
    if is_money(wanted):
        if request.session.get(SESSION_KEY) != wanted:
            request.session[SESSION_KEY] = wanted
        return wanted
    chosen: str | None = request.session.get(SESSION_KEY)
    return chosen or usual_currency(request.user.pk)


def usual_currency(user_id: int) -> str:
    """The first in the alphabet of those that most accounts are in."""
    counts = (
        Account.objects.owned_by(user_id)
        .order_by()
        .values_list("currency")
        .annotate(accounts=Count("pk"))
        .order_by("-accounts", "currency")
    )
    return next((currency for currency, _ in counts if is_money(currency)), DEFAULT_CURRENCY)
