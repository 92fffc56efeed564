"""Loads two days of some accounts and what lies between, for ``snapshots.changes`` to explain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from portfolio.kept import Parts, parts_of, rates_edition
from portfolio.ledger_sums import groups_of
from portfolio.rated import RATES, ROWS, UNITS_ONLY, FixedRates, ledger_rates, product, run
from pricing.money import EXACT, ONE, ZERO, to_amount
from snapshots.changes import Change, Held, Part, Row, Side, explain
from snapshots.models import PortfolioSnapshot
from snapshots.moved_units import moved_units
from transactions.kinds import CASH_SIGN, INCOME, INCOME_IN_KIND, Kind
from transactions.models import Account

Snapshots = Mapping[tuple[int, date], PortfolioSnapshot]

# Which way the money of a row goes as seen from the instrument, and which way its units go.
INVESTED = {Kind.BUY: 1, Kind.SELL: -1, Kind.RETURN_OF_CAPITAL: -1, Kind.FEE: -1}
INVESTED |= {Kind.TRANSFER_IN: 1, Kind.TRANSFER_OUT: -1} | dict.fromkeys(INCOME_IN_KIND, 1)
UNITS = {**INVESTED, Kind.SPLIT: 1, Kind.RETURN_OF_CAPITAL: 0}

# Part of the key, to be raised with every change of what is kept.
VERSION = 2
SUMS = "sums"


def _quotient(amount: str, rate: str) -> str:
    """SQL with far more digits than an amount has; a division keeps those of its parts."""
    return f"CASE WHEN {rate} = 1 THEN {amount} ELSE round({amount}, 40) / {rate} END"


# The amounts of rows that are alike in what they mean: first in the wanted currency, then in that of
# the instrument's price, then in the account's.
_ROWS = f"""
SELECT account_id, coalesce(ticker, ''), transaction_type, {UNITS_ONLY}, count(*),
       count(*) FILTER (WHERE total_amount IS NULL AND transaction_type <> 'SPLIT' AND NOT {UNITS_ONLY}),
       count(*) FILTER (WHERE own.rate IS NULL AND (total_amount <> 0 OR tax <> 0)),
       coalesce(sum(quantity), 0), sum(amount), sum(charged), sum(withheld),
       sum({_quotient("amount", "quoted_rate")}),
       sum({_quotient("amount", "home_rate")}), sum({_quotient("charged + withheld", "home_rate")})
FROM {ROWS}
LEFT JOIN unnest(%(tickers)s::text[], %(quotes)s::text[]) AS priced (what, quote) ON what = ticker
LEFT JOIN {RATES} AS quoted (currency, day, rate)
  ON quoted.currency = coalesce(quote, t.currency) AND quoted.day = t.trade_date
LEFT JOIN {RATES} AS home (currency, day, rate)
  ON home.currency = a.currency AND home.day = t.trade_date
CROSS JOIN LATERAL (
    SELECT CASE WHEN coalesce(quote, t.currency) = %(wanted)s THEN 1 ELSE quoted.rate END AS quoted_rate,
           CASE WHEN a.currency = %(wanted)s THEN 1 ELSE home.rate END AS home_rate,
           coalesce({product("total_amount", "own.rate")}, 0) AS amount,
           coalesce({product("fee", "fee_rate")}, 0) AS charged,
           coalesce({product("tax", "own.rate")}, 0) AS withheld
    OFFSET 0  -- computed once, not wherever it is named
) AS one
WHERE a.id = ANY(%(accounts)s) AND t.trade_date > %(after)s AND t.trade_date <= %(through)s
GROUP BY 1, 2, 3, 4, quoted_rate IS NULL, home_rate IS NULL
"""  # noqa: S608 - our own constants


class Sums(NamedTuple):
    """Rows of one account, instrument and kind; what is None has no rate."""

    ticker: str
    kind: Kind
    is_units_only: bool
    rows: int
    unknown: int
    unrated: int
    quantity: Decimal
    amount: Decimal
    fee: Decimal
    tax: Decimal
    quoted: Decimal | None
    own_amount: Decimal | None
    own_charged: Decimal | None

    @property
    def charged(self) -> Decimal:
        return EXACT.add(self.fee, self.tax)

    @property
    def is_at_market(self) -> bool:
        """Whether units moved whose money says nothing, or is unknown."""
        if not self.ticker or self.kind is Kind.FEE:
            return False
        return self.is_units_only or (bool(self.unknown) and self.kind in {Kind.BUY, Kind.SELL})


@dataclass(frozen=True, slots=True)
class Comparison:
    """``unknown`` counts the rows whose amount or rate nobody knows."""

    start: date
    end: date
    currency: str
    change: Change
    unknown: int
    is_incomplete: bool


def compare(
    accounts: Sequence[Account], currency: str, start: date, end: date
) -> Comparison | None:
    """What changed between the ends of two days; None when no rate converts an account's values."""
    snapshots = {
        (one.account_id, one.snapshot_date): one
        for one in PortfolioSnapshot.objects.filter(
            account__in=[account.pk for account in accounts], snapshot_date__in=(start, end)
        )
    }
    quoted = _quoted(snapshots)
    others = {*quoted.values(), *(account.currency for account in accounts)}
    rates = ledger_rates(accounts, currency, (start, end), others)
    rows = _sums(accounts, rates, quoted, start, end)
    flows = _flows(accounts, rates, start, end)
    tickers = {one.ticker for found in rows.values() for one in found if one.is_at_market}
    moved = moved_units(accounts, rates, quoted, tickers, (start, end))
    parts = []
    for account in accounts:
        sides = [
            _side(account, snapshots.get((account.pk, day)), rates, day) for day in (start, end)
        ]
        if sides[0] is None or sides[1] is None or flows is None:
            return None
        told = [_row(account, one) for one in rows[account.pk]] + moved.get(account.pk, [])
        parts.append(Part(sides[0], sides[1], flows[account.pk], told, _has_foreign_cash(account)))
    unknown = sum(one.unknown + one.unrated for found in rows.values() for one in found)
    is_incomplete = any(not one.is_complete for one in snapshots.values())
    return Comparison(start, end, currency, explain(parts), unknown, is_incomplete)


