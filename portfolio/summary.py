"""What all holdings come to in the chosen currency. Nothing that is unknown is guessed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce

from portfolio.gains import UNKNOWN, Gain, percent
from portfolio.ledger_sums import NOTHING, Figure, Group
from portfolio.listing import PositionRow
from portfolio.overview import tracked_cash
from portfolio.valuation import Market
from transactions.models import Account


@dataclass(frozen=True, slots=True)
class Cash:
    """The balance of one currency in one account that tracks cash."""

    account: Account
    currency: str
    balance: Decimal
    value: Decimal | None


def cash_of(accounts: Sequence[Account], market: Market, found: Sequence[Group]) -> list[Cash]:
    known = {account.pk: account for account in accounts}
    return [
        Cash(known[account], currency, balance, market.convert(balance, currency))
        for (account, currency), balance in tracked_cash(accounts, found).items()
    ]


@dataclass(frozen=True, slots=True)
class Gains:
    """``price`` + ``currency`` = ``total``, as long as all of their parts are known."""

    total: Figure
    price: Figure
    currency: Figure
    # Of the cost of what is in the total, in hundredths.
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Every figure is the sum of what is known, with the number of parts that are not."""

    value: Figure
    securities: Figure
    cash: Figure
    cost: Figure
    unrealized: Gains
    realized: Gains
    income: Figure


def summary(rows: Sequence[PositionRow], cash: Sequence[Cash], income: Figure) -> Summary:
    held = [row for row in rows if row.held.is_open]
    securities = added(row.valuation.value for row in held)
    money = added(part.value for part in cash)
    return Summary(
        securities.plus(money.amount, money.unknown),
        securities,
        money,
        added(None if row.held.holding.quantity < 0 else row.held.holding.cost for row in held),
        unrealized(held),
        realized(rows),
        income,
    )


def added(parts: Iterable[Decimal | None]) -> Figure:
    return reduce(Figure.with_part, parts, NOTHING)


def unrealized(rows: Sequence[PositionRow]) -> Gains:
    gains = summed(row.valuation.gain for row in rows)
    paid = added(row.held.holding.cost for row in rows if row.valuation.gain.total is not None)
    return replace(gains, percent=percent(gains.total.amount, paid.amount))


def realized(rows: Sequence[PositionRow]) -> Gains:
    # What is sold without a purchase has brought a gain that nobody knows.
    return summed(row.held.realized if row.held.holding.quantity >= 0 else UNKNOWN for row in rows)


def summed(gains: Iterable[Gain]) -> Gains:
    found = list(gains)
    return Gains(
        added(gain.total for gain in found),
        added(gain.price for gain in found),
        added(gain.currency for gain in found),
    )
