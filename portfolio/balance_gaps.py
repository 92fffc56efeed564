"""Where the ledger and what brokers state of balances do not agree."""

from __future__ import annotations

from django.urls import reverse

from portfolio.findings import MOST_SHOWN, Finding, Group, Scope
from portfolio.reconciliation import Line, reconciled
from pricing.money import EXACT
from transactions.models import Account


def balances(scope: Scope) -> list[Group]:
    """Kept until a ledger or a statement changes."""
    accounts = {account.pk: account for account in scope.accounts}
    differing = [line for line in reconciled(scope.accounts) if not line.agrees]
    return [
        Group(
            "balances",
            "Balances that differ from what a broker states",
            "Every stated balance agrees",
            "A transaction is missing, is there twice, or was read otherwise than it was meant.",
            len(differing),
            [_finding(line, accounts[line.account]) for line in differing[:MOST_SHOWN]],
            reverse("portfolio:reconcile"),
        )
    ]


def _finding(line: Line, account: Account) -> Finding:
    stated, ours = (
        f"{number.normalize(EXACT):f}" for number in (line.latest.stated, line.latest.ours)
    )
    day = account.day_of(line.latest.at)
    sentence = f"{stated} stated on {day:%-d %b %Y}, {ours} by the transactions."
    url = f"{reverse('portfolio:reconcile')}?account={line.account}"
    return Finding(line.asset, account.name, sentence, "Compare", url)
