"""What a person should look at: the issues of positions, each with the way to settle it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from portfolio.gains import Missing, Valuation
from portfolio.lots import IssueCode
from portfolio.models import Position
from transactions.kinds import Kind

EDIT, ADD_PURCHASE, LINK = range(3)
# The list of issues on the page of a position.
ISSUES = "#issues"
# What settles an issue, and what the link to it says.
FIXES = {
    IssueCode.OVERSOLD: (ADD_PURCHASE, "Add the purchase"),
    IssueCode.UNKNOWN_COST: (EDIT, "Enter the cost"),
    IssueCode.UNKNOWN_PROCEEDS: (EDIT, "Enter the proceeds"),
    IssueCode.UNMATCHED_SPLIT: (EDIT, "Check the split"),
    IssueCode.UNMATCHED_TRANSFER: (LINK, "Link the other side"),
}


@dataclass(frozen=True, slots=True)
class Matter:
    """A sentence and the link to what settles it."""

    sentence: str
    fix: str
    url: str


def matters(position: Position) -> list[Matter]:
    """The issues of a position; of several about one transaction with one fix, the first."""
    found: dict[tuple[str, int], Matter] = {}
    for issue in position.issues:
        what, label = FIXES[IssueCode(issue["code"])]
        url = _url(what, position, issue["transaction"])
        found.setdefault((label, issue["transaction"]), Matter(issue["message"], label, url))
    return list(found.values())


def lacking(position: Position, valuation: Valuation) -> list[Matter]:
    """What a valuation has to do without, and where to enter it."""
    if not valuation.missing:  # of hundreds, nearly all
        return []
    quote = valuation.quote
    quoted = quote.currency if quote else position.instrument.currency
    ticker, wanted = position.instrument_id, valuation.wanted
    own = valuation.holding.currency
    issues = f"{position.get_absolute_url()}{ISSUES}"
    said = {
        Missing.PURCHASE: (
            f"{ticker} was sold or moved out without a recorded purchase.",
            "Settle it",
            issues,
        ),
        Missing.PRICE: (
            f"{ticker} has no price yet.",
            "Enter a price",
            reverse("pricing:instrument", args=[position.instrument.pk]),
        ),
        Missing.RATE: (
            f"There is no rate from {quoted} to {wanted}.",
            "See the rates",
            reverse("pricing:rates"),
        ),
        Missing.COST: (f"The cost of {ticker} is unknown.", "Enter the cost", issues),
        Missing.COST_RATE: (
            f"There is no rate from {own} to {wanted} for a day on which {ticker} was bought.",
            "See the rates",
            reverse("pricing:rates"),
        ),
    }
    return [Matter(*said[what]) for what in valuation.missing]


def _url(what: int, position: Position, transaction: int) -> str:
    if what == EDIT:
        return reverse("transactions:transaction-edit", args=[transaction])
    if what == LINK:
        return reverse("transactions:transaction-link", args=[transaction])
    known = {
        "account": position.account_id,
        "transaction_type": Kind.BUY.value,
        "ticker": position.instrument_id,
        "currency": position.currency,
    }
    return f"{reverse('transactions:transaction-add')}?{urlencode(known)}"
