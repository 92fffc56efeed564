"""The figures of the overview: per currency and per account, never converted, never guessed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Q, Sum

from portfolio import ledger_sums
from portfolio.attention import Matter, matters
from portfolio.ledger_sums import NOTHING, Figure, Group
from portfolio.models import Position
from pricing.money import EXACT, ZERO
from transactions.models import Account

MOST_MATTERS = 5
OPEN = ~Q(quantity=0)
# A sale whose purchase is missing has no cost and no gain yet.
OVERSOLD = Q(quantity__lt=0)


@dataclass(slots=True)
class Totals:
    """All of the user's figures that are in one currency."""

    currency: str
    open: int = 0
    cost: Figure = NOTHING
    realized: Figure = NOTHING
    income: Figure = NOTHING
    fees: Figure = NOTHING
    taxes: Figure = NOTHING
    cash: Decimal | None = None


@dataclass(slots=True)
class AccountCard:
    account: Account
    open: int = 0
    issues: int = 0
    balances: list[tuple[str, Decimal]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PositionSum:
    """The positions of one account in one currency."""

    account: int
    currency: str
    open: int
    cost: Figure
    realized: Figure
    issues: int


def position_sums(accounts: Sequence[Account]) -> list[PositionSum]:
    rows = (
        Position.objects.filter(account__in=accounts)
        .values_list("account", "currency")
        .annotate(
            open=Count("pk", filter=OPEN),
            cost=Sum("total_cost", filter=OPEN),
            costless=Count("pk", filter=OPEN & Q(total_cost__isnull=True) | OVERSOLD),
            realized=Sum("realized_pl"),
            gainless=Count("pk", filter=Q(realized_pl__isnull=True) | OVERSOLD),
            issues=Count("pk", filter=~Q(issues=[])),
        )
    )
    return [
        PositionSum(
            account,
            currency,
            held,
            Figure(cost or ZERO, costless),
            Figure(realized or ZERO, gainless),
            issues,
        )
        for account, currency, held, cost, costless, realized, gainless, issues in rows
    ]


def totals(
    accounts: Sequence[Account], sums: Sequence[PositionSum], found: Sequence[Group]
) -> list[Totals]:
    """Per currency, the one with most open positions first."""
    by_currency: dict[str, Totals] = {}

    def of(currency: str) -> Totals:
        return by_currency.setdefault(currency, Totals(currency))

    for part in sums:
        total = of(part.currency)
        total.open += part.open
        total.cost = total.cost.plus(part.cost.amount, part.cost.unknown)
        total.realized = total.realized.plus(part.realized.amount, part.realized.unknown)
    for currency, figure in ledger_sums.income(found).items():
        of(currency).income = figure
    for currency, figure in ledger_sums.fees(found).items():
        of(currency).fees = figure
    for currency, figure in ledger_sums.taxes(found).items():
        of(currency).taxes = figure
    for (_, currency), balance in tracked_cash(accounts, found).items():
        of(currency).cash = EXACT.add(of(currency).cash or ZERO, balance)
    return sorted(by_currency.values(), key=lambda total: (-total.open, total.currency))


def tracked_cash(
    accounts: Sequence[Account], found: Sequence[Group]
) -> dict[tuple[int, str], Decimal]:
    """Balances of the accounts whose deposits are recorded; elsewhere a balance would be made up."""
    tracking = {account.pk for account in accounts if account.tracks_cash}
    return {key: value for key, value in ledger_sums.cash(found).items() if key[0] in tracking}


def cards(
    accounts: Sequence[Account], sums: Sequence[PositionSum], found: Sequence[Group]
) -> list[AccountCard]:
    held, issues = Counter[int](), Counter[int]()
    for part in sums:
        held[part.account] += part.open
        issues[part.account] += part.issues
    balances: defaultdict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    for (account, currency), balance in tracked_cash(accounts, found).items():
        balances[account].append((currency, balance))
    return [
        AccountCard(account, held[account.pk], issues[account.pk], balances[account.pk])
        for account in accounts
    ]


def attention(accounts: Sequence[Account]) -> list[tuple[Position, Matter]]:
    """The first matter of each position that has one, up to a handful."""
    positions = (
        Position.objects.filter(account__in=accounts)
        .exclude(issues=[])
        .select_related("account", "instrument")
        .order_by("instrument", "account__name")[:MOST_MATTERS]
    )
    return [(position, matters(position)[0]) for position in positions]
