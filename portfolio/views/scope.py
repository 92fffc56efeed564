"""What a page about holdings is about: whose accounts, in which currency, as of which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from portfolio.display import as_of, display_currency
from portfolio.holdings import Books, books
from portfolio.valuation import Market, market_of
from pricing.currencies import CURRENCIES
from pricing.requests import PageRequest
from transactions.models import Account


@dataclass(frozen=True, slots=True)
class Scope:
    accounts: list[Account]
    wanted: str
    on: date | None
    # The day itself, or today.
    day: date
    books: Books
    market: Market
    # The rest of the page's query, for the form that changes currency and day.
    others: list[tuple[str, str]]

    @property
    def query(self) -> str:
        """Added to links, so that the next page is about the same day."""
        return f"?on={self.on}" if self.on else ""

    @property
    def currencies(self) -> list[str]:
        return sorted(CURRENCIES)


def scope_of(request: PageRequest) -> Scope:
    accounts = list(Account.objects.owned_by(request.user.pk))
    wanted, on = display_currency(request), as_of(request)
    day = on or timezone.localdate()
    found = books(accounts, wanted, on)
    others = [
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if name not in {"on", "currency", "page"}
    ]
    return Scope(accounts, wanted, on, day, found, market_of(accounts, found, on, day), others)
