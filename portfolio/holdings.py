"""All that the figures of somebody's positions rest on, now or as of a past day, in a wanted currency.

Read from the stored positions, or computed from the rows up to a day; either way kept until the next
change of a ledger or of a rate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter

from django.core.cache import cache

from portfolio import ledger_sums
from portfolio.as_of import Past, books_on
from portfolio.converted import Sums
from portfolio.gains import (
    NO_GAIN,
    UNKNOWN,
    Gain,
    Holding,
    product,
    realized_gain,
    total,
    total_gain,
)
from portfolio.kept import rates_edition
from portfolio.ledger_sums import NOTHING, Figure, Group
from portfolio.models import Position
from portfolio.own_splits import own_splits
from portfolio.rated import FixedRates, span
from pricing.money import ZERO
from pricing.splits import Split
from transactions.kinds import INCOME, Kind
from transactions.models import Account, Transaction

# Part of the key, to be raised with every change of what is kept.
VERSION = 1
# The key says all that it rests on, so that only the room in the cache limits the time.
KEPT_SECONDS = 24 * 60 * 60
NO_DISPOSALS = (NO_GAIN, ZERO)


@dataclass(frozen=True, slots=True)
class Held:
    """One position and what it cost and brought in the wanted currency; None is unknown."""

    position: int
    account: int
    ticker: str
    issues: int
    average: Decimal | None
    own_realized: Decimal | None
    realized: Gain
    holding: Holding

    @property
    def is_open(self) -> bool:
        return bool(self.holding.quantity)


@dataclass(frozen=True, slots=True)
class Books:
    """What is held, and what else the ledgers add up to by then."""

    wanted: str
    held: list[Held]
    income: Figure
    groups: list[Group]
    splits: dict[tuple[int, str], list[Split]]


def books(accounts: Sequence[Account], wanted: str, on: date | None) -> Books:
    """The books of all accounts of one owner, now or at the end of a day."""
    key = f"books:{VERSION}:{identity(accounts)}:{wanted}:{on or 'now'}:{rates_edition()}"
    found: Books | None = cache.get(key)
    if found is None:
        found = _read(accounts, wanted, on)
        cache.set(key, found, KEPT_SECONDS)
    return found


def identity(accounts: Sequence[Account]) -> str:
    """Changes with every change of a ledger: a transfer also changes the account it came from."""
    revisions = ",".join(f"{account.pk}:{account.revision}" for account in accounts)
    return hashlib.sha256(revisions.encode()).hexdigest()


def _read(accounts: Sequence[Account], wanted: str, on: date | None) -> Books:
    until = on or date.max
    days = span(accounts)
    if days is None:
        return Books(wanted, [], NOTHING, [], {})
    past = books_on(accounts, on) if on else []
    positions = [then.position for then in past] if on else _stored(accounts)
    groups = _groups(accounts, on)
    home = {account.pk: account.currency for account in accounts}
    # Lots keep their rates into the account's currency.
    currencies = {one.currency for one in positions if home[one.account_id] != wanted}
    currencies |= {group.currency for group in groups if group.kind in INCOME}
    rates = FixedRates(wanted, currencies, *days)
    sums = Sums(accounts, rates, rates.table())
    held = [_held_then(then, rates) for then in past] if on else _held_now(positions, sums)
    held.sort(key=attrgetter("ticker", "account"))
    has_splits = any(group.kind is Kind.SPLIT for group in groups)
    splits = own_splits(accounts, until) if has_splits else {}
    return Books(wanted, held, sums.income(until), groups, splits)


def _groups(accounts: Sequence[Account], on: date | None) -> list[Group]:
    if on is None:
        return ledger_sums.groups_of(accounts)
    return ledger_sums.groups(Transaction.objects.filter(account__in=accounts, trade_date__lte=on))


def _stored(accounts: Sequence[Account]) -> list[Position]:
    return list(Position.objects.filter(account__in=accounts))


def _held_now(positions: Sequence[Position], sums: Sums) -> list[Held]:
    wanted = sums.rates.wanted
    is_needed = any(position.currency != wanted for position in positions)
    costs = sums.costs() if is_needed else {}
    gains = sums.gains() if is_needed else {}
    return [
        _held_in_own(position)
        if position.currency == wanted
        else _held(
            position,
            costs.get(position.pk, ZERO),
            _own_checked(position, *gains.get(position.pk, NO_DISPOSALS)),
        )
        for position in positions
    ]


def _held_in_own(position: Position) -> Held:
    """A position that is in the wanted currency anyway: rates have no part in it."""
    own = position.realized_pl
    return _held(position, position.total_cost, UNKNOWN if own is None else Gain(own, own, ZERO))


def _own_checked(position: Position, gain: Gain, own: Decimal | None) -> Gain:
    """Unknown where the position has gained what no disposal accounts for.

    That is capital returned while nothing was held: no row keeps a rate for it.
    """
    return gain if position.realized_pl == (own or ZERO) else UNKNOWN


def _held_then(then: Past, rates: FixedRates) -> Held:
    position, book = then.position, then.book
    if position.currency == rates.wanted:
        return _held_in_own(position)
    account = position.account
    lots = {lot.sequence: lot for lot in book.opened}
    bought = {
        lot.sequence: rates.of(
            account.currency, position.currency, lot.rate, account.day_of(lot.purchased_at)
        )
        for lot in book.opened
    }
    cost = total(_product(lot.remaining_cost, bought[lot.sequence]) for lot in book.longs)
    rows = {line.pk: line for line in then.lines}
    gains = []
    for piece in book.slices:
        row = rows[piece.transaction]
        if row.type == Kind.TRANSFER_OUT.value:
            continue
        closed = rates.of(account.currency, position.currency, piece.rate, row.day)
        sold, paid = closed, bought[piece.lot]
        if lots[piece.lot].quantity < 0:
            sold, paid = paid, sold
        gains.append(realized_gain(piece.proceeds, piece.cost, sold, paid))
    own = total(piece.gain for piece in book.slices if piece.gain is not None)
    return _held(position, cost, _own_checked(position, total_gain(gains), own))


def _product(amount: Decimal | None, rate: Decimal | None) -> Decimal | None:
    return None if amount is None or rate is None else product(amount, rate)


def _held(position: Position, cost: Decimal | None, realized: Gain) -> Held:
    return Held(
        position.pk,
        position.account_id,
        position.instrument_id,
        len(position.issues),
        position.avg_cost_basis,
        position.realized_pl,
        realized,
        Holding(position.quantity, position.currency, position.total_cost, cost),
    )
