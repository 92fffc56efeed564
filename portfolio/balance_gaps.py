"""Where the ledger and what brokers state of balances do not agree."""

from __future__ import annotations

from django.urls import reverse

from portfolio.findings import MOST_SHOWN, Finding, Group, Scope
from portfolio.reconciliation import Line, reconciled
from pricing.money import EXACT


def balances(scope: Scope) -> list[Group]:
    """Kept until a ledger or a statement changes."""
    names = {account.pk: account.name for account in scope.accounts}
    differing = [line for line in reconciled(scope.accounts) if not line.agrees]
    return [
        Group(
            "balances",
            "Balances that differ from what a broker states",
            "Every stated balance agrees",
            "A transaction is missing, is there twice, or was read otherwise than it was meant.",
            len(differing),
            [_finding(line, names[line.account]) for line in differing[:MOST_SHOWN]],
            reverse("portfolio:reconcile"),
        )
    ]


def _finding(line: Line, account: str) -> Finding:
    stated, ours = (
        f"{number.normalize(EXACT):f}" for number in (line.latest.stated, line.latest.ours)
    )
    sentence = f"{stated} stated on {line.latest.at:%-d %b %Y}, {ours} by the transactions."
    url = f"{reverse('portfolio:reconcile')}?account={line.account}"
    return Finding(line.asset, account, sentence, "Compare", url)
