"""What the pages keep, worked out before anybody asks for it.

After a change the first reader would wait while a whole ledger is added up: seconds with a million rows.
Every page asks for what is kept under the same key and works it out itself where it is missing.
"""

from __future__ import annotations

from datetime import date

from portfolio.display import usual_currency
from portfolio.holdings import books
from portfolio.income import income_of
from portfolio.realized import ALL, YEARS, sums_of
from portfolio.reconciliation import reconciled
from portfolio.valuation import market_of
from snapshots import periods
from snapshots.performance import Asked, measure, taken
from transactions.models import Account


def warm(owner: int, today: date) -> None:
    """The sums behind the pages of a user, as those who choose nothing see them."""
    accounts = list(Account.objects.owned_by(owner))
    if not accounts:
        return
    currency = usual_currency(owner)
    market_of(accounts, books(accounts, currency, None), None, today)
    sums_of(accounts, None, (YEARS, ALL))
    income_of(accounts, currency, None, None)
    reconciled(accounts)
    found = measure(Asked(accounts, currency, periods.period(periods.DEFAULT, today)))
    if found.days:
        taken(found)
