"""Loads two days of some accounts and what lies between, for ``snapshots.changes`` to explain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portfolio.ledger_sums import groups_of
from pricing.conversion import Rates
from pricing.money import EXACT, ONE, ZERO, to_amount
from snapshots.changes import Change, Held, Part, Row, Side, explain
from snapshots.models import PortfolioSnapshot
from snapshots.takings import Exchange, Group, cash_effect, converted, groups, rows_between
from transactions.kinds import INCOME_IN_KIND, Kind
from transactions.models import Account

Snapshots = Mapping[tuple[int, date], PortfolioSnapshot]

# Which way the money of a row goes as seen from the instrument, and which way its units go.
INVESTED = {Kind.BUY: 1, Kind.SELL: -1, Kind.RETURN_OF_CAPITAL: -1, Kind.FEE: -1}
INVESTED |= {Kind.TRANSFER_IN: 1, Kind.TRANSFER_OUT: -1} | dict.fromkeys(INCOME_IN_KIND, 1)
UNITS = {**INVESTED, Kind.SPLIT: 1, Kind.RETURN_OF_CAPITAL: 0}


@dataclass(frozen=True, slots=True)
class Comparison:
    """``unknown`` counts the rows whose amount or rate nobody knows; they are in no part but the price."""

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
    rows = list(groups(rows_between(accounts, start, end)))
    exchange = _exchange(accounts, currency, snapshots, rows, (start, end))
    flows = _flows(accounts, exchange, start, end)
    quoted, parts = _quoted(snapshots), []
    for account in accounts:
        sides = [
            _side(account, snapshots.get((account.pk, day)), exchange, day) for day in (start, end)
        ]
        if sides[0] is None or sides[1] is None or flows is None:
            return None
        own = [row for row in rows if row.account == account.pk]
        parts.append(
            Part(
                sides[0],
                sides[1],
                flows[account.pk],
                [
                    _row(account, row, exchange, quoted.get((account.pk, row.ticker), row.currency))
                    for row in own
                ],
                _has_foreign_cash(account),
            )
        )
    unknown = sum(row.unknown + _unrated(row, exchange) for row in rows)
    is_incomplete = any(not one.is_complete for one in snapshots.values())
    return Comparison(start, end, currency, explain(parts), unknown, is_incomplete)


def _exchange(
    accounts: Sequence[Account],
    currency: str,
    snapshots: Snapshots,
    rows: Iterable[Group],
    days: tuple[date, date],
) -> Exchange:
    codes = {currency, *(account.currency for account in accounts)}
    for one in snapshots.values():
        codes |= {held["currency"] for held in one.positions_json if held["currency"]}
    for row in rows:
        codes |= {row.currency, row.payer}
    homes = {account.pk: account.currency for account in accounts}
    return Exchange(currency, Rates(codes - {""}, *days), homes)


def _side(
    account: Account, snapshot: PortfolioSnapshot | None, exchange: Exchange, day: date
) -> Side | None:
    """The account on a day in the shown currency; nothing before its first snapshot."""
    rate = exchange.on(account.currency, day)
    if snapshot is None:
        return Side(ZERO, rate=rate or ONE)
    if rate is None:
        return None
    held = {
        one["ticker"]: Held(
            Decimal(one["quantity"]),
            _product(one["value"], rate),
            exchange.on(one["currency"], day) if one["currency"] else None,
        )
        for one in snapshot.positions_json
    }
    cash = EXACT.multiply(snapshot.cash_balance or ZERO, rate)
    return Side(to_amount(EXACT.multiply(snapshot.total_value, rate)), to_amount(cash), rate, held)


def _product(value: str | None, rate: Decimal) -> Decimal | None:
    return None if value is None else to_amount(EXACT.multiply(Decimal(value), rate))


def _flows(
    accounts: Sequence[Account], exchange: Exchange, start: date, end: date
) -> dict[int, Decimal] | None:
    """External flows by account, each at the rate of its day; moves between several are none."""
    found: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
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
        rate = exchange.on(exchange.homes[account], day)
        if rate is None:
            return None
        amount = EXACT.subtract(inflow, outflow) if len(accounts) > 1 else net
        found[account] = EXACT.add(found[account], to_amount(EXACT.multiply(amount, rate)))
    return found


def _row(account: Account, group: Group, exchange: Exchange, quoted: str) -> Row:
    own = exchange.rate(group, group.currency)
    amount = converted(group.amount, own).amount
    is_taking = group.kind in {Kind.DIVIDEND, Kind.INTEREST, *INCOME_IN_KIND}
    fee = converted(group.fee, exchange.rate(group, group.payer)).amount
    tax = converted(group.tax, own).amount
    has_units = bool(group.ticker)
    return Row(
        group.ticker,
        EXACT.multiply(group.quantity, Decimal(UNITS.get(group.kind, 0))) if has_units else ZERO,
        EXACT.multiply(amount, Decimal(INVESTED.get(group.kind, 0))) if has_units else ZERO,
        exchange.on(quoted, group.day),
        amount if is_taking else ZERO,
        EXACT.add(fee, amount) if group.kind is Kind.FEE else fee,
        EXACT.add(tax, amount) if group.kind is Kind.TAX else tax,
        cash_effect(group, exchange) if account.tracks_cash else ZERO,
        exchange.on(account.currency, group.day),
    )


def _quoted(snapshots: Snapshots) -> dict[tuple[int, str], str]:
    """The currencies of the prices, by account and instrument."""
    return {
        (account, held["ticker"]): held["currency"]
        for (account, _), snapshot in snapshots.items()
        for held in snapshot.positions_json
        if held["currency"]
    }


def _has_foreign_cash(account: Account) -> bool:
    found = groups_of([account])
    return any({group.currency, group.payer} != {account.currency} for group in found)


def _unrated(row: Group, exchange: Exchange) -> int:
    return int(bool(row.amount or row.tax) and exchange.rate(row, row.currency) is None)