def _sums(
    accounts: Sequence[Account],
    rates: FixedRates,
    quoted: Mapping[str, str],
    after: date,
    through: date,
) -> dict[int, Sequence[Sums]]:
    """By account, kept until a ledger, a rate or the currency of a price changes."""

    def anew(absent: Sequence[Account]) -> dict[int, Parts]:
        found: dict[int, list[Sums]] = {account.pk: [] for account in absent}
        priced = {"tickers": list(quoted), "quotes": list(quoted.values())}
        days = {"after": after, "through": through}
        for pk, ticker, kind, *sums in run(
            _ROWS, absent, rates.wanted, rates.table(), **priced, **days
        ):
            found[pk].append(Sums(ticker, Kind(kind), *sums))
        return {pk: {SUMS: sums} for pk, sums in found.items()}

    prices = sha256(repr(sorted(quoted.items())).encode()).hexdigest()
    edition = f"changes:{VERSION}:{rates.wanted}:{after}:{through}:{rates_edition()}:{prices}"
    kept = parts_of(accounts, edition, (SUMS,), anew)
    return {account.pk: parts[SUMS] for account, parts in zip(accounts, kept, strict=True)}


def _side(
    account: Account, snapshot: PortfolioSnapshot | None, rates: FixedRates, day: date
) -> Side | None:
    """The account on a day in the shown currency; nothing before its first snapshot."""
    rate = _rate(rates, account.currency, day)
    if snapshot is None:
        return Side(ZERO, rate=rate or ONE)
    if rate is None:
        return None
    held = {
        one["ticker"]: Held(
            Decimal(one["quantity"]),
            _product(one["value"], rate),
            _rate(rates, one["currency"], day) if one["currency"] else None,
        )
        for one in snapshot.positions_json
    }
    cash = EXACT.multiply(snapshot.cash_balance or ZERO, rate)
    return Side(to_amount(EXACT.multiply(snapshot.total_value, rate)), to_amount(cash), rate, held)


def _rate(rates: FixedRates, currency: str, day: date) -> Decimal | None:
    return ONE if currency == rates.wanted else rates.on(currency, day)


def _product(value: str | None, rate: Decimal) -> Decimal | None:
    return None if value is None else to_amount(EXACT.multiply(Decimal(value), rate))


def _flows(
    accounts: Sequence[Account], rates: FixedRates, start: date, end: date
) -> dict[int, Decimal] | None:
    """External flows by account, each at the rate of its day; moves between several are none."""
    found: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
    homes = {account.pk: account.currency for account in accounts}
    rows = (
        PortfolioSnapshot.objects.filter(
            account__in=[account.pk for account in accounts],
            snapshot_date__gt=start,
            snapshot_date__lte=end,
        )
        .exclude(inflow=0, outflow=0, moved_in=0, moved_out=0)
        .order_by()
        .values_list("account", "snapshot_date", "inflow", "outflow", "net_flow")
    )
    for account, day, inflow, outflow, net in rows:
        rate = _rate(rates, homes[account], day)
        if rate is None:
            return None
        amount = EXACT.subtract(inflow, outflow) if len(accounts) > 1 else net
        found[account] = EXACT.add(found[account], to_amount(EXACT.multiply(amount, rate)))
    return found


def _row(account: Account, one: Sums) -> Row:
    invested, units = (
        Decimal(sign.get(one.kind, 0)) if one.ticker else ZERO for sign in (INVESTED, UNITS)
    )
    if one.is_units_only and one.is_at_market:
        invested = ZERO  # whatever they cost: see moved_units
    return Row(
        one.ticker,
        EXACT.multiply(one.quantity, units),
        EXACT.multiply(one.amount, invested),
        None if one.quoted is None else EXACT.multiply(one.quoted, invested),
        one.amount if one.kind in INCOME else ZERO,
        EXACT.add(one.fee, one.amount) if one.kind is Kind.FEE else one.fee,
        EXACT.add(one.tax, one.amount) if one.kind is Kind.TAX else one.tax,
        _cash(one, one.amount, one.charged) if account.tracks_cash else ZERO,
        None
        if one.own_amount is None or one.own_charged is None or not account.tracks_cash
        else _cash(one, one.own_amount, one.own_charged),
        one.rows,
    )


def _cash(one: Sums, amount: Decimal, charged: Decimal) -> Decimal:
    """What the rows did to the cash; see Transaction.cash_effects."""
    sign = ZERO if one.is_units_only else Decimal(CASH_SIGN[one.kind])
    return EXACT.subtract(EXACT.multiply(sign, amount), charged)


def _quoted(snapshots: Snapshots) -> dict[str, str]:
    """The currencies of the prices by instrument."""
    return {
        held["ticker"]: held["currency"]
        for snapshot in snapshots.values()
        for held in snapshot.positions_json
        if held["currency"]
    }


def _has_foreign_cash(account: Account) -> bool:
    found = groups_of([account])
    return any({group.currency, group.payer} != {account.currency} for group in found)
