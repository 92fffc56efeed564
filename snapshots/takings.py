"""What the ledger brought and cost over a period, in one currency: income, fees, taxes, realised gains.

Each row is converted at the rate of its day: its own where it states one into the wanted currency, else the
last published one. What has no rate or no amount is counted and left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from portfolio import converted
from portfolio.kept import Parts, parts_of, rates_edition
from portfolio.ledger_sums import Figure
from portfolio.rated import ROWS, UNITS_ONLY, FixedRates, ledger_rates, product, run, span
from transactions.kinds import ACQUISITIONS, INCOME, Kind
from transactions.models import Account

# Part of the key, to be raised with every change of what is kept.
VERSION = 3
SUMS = "sums"
# Their fees are in the cost of lots, or taken off proceeds.
TRADES = frozenset({*ACQUISITIONS, Kind.SELL})
# Only their amounts are asked for; of all other rows it is the fee and the tax.
TOLD = frozenset({*INCOME, Kind.FEE, Kind.TAX})

_TAKINGS = f"""
SELECT account_id, transaction_type, units_only,
       coalesce(sum({product("total_amount", "own.rate")}), 0),
       count(*) FILTER (WHERE total_amount IS NULL),
       count(*) FILTER (WHERE total_amount <> 0 AND own.rate IS NULL),
       coalesce(sum({product("fee", "fee_rate")}), 0),
       count(*) FILTER (WHERE fee <> 0 AND fee_rate IS NULL),
       coalesce(sum({product("tax", "own.rate")}), 0),
       count(*) FILTER (WHERE tax <> 0 AND own.rate IS NULL)
FROM {ROWS} CROSS JOIN LATERAL (SELECT {UNITS_ONLY} AS units_only) AS told
WHERE a.id = ANY(%(accounts)s) AND t.trade_date > %(after)s AND t.trade_date <= %(through)s
  AND (transaction_type = ANY(%(told)s) OR fee <> 0 OR tax <> 0)
GROUP BY 1, 2, 3
"""  # noqa: S608 - our own constants


class Sums(NamedTuple):
    """Rows of one account and kind in the wanted currency; those without amount or rate are counted."""

    account: int
    kind: str
    is_units_only: bool
    amount: Decimal
    unknown: int
    unrated: int
    fee: Decimal
    unrated_fees: int
    tax: Decimal
    unrated_taxes: int


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


def takings(accounts: Sequence[Account], currency: str, after: date, through: date) -> Takings:
    """Of the days after ``after`` through ``through``, kept until a ledger or a rate changes."""
    edition = f"takings:{VERSION}:{currency}:{after}:{through}:{rates_edition()}"

    def anew(absent: Sequence[Account]) -> dict[int, Parts]:
        fresh = _by_account(absent, currency, after, through)
        return {account: {SUMS: found} for account, found in fresh.items()}

    total = Takings()
    for parts in parts_of(accounts, edition, (SUMS,), anew):
        for part in fields(Takings):
            _plus(total, part.name, getattr(parts[SUMS], part.name))
    return total


def _by_account(
    accounts: Sequence[Account], currency: str, after: date, through: date
) -> dict[int, Takings]:
    """Rows and disposals are added up by the database, by one query each."""
    found = {account.pk: Takings() for account in accounts}
    rates = ledger_rates(accounts, currency, (after, through))
    # What was sold in the period may have been bought long before.
    if rates.currencies and (days_of_ledger := span(accounts)):
        first = min(after, days_of_ledger[0])
        rates = FixedRates(currency, rates.currencies, first, through)
    table = rates.table()
    days = {"after": after, "through": through, "told": [kind.value for kind in TOLD]}
    for row in run(_TAKINGS, accounts, currency, table, **days):
        one = Sums._make(row)
        _add(found[one.account], one)
    for pk, gain in converted.Sums(accounts, rates, table).realized(after, through):
        _plus(found[pk], "realized", gain)
    return found


def _add(found: Takings, one: Sums) -> None:
    kind = Kind(one.kind)
    fee, tax = Figure(one.fee, one.unrated_fees), Figure(one.tax, one.unrated_taxes)
    known = Figure(one.amount, one.unknown + one.unrated)
    if kind in INCOME:
        name = {Kind.DIVIDEND: "dividends", Kind.INTEREST: "interest"}.get(kind, "in_kind")
        _plus(found, name, known)
    elif kind is Kind.FEE:
        # Units that were paid as a fee are gone from the lots at their value.
        _plus(found, "fees", Figure(one.amount, one.unrated) if one.is_units_only else known)
        if not one.is_units_only:
            _plus(found, "fees_apart", known)
    elif kind is Kind.TAX:
        _plus(found, "taxes", known)
        _plus(found, "taxes_apart", known)
    _plus(found, "fees", fee)
    _plus(found, "taxes", tax)
    if kind not in TRADES:
        _plus(found, "fees_apart", fee)
    if kind not in ACQUISITIONS:
        _plus(found, "taxes_apart", tax)


def _plus(found: Takings, name: str, one: Figure) -> None:
    setattr(found, name, getattr(found, name).plus(one.amount, one.unknown))
