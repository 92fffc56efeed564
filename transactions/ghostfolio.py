"""The ledger as Ghostfolio's JSON: what it has words for, and a list of what it has not.

Ghostfolio knows purchases, sales, dividends, interest and fees, each with one price in one currency. Our
own importer reads the file back to the same positions, as far as they rest on these. docs/exports.md
says what becomes of each kind of row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, NamedTuple

from pricing.assets import AssetType
from pricing.models import Instrument
from pricing.money import EXACT, ONE, ZERO, to_amount
from transactions.downloads import plain
from transactions.exports import EXPORTS, Document, LedgerRow, Scope, in_ledger_order, ledger_rows
from transactions.kinds import INCOME_IN_KIND, Kind

# No version of theirs that has the lists below is older.
VERSION = "2.180.0"
# Assets that Ghostfolio looks up nowhere: it refuses a whole file for one symbol it cannot find.
SOURCE = "MANUAL"
CLASSES = {
    AssetType.STOCK: ("EQUITY", "STOCK"),
    AssetType.ETF: ("EQUITY", "ETF"),
    AssetType.FUND: ("EQUITY", "MUTUALFUND"),
    AssetType.BOND: ("FIXED_INCOME", "BOND"),
    AssetType.CRYPTO: ("LIQUIDITY", "CRYPTOCURRENCY"),
    AssetType.METAL: ("COMMODITY", "PRECIOUS_METAL"),
    AssetType.CASH: ("LIQUIDITY", "CASH"),
}
# Enough to find the amount again, few enough to be read.
DIGITS = Context(prec=40, rounding=ROUND_HALF_EVEN)
_CURRENCY = re.compile(r"[A-Z0-9]{3,12}")
_NO_WORDS = {
    Kind.SPLIT: "Ghostfolio knows no splits",
    Kind.RETURN_OF_CAPITAL: "Ghostfolio knows no return of capital",
    Kind.TRANSFER_IN: "Ghostfolio knows no transfers",
    Kind.TRANSFER_OUT: "Ghostfolio knows no transfers",
    Kind.DEPOSIT: "Ghostfolio keeps balances instead of deposits",
    Kind.WITHDRAWAL: "Ghostfolio keeps balances instead of withdrawals",
}


class _LeftOut(Exception):
    """The row cannot be told; the message says why."""


class _Number(NamedTuple):
    """A number of the file, with all of its digits."""

    value: Decimal


def ghostfolio_text(scope: Scope) -> Iterator[str]:
    yield f'{{\n"meta": {json.dumps({"version": VERSION})},\n'
    currency = scope.accounts[0].currency if scope.accounts else "EUR"
    yield f'"user": {json.dumps({"settings": {"currency": currency}})},\n'
    yield from _list("accounts", map(_json, _accounts(scope)))
    yield from _list("platforms", iter(()))
    yield from _list("tags", iter(()))
    yield from _list("assetProfiles", map(_json, _profiles(scope)))
    yield from _list("activities", map(_json, _activities(scope)))
    yield from _list("leftOut", map(_json, _left_out(scope)), end="]\n}\n")


def _list(name: str, items: Iterator[str], *, end: str = "],\n") -> Iterator[str]:
    yield f'"{name}": ['
    pending = "\n"
    for item in items:
        yield pending + item
        pending = ",\n"
    yield end


def _json(members: dict[str, Any]) -> str:
    """One line; numbers keep their digits, which ``json`` would make floats of."""
    parts = []
    for name, value in members.items():
        is_number = isinstance(value, _Number)
        text = plain(value.value) if is_number else json.dumps(value, ensure_ascii=False)
        parts.append(f"{json.dumps(name)}: {text}")
    return "{" + ", ".join(parts) + "}"


def _accounts(scope: Scope) -> Iterator[dict[str, Any]]:
    for account in scope.accounts:
        yield {
            "id": str(account.pk),
            "name": account.name,
            "currency": account.currency,
            "balance": 0,
            "comment": None,
            "isExcluded": False,
            "platformId": None,
        }


def _profiles(scope: Scope) -> Iterator[dict[str, Any]]:
    tickers = in_ledger_order(scope).order_by().values("instrument__ticker").distinct()
    for one in Instrument.objects.filter(ticker__in=tickers).order_by("ticker"):
        asset_class, sub_class = CLASSES.get(AssetType(one.asset_type), (None, None))
        yield {
            "symbol": one.ticker,
            "dataSource": SOURCE,
            # What Ghostfolio shows and what the importer of ours takes for the ticker.
            "name": one.ticker,
            "comment": one.name or None,
            "isin": one.isin or None,
            "assetClass": asset_class,
            "assetSubClass": sub_class,
            "currency": one.currency or scope.accounts[0].currency,
            "marketData": [],
        }


def _activities(scope: Scope) -> Iterator[dict[str, Any]]:
    for row in ledger_rows(scope):
        try:
            yield from told(row)
        except _LeftOut:
            continue  # listed by _left_out, which reads the rows again instead of keeping them


def _left_out(scope: Scope) -> Iterator[dict[str, Any]]:
    for row in ledger_rows(scope):
        try:
            told(row)
        except _LeftOut as reason:
            yield {
                "row": row.pk,
                "date": row.day.isoformat(),
                "type": row.kind,
                "symbol": row.ticker,
                "reason": str(reason),
            }


def told(row: LedgerRow) -> list[dict[str, Any]]:
    """The activities of a row; raises with the reason when there are none."""
    kind = Kind(row.kind)
    _check(row, kind)
    amount, charges = row.amount or ZERO, EXACT.add(row.fee, row.tax)
    if kind is Kind.BUY or (kind is Kind.TRANSFER_IN and row.ticker):
        return [_activity(row, "BUY", amount, row.quantity, fee=charges)]
    if kind is Kind.SELL:
        # A tax on the gain reduces no proceeds, which a fee does.
        taxes = [_label(row, "Tax", row.tax)] if row.tax else []
        return [_activity(row, "SELL", amount, row.quantity, fee=row.fee), *taxes]
    if kind in INCOME_IN_KIND:
        bought = _activity(row, "BUY", amount, row.quantity, fee=charges)
        income = _activity(row, "DIVIDEND", amount, ONE)
        return [bought, {**income, "id": f"{row.pk}-income"}]
    if kind is Kind.DIVIDEND:
        return [_activity(row, "DIVIDEND", amount, ONE, fee=charges)]
    if kind is Kind.INTEREST:
        return [_label(row, "Interest", amount, "INTEREST", fee=charges)]
    return [_label(row, "Tax" if kind is Kind.TAX else "Fee", EXACT.add(amount, charges))]


def _check(row: LedgerRow, kind: Kind) -> None:
    is_known_arrival = kind is Kind.TRANSFER_IN and row.ticker and row.linked is None
    if kind in _NO_WORDS and not (is_known_arrival and row.amount is not None):
        raise _LeftOut(_NO_WORDS[kind])
    if row.amount is None:
        raise _LeftOut("the amount is unknown, and Ghostfolio would take it for nothing")
    if row.amount < 0 or row.fee < 0 or row.tax < 0:
        raise _LeftOut("Ghostfolio takes no negative amounts")
    if kind is Kind.FEE and row.ticker and row.quantity is not None:
        raise _LeftOut("Ghostfolio knows no fees paid in units")
    if row.fee and row.fee_currency not in {"", row.currency}:
        raise _LeftOut(f"its fee is in {row.fee_currency}, and Ghostfolio knows one currency a row")
    if not _CURRENCY.fullmatch(row.currency):
        raise _LeftOut(f"“{row.currency}” is not a currency of Ghostfolio")


def _activity(
    row: LedgerRow,
    type: str,
    amount: Decimal,
    quantity: Decimal | None,
    *,
    fee: Decimal = ZERO,
    symbol: str = "",
) -> dict[str, Any]:
    if quantity is None or not (symbol or row.ticker):
        raise _LeftOut("Ghostfolio needs an asset")
    return {
        "id": str(row.pk),
        "accountId": str(row.account),
        "type": type,
        "date": _moment(row),
        "symbol": symbol or row.ticker,
        "dataSource": SOURCE,
        "currency": row.currency,
        "quantity": _Number(quantity),
        "unitPrice": _Number(_unit_price(row, amount, quantity)),
        "fee": _Number(fee),
        "comment": row.description or None,
        "tagIds": [],
    }


def _label(
    row: LedgerRow, label: str, amount: Decimal, type: str = "FEE", *, fee: Decimal = ZERO
) -> dict[str, Any]:
    """An activity without an asset, for which Ghostfolio wants a name in its place."""
    symbol = row.ticker or label
    if type == "FEE":
        found = _activity(row, type, ZERO, ONE, fee=amount, symbol=symbol)
        return {**found, "id": f"{row.pk}-{label.lower()}", "quantity": _Number(ZERO)}
    return _activity(row, type, amount, ONE, fee=fee, symbol=symbol)


def _moment(row: LedgerRow) -> str:
    """A day is midnight UTC, as Ghostfolio writes it."""
    if not row.has_time:
        return f"{row.day.isoformat()}T00:00:00.000Z"
    return row.at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _unit_price(row: LedgerRow, amount: Decimal, quantity: Decimal) -> Decimal:
    """The row's own price if it leads to the amount, else the one that does."""
    own = row.price if quantity == row.quantity else None
    if own is not None and to_amount(EXACT.multiply(own, quantity)) == amount:
        return own
    return DIGITS.divide(amount, quantity)


def offer() -> None:
    EXPORTS["transactions"].documents["ghostfolio"] = Document(
        "Ghostfolio", "ghostfolio.json", "application/json", ghostfolio_text
    )
