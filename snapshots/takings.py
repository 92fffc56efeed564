"""What the ledger brought and cost over a period, in one currency: income, fees, taxes, realised gains.

Each row is converted at the rate of its day: its own where it states one into the wanted currency, else the
last published one. What has no rate or no amount is counted and left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, QuerySet, Sum, Value, When

from portfolio.gains import product, realized_gain
from portfolio.kept import Parts, parts_of, rates_edition
from portfolio.ledger_sums import MISSING, PAYER, UNITS_ONLY, Figure
from portfolio.models import Disposal
from pricing.conversion import Rates
from pricing.money import EXACT, ONE, ZERO
from transactions.kinds import ACQUISITIONS, CASH_SIGN, INCOME, Kind
from transactions.models import Account, Transaction

# Part of the key, to be raised with every change of what is kept.
VERSION = 1
SUMS = "sums"
# Their fees are in the cost of lots, or taken off proceeds.
TRADES = frozenset({*ACQUISITIONS, Kind.SELL})


class Group(NamedTuple):
    """The rows of a day that are alike in all that decides what their amounts mean, added up."""

    account: int
    day: date
    kind: Kind
    ticker: str
    currency: str
    payer: str
    fx_rate: Decimal | None
    is_units_only: bool
    quantity: Decimal
    amount: Decimal
    fee: Decimal
    tax: Decimal
    unknown: int


def rows_between(
    accounts: Collection[Account], after: date, through: date
) -> QuerySet[Transaction]:
    pks = [account.pk for account in accounts]
    return Transaction.objects.filter(
        account__in=pks, trade_date__gt=after, trade_date__lte=through
    )


def groups(rows: QuerySet[Transaction]) -> Iterator[Group]:
    """One query."""
    units_only = Case(When(UNITS_ONLY, then=Value(True)), default=Value(False))
    found = (
        rows.order_by()
        .annotate(payer=PAYER, units_only=units_only)
        .values_list(
            *("account", "trade_date", "transaction_type", "instrument", "currency"),
            *("payer", "fx_rate", "units_only"),
        )
        .annotate(
            units=Sum("quantity"),
            amount=Sum("total_amount"),
            fees=Sum("fee"),
            taxes=Sum("tax"),
            missing=MISSING,
        )
    )
    for account, day, kind, ticker, currency, payer, fx_rate, is_units_only, *sums in found:
        units, amount, fee, tax, unknown = sums
        yield Group(
            *(account, day, Kind(kind), ticker or "", currency, payer, fx_rate, is_units_only),
            *(units or ZERO, amount or ZERO, fee, tax, unknown),
        )


@dataclass(frozen=True, slots=True)
class Exchange:
    """Converts amounts of rows into ``currency``; None where no rate is known."""

    currency: str
    rates: Rates
    homes: dict[int, str]

    def rate(self, group: Group, base: str) -> Decimal | None:
        if base == self.currency:
            return ONE
        own, home = group.fx_rate, self.homes[group.account]
        # A rate of exactly 1 between two currencies is a placeholder of the file.
        if own is not None and own != 1:
            if (base, self.currency) == (group.currency, home):
                return own
            if (base, self.currency) == (home, group.currency):
                return EXACT.divide(ONE, own)
        return self.on(base, group.day)

    def on(self, base: str, day: date) -> Decimal | None:
        found = self.rates.find(base, self.currency, day)
        return None if found is None else found.value


@dataclass(slots=True)
class Takings:
    """``fees_apart`` and ``taxes`` are those in no cost of a lot and no proceeds: of rows of their own,
    of dividends, of deposits; all taxes but those on purchases."""

    dividends: Figure = field(default_factory=Figure)
    interest: Figure = field(default_factory=Figure)
    in_kind: Figure = field(default_factory=Figure)
    fees: Figure = field(default_factory=Figure)
    fees_apart: Figure = field(default_factory=Figure)
    taxes: Figure = field(default_factory=Figure)
    taxes_apart: Figure = field(default_factory=Figure)
    realized: Figure = field(default_factory=Figure)

    @property
    def income(self) -> Figure:
        """Before tax."""
        found = self.dividends.plus(self.interest.amount, self.interest.unknown)
        return found.plus(self.in_kind.amount, self.in_kind.unknown)


def takings(accounts: Sequence[Account], exchange: Exchange, after: date, through: date) -> Takings:
    """Of the days after ``after`` through ``through``, kept until a ledger or a rate changes."""
    edition = f"takings:{VERSION}:{exchange.currency}:{after}:{through}:{rates_edition()}"

    def anew(absent: Sequence[Account]) -> dict[int, Parts]:
        fresh = _by_account(absent, exchange, after, through)
        return {account: {SUMS: found} for account, found in fresh.items()}

    total = Takings()
    for parts in parts_of(accounts, edition, (SUMS,), anew):
        for part in fields(Takings):
            _plus(total, part.name, getattr(parts[SUMS], part.name))
    return total


def _by_account(
    accounts: Sequence[Account], exchange: Exchange, after: date, through: date
) -> dict[int, Takings]:
    """Two queries."""
    found = {account.pk: Takings() for account in accounts}
    for group in groups(rows_between(accounts, after, through)):
        _add(found[group.account], group, exchange)
    for account, gain in _realized(accounts, exchange, after, through):
        _plus(found[account], "realized", Figure(gain or ZERO, int(gain is None)))
    return found


def converted(amount: Decimal, rate: Decimal | None) -> Figure:
    if not amount:
        return Figure()
    return Figure(ZERO, 1) if rate is None else Figure(product(amount, rate))


def _add(found: Takings, group: Group, exchange: Exchange) -> None:
    amount = converted(group.amount, exchange.rate(group, group.currency))
    tax = converted(group.tax, exchange.rate(group, group.currency))
    fee = converted(group.fee, exchange.rate(group, group.payer))
    known = amount.plus(ZERO, group.unknown)
    if group.kind in INCOME:
        name = {Kind.DIVIDEND: "dividends", Kind.INTEREST: "interest"}.get(group.kind, "in_kind")
        _plus(found, name, known)
    elif group.kind is Kind.FEE:
        # Units that were paid as a fee are gone from the lots at their value.
        _plus(found, "fees", amount if group.is_units_only else known)
        if not group.is_units_only:
            _plus(found, "fees_apart", known)
    elif group.kind is Kind.TAX:
        _plus(found, "taxes", known)
        _plus(found, "taxes_apart", known)
    _plus(found, "fees", fee)
    _plus(found, "taxes", tax)
    if group.kind not in TRADES:
        _plus(found, "fees_apart", fee)
    if group.kind not in ACQUISITIONS:
        _plus(found, "taxes_apart", tax)


def _plus(found: Takings, name: str, one: Figure) -> None:
    setattr(found, name, getattr(found, name).plus(one.amount, one.unknown))


def cash_effect(group: Group, exchange: Exchange) -> Decimal:
    """What the rows did to the cash; see Transaction.cash_effects."""
    sign = ZERO if group.is_units_only else Decimal(CASH_SIGN[group.kind])
    own = EXACT.subtract(EXACT.multiply(sign, group.amount), group.tax)
    amount = converted(own, exchange.rate(group, group.currency)).amount
    fee = converted(group.fee, exchange.rate(group, group.payer)).amount
    return EXACT.subtract(amount, fee)


def _realized(
    accounts: Sequence[Account], exchange: Exchange, after: date, through: date
) -> Iterator[tuple[int, Decimal | None]]:
    """The gain of each disposal with its account; a transfer realises none."""
    by_pk = {account.pk: account for account in accounts}
    rows = (
        Disposal.objects.filter(
            lot__position__account__in=list(by_pk),
            closing_transaction__trade_date__gt=after,
            closing_transaction__trade_date__lte=through,
        )
        .exclude(closing_transaction__transaction_type=Kind.TRANSFER_OUT.value)
        .values_list(
            *("lot__position__account", "lot__position__currency", "lot__quantity"),
            *("proceeds", "cost", "gain", "lot__account_rate", "account_rate"),
            *("lot__purchase_date", "closing_transaction__trade_date"),
        )
    )
    for pk, currency, units, proceeds, cost, gain, *opening_and_closing in rows.iterator():
        if currency == exchange.currency:
            yield pk, gain
            continue
        opening, closing = _rates_of(by_pk[pk], currency, exchange, opening_and_closing)
        # Sold before it was bought: the lot is the sale.
        sold, bought = (opening, closing) if units < 0 else (closing, opening)
        yield pk, realized_gain(proceeds, cost, sold, bought).total


def _rates_of(
    account: Account, currency: str, exchange: Exchange, columns: Sequence[Any]
) -> tuple[Decimal | None, Decimal | None]:
    """The rates of a lot and its disposal: those fixed into the account's currency, where that is it."""
    opening, closing, opened, closed = columns
    if account.currency == exchange.currency:
        return opening, closing
    return exchange.on(currency, account.day_of(opened)), exchange.on(currency, closed)
