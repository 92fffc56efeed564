"""Which money and units of a row cross the border of what a snapshot values, and by how much.

Pure. What is inside: instruments that have a price and a rate, and the cash of accounts that track it.
Whatever goes between inside and outside is a flow; what grows or shrinks inside is gain or loss. The
rules are in docs/algorithms/snapshots.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import NamedTuple, Protocol

from pricing.money import EXACT, ZERO, to_amount
from transactions.kinds import ACQUISITIONS, CASH_SIGN, Kind


class Link(Enum):
    """Where the other side of a row is."""

    NONE = "nowhere known"
    HERE = "in this account"
    # An account of the same owner in which what arrives is valued, too.
    MOVED = "in another account"


class Row(NamedTuple):
    """The columns of a transaction that a snapshot rests on; ``""`` where there is no ticker.

    ``partner`` is the ticker, or else the currency, of the row on the other side of ``link``.
    """

    day: date
    kind: Kind
    ticker: str
    quantity: Decimal | None
    amount: Decimal | None
    currency: str
    fee: Decimal = ZERO
    fee_currency: str = ""
    tax: Decimal = ZERO
    fx_rate: Decimal | None = None
    link: Link = Link.NONE
    partner: str = ""

    @property
    def moves_units_only(self) -> bool:
        return bool(self.ticker) and (
            self.kind in _TRANSFERS or (self.kind is Kind.FEE and self.quantity is not None)
        )

    @property
    def is_money_known(self) -> bool:
        return self.amount is not None or not CASH_SIGN[self.kind] or self.moves_units_only


_TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
_GAINED = frozenset({*ACQUISITIONS, Kind.TRANSFER_IN, Kind.SPLIT})
_LOST = frozenset({Kind.SELL, Kind.TRANSFER_OUT, Kind.FEE})
# Without an instrument these carry the owner's money over the border of the account.
_CARRIES = frozenset({Kind.DEPOSIT, Kind.WITHDRAWAL, *_TRANSFERS})
_TRADES = frozenset({Kind.BUY, Kind.SELL})


def units(row: Row) -> Decimal:
    """What a row adds to the quantity of its ticker; a split adds a signed number of units."""
    if not row.ticker or row.quantity is None:
        return ZERO
    if row.kind in _GAINED:
        return row.quantity
    # Not -x, which rounds to the 28 digits of the default context.
    return row.quantity.copy_negate() if row.kind in _LOST else ZERO


def principal(row: Row) -> Decimal:
    """The money that the row is about, before fee and tax, signed as it reaches the account's cash."""
    if row.amount is None or row.moves_units_only:
        return ZERO
    return EXACT.multiply(Decimal(CASH_SIGN[row.kind]), row.amount)


def money(row: Row) -> Iterator[tuple[str, Decimal]]:
    """What a row does to the cash of the account, by currency, as ``Transaction.cash_effects``."""
    effect = principal(row)
    if row.tax:
        effect = EXACT.subtract(effect, row.tax)
    if effect:
        yield row.currency, effect
    if row.fee:
        yield row.fee_currency or row.currency, row.fee.copy_negate()


class Scope(Protocol):
    """What flows need to know of a day."""

    currency: str
    tracks_cash: bool

    def has_units(self, ticker: str) -> bool:
        """Whether an instrument is valued at the end of the day."""

    def has_money(self, currency: str) -> bool:
        """Whether cash of a currency is."""

    def market(self, ticker: str, quantity: Decimal) -> Decimal | None:
        """So many units at the prices of the day."""

    def convert(self, currency: str, amount: Decimal) -> Decimal | None:
        """Money at the rates of the day; None without one."""


class Flows:
    """The flows of one day, collected row by row. All are positive, in the account's currency."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.inflow = self.outflow = self.moved_in = self.moved_out = ZERO
        self.is_complete = True

    def cross(self, value: Decimal) -> None:
        """Something came into scope (positive) or fell out of it (negative)."""
        self._add(value, Link.NONE)

    def add(self, row: Row) -> None:
        if row.ticker and not self.scope.has_units(row.ticker):
            self._outside(row)
        elif row.moves_units_only:
            self._units(row)
        elif row.kind in _CARRIES and not row.ticker:
            self._carried(row)
        elif self.scope.tracks_cash:
            self._inside(row)
        else:
            self._own(row)

    def _outside(self, row: Row) -> None:
        """A row about an instrument out of scope: of it only the cash is inside, if any is."""
        if self.scope.tracks_cash:
            self._add_money(money(row))

    def _units(self, row: Row) -> None:
        """Units arrive or leave at market value; those paid as a fee are a loss, and no flow."""
        stays = row.link is Link.HERE and self.scope.has_units(row.partner)
        if row.kind in _TRANSFERS and not stays:
            self._add(self.scope.market(row.ticker, units(row)), row.link)
        if not self.scope.tracks_cash:
            self._pay(row)

    def _carried(self, row: Row) -> None:
        """Deposits and the like. Where cash is not tracked they happen outside, but their costs count."""
        if not self.scope.tracks_cash:
            self._pay(row._replace(amount=ZERO))
            return
        self.is_complete = self.is_complete and row.is_money_known
        stays = row.link is Link.HERE and self.scope.has_money(row.partner)
        if self.scope.has_money(row.currency) and not stays:
            self._add(self.scope.convert(row.currency, principal(row)), row.link)

    def _inside(self, row: Row) -> None:
        """Units and cash change places. Whatever of the two is not inside came from outside."""
        self.is_complete = self.is_complete and row.is_money_known
        if row.kind in _TRADES and (row.amount is None or not self.scope.has_money(row.currency)):
            self._add(self.scope.market(row.ticker, units(row)), Link.NONE)

    def _own(self, row: Row) -> None:
        """Cash is outside: what is paid comes in for it, what is received leaves."""
        self.is_complete = self.is_complete and row.is_money_known
        if row.kind in _TRADES and (row.amount is None or self._paid(row) is None):
            self._add(self.scope.market(row.ticker, units(row)), Link.NONE)
        else:
            self._pay(row)

    def _pay(self, row: Row) -> None:
        paid = self._paid(row)
        if paid is None:
            self.is_complete = False
        else:
            self._add(paid, Link.NONE)

    def _paid(self, row: Row) -> Decimal | None:
        """What came from outside for a row, net; by the row's own rate first."""
        paid = ZERO
        for currency, amount in money(row):
            own = row.fx_rate if currency == row.currency and row.fx_rate != 1 else None
            value = self.scope.convert(currency, amount)
            if own is not None and currency != self.scope.currency:
                value = to_amount(EXACT.multiply(amount, own))
            if value is None:
                return None
            paid = EXACT.subtract(paid, value)
        return paid

    def _add_money(self, effects: Iterable[tuple[str, Decimal]]) -> None:
        """Cash that came from outside (positive) or went there; what has no rate is outside itself."""
        for currency, amount in effects:
            self._add(self.scope.convert(currency, amount), Link.NONE)

    def _add(self, value: Decimal | None, link: Link) -> None:
        if not value:
            return
        is_moved = link is Link.MOVED
        if value > 0 and is_moved:
            self.moved_in = EXACT.add(self.moved_in, value)
        elif value > 0:
            self.inflow = EXACT.add(self.inflow, value)
        elif is_moved:
            self.moved_out = EXACT.subtract(self.moved_out, value)
        else:
            self.outflow = EXACT.subtract(self.outflow, value)
