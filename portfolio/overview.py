"""The parts of the overview: each currency by itself, each account, and what needs attention."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from portfolio import ledger_sums
from portfolio.attention import Matter, matters
from portfolio.holdings import Held
from portfolio.ledger_sums import NOTHING, Figure, Group
from portfolio.listing import PositionRow
from portfolio.models import Position
from portfolio.valuation import Market
from pricing.money import EXACT, ZERO
from transactions.models import Account

MOST_MATTERS = 5


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
    value: Figure = NOTHING
    balances: list[tuple[str, Decimal]] = field(default_factory=list)


def totals(
    accounts: Sequence[Account], held: Iterable[Held], found: Sequence[Group]
) -> list[Totals]:
    """Per currency, the one with most open positions first."""
    by_currency: dict[str, Totals] = {}

    def of(currency: str) -> Totals:
        return by_currency.setdefault(currency, Totals(currency))

    for one in held:
        total = of(one.holding.currency)
        # A sale whose purchase is missing has no cost and no gain yet.
        is_oversold = one.holding.quantity < 0
        total.realized = total.realized.with_part(None if is_oversold else one.own_realized)
        if one.is_open:
            total.open += 1
            total.cost = total.cost.with_part(None if is_oversold else one.holding.own_cost)
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
    accounts: Sequence[Account], rows: Sequence[PositionRow], found: Sequence[Group], market: Market
) -> list[AccountCard]:
    made = {account.pk: AccountCard(account) for account in accounts}
    for row in rows:
        card = made[row.held.account]
        card.issues += bool(row.held.issues)
        if row.held.is_open:
            card.open += 1
            card.value = card.value.with_part(row.valuation.value)
    for (account, currency), balance in tracked_cash(accounts, found).items():
        card = made[account]
        card.balances.append((currency, balance))
        card.value = card.value.with_part(market.convert(balance, currency))
    return list(made.values())


def attention(accounts: Sequence[Account]) -> list[tuple[Position, Matter]]:
    """The first matter of each position that has one, up to a handful."""
    positions = (
        Position.objects.filter(account__in=accounts)
        .exclude(issues=[])
        .select_related("account", "instrument")
        .order_by("instrument", "account__name")[:MOST_MATTERS]
    )
    return [(position, matters(position)[0]) for position in positions]
