"""What an account was worth on each day, and what came and went: the arithmetic of daily snapshots.

Pure: rows of the ledger, prices and rates in, one ``Snapshot`` a day out, in the account's currency. The
rules and a worked table are in docs/algorithms/snapshots.md. Only what a day changes is computed anew, so
that a weekend costs next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from typing import NamedTuple

from pricing.money import AMOUNT_STEP, EXACT, ONE, ZERO, to_amount, to_quantity
from snapshots.flows import Flows, Row, money, units
from transactions.kinds import Kind

ONE_DAY = timedelta(days=1)
# Looked up once: these run for every instrument and day.
_add, _subtract, _multiply = EXACT.add, EXACT.subtract, EXACT.multiply
# Units of the account's currency per unit of another on a day; None when none was published until then.
FindRate = Callable[[str, date], Decimal | None]


class Point(NamedTuple):
    """From ``day`` on, one unit as it is then costs ``price`` by a close of ``price_day``."""

    day: date
    price: Decimal
    currency: str
    price_day: date


class Snapshot(NamedTuple):
    """One day of an account, in its currency. ``positions`` is the text of a JSON list."""

    day: date
    total_value: Decimal
    cash_balance: Decimal | None
    inflow: Decimal
    outflow: Decimal
    moved_in: Decimal
    moved_out: Decimal
    positions: str
    is_complete: bool


class Asset:
    """Units of an instrument, or cash of a currency, whose price is 1.

    ``value`` is None while the asset is out of scope: its price or rate is not known yet, or less than
    nothing of it is held because purchases are missing.
    """

    __slots__ = (
        "currency", "currency_text", "is_cash", "name", "opening", "price", "price_day_text",
        "price_text", "quantity", "quantity_text", "rate", "rate_text", "text", "value",
    )  # fmt: skip

    def __init__(self, name: str, currency: str = "", price: Decimal | None = None) -> None:
        self.name = json.dumps(name)
        self.is_cash = price is not None
        self.currency, self.currency_text = currency, json.dumps(currency)
        self.price = price
        self.price_text = self.price_day_text = ""
        # ``opening`` is the quantity before the rows of the day.
        self.quantity = self.opening = ZERO
        self.quantity_text = "0"
        self.rate: Decimal | None = None
        self.rate_text = ""
        self.value: Decimal | None = None
        self.text = ""

    def add(self, change: Decimal) -> Asset:
        self.quantity = EXACT.add(self.quantity, change)
        return self

    def worth(self, quantity: Decimal) -> Decimal | None:
        """So many units by the price and rate of the day, at 8 decimals."""
        price, rate = self.price, self.rate
        if price is None or rate is None:
            return None
        if not quantity:
            return ZERO
        worth = _multiply(quantity, price)
        return (worth if rate is ONE else _multiply(worth, rate)).quantize(AMOUNT_STEP, None, EXACT)

    def tell_in(self, currency: str, rate: Decimal | None) -> None:
        """Set the currency of the price, and what it is worth in the account's."""
        if rate is not self.rate:
            self.rate_text = "" if rate is None else plain(to_quantity(rate))
        if currency != self.currency:
            self.currency, self.currency_text = currency, json.dumps(currency)
        self.rate = rate

    def describe(self) -> str:
        """This position in positions_json, without the spaces that PostgreSQL would take out."""
        if self.price is None:
            price = '"price":null,"currency":null,"price_date":null'
        else:
            price = (
                f'"price":"{self.price_text}","currency":{self.currency_text},'
                f'"price_date":"{self.price_day_text}"'
            )
        rate = "null" if self.rate is None else f'"{self.rate_text}"'
        value = "null" if self.value is None else f'"{plain(self.value)}"'
        self.text = (
            f'{{"ticker":{self.name},"quantity":"{self.quantity_text}",{price},'
            f'"rate":{rate},"value":{value}}}'
        )
        return self.text


class History:
    """An account through the days, from the first row of its ledger on.

    ``days`` may be called again for the days that follow; prices are then needed for those alone.
    """

    def __init__(
        self, rows: Iterable[Row], currency: str, *, tracks_cash: bool, start: date
    ) -> None:
        """``rows`` are the whole ledger by day; ``start`` is the first day that is asked for."""
        self.currency = currency
        self.tracks_cash = tracks_cash
        self.holdings: dict[str, Asset] = {}
        self.cash: dict[str, Asset] = {}
        self.rates: dict[str, Decimal | None] = {currency: ONE}
        self.total = ZERO
        self._unknown: set[Asset] = set()
        self._is_cash_known = True
        self._is_begun = False
        self._rows: dict[date, list[Row]] = {}
        for row in rows:
            self._rows.setdefault(row.day, []).append(row)
        for day in sorted(day for day in self._rows if day < start):
            self._move(self._rows.pop(day))
        for ticker in {row.ticker for found in self._rows.values() for row in found} - {""}:
            self._holding(ticker)
        self._tickers = sorted(self.holdings)
        self._positions = ""

    def days(
        self, start: date, end: date, points: Mapping[str, Iterable[Point]], find_rate: FindRate
    ) -> Iterator[Snapshot]:
        """One snapshot a day. ``points`` are in order and led by the last one before ``start``."""
        priced: dict[date, list[tuple[Asset, Point]]] = {}
        for ticker, series in points.items():
            asset = self.holdings[ticker]
            for point in series:
                priced.setdefault(point.day, []).append((asset, point))
        if not self._is_begun:
            self._begin(start - ONE_DAY, priced, find_rate)
        day = start
        while day <= end:
            changed = self._price(priced.get(day, ())) | self._find_rates(day, find_rate)
            yield self._next(day, changed)
            day += ONE_DAY

    def _begin(
        self,
        day: date,
        priced: Mapping[date, Iterable[tuple[Asset, Point]]],
        find_rate: FindRate,
    ) -> None:
        """Stand at the end of a day, so that what is in scope there does not enter it on the next."""
        for known in sorted(priced):
            if known <= day:
                self._price(priced[known])
        self._find_rates(day, find_rate)
        assets = {*self.holdings.values(), *self.cash.values()}
        self._value(assets)
        for asset in assets:
            asset.opening = asset.quantity
        self._is_begun = True

    def _next(self, day: date, changed: set[Asset]) -> Snapshot:
        rows = self._rows.pop(day, [])
        moved = self._move(rows)
        for asset in moved:
            # Money of a currency that was not held before has no rate yet.
            asset.tell_in(asset.currency, self.rates.get(asset.currency))
        changed |= moved
        before = [(asset, asset.value) for asset in changed]
        if changed or not self._positions:
            self._value(changed)
            self._positions = self._describe()
        flows = Flows(self)
        for asset, value in before:
            if (value is None) is not (asset.value is None):
                self._cross(flows, asset, value, rows)
        for row in rows:
            flows.add(row)
        for asset in moved:
            asset.opening = asset.quantity
        return self._snapshot(day, flows)

    def _cross(
        self, flows: Flows, asset: Asset, value: Decimal | None, rows: Iterable[Row]
    ) -> None:
        """What comes into scope enters with what was there before the day's rows; else it leaves."""
        if value is None:
            splits = [
                units(row)
                for row in rows
                if row.kind is Kind.SPLIT and self.holdings[row.ticker] is asset
            ]
            flows.cross(asset.worth(reduce(EXACT.add, splits, asset.opening)) or ZERO)
        else:
            flows.cross(value.copy_negate())

    def _price(self, priced: Iterable[tuple[Asset, Point]]) -> set[Asset]:
        changed = set()
        told: date | None = None
        for asset, (_, price, currency, price_day) in priced:
            if price != asset.price:
                asset.price, asset.price_text = price, plain(price)
            if currency != asset.currency:
                asset.tell_in(currency, self.rates.get(currency))
            # Nearly all prices of a day are of that day: its text is made once.
            if price_day != told:
                told, text = price_day, str(price_day)
            asset.price_day_text = text
            changed.add(asset)
        return changed

    def _find_rates(self, day: date, find_rate: FindRate) -> set[Asset]:
        """Bring the rates to a day; returns the assets that are told in one that changed."""
        assets = [*self.holdings.values(), *self.cash.values()]
        currencies = {asset.currency for asset in assets}
        for row in self._rows.get(day, ()):
            currencies |= {row.currency, row.fee_currency, "" if row.ticker else row.partner}
        for currency in currencies - {self.currency, ""}:
            rate = find_rate(currency, day)
            if rate != self.rates.get(currency):
                self.rates[currency] = rate
        changed = {asset for asset in assets if asset.rate is not self.rates.get(asset.currency)}
        for asset in changed:
            asset.tell_in(asset.currency, self.rates.get(asset.currency))
        return changed

    def _move(self, rows: Iterable[Row]) -> set[Asset]:
        """Change the quantities, and the cash; returns what moved."""
        moved = set()
        for row in rows:
            change = units(row)
            if change:
                moved.add(self._holding(row.ticker).add(change))
            if self.tracks_cash:
                self._is_cash_known = self._is_cash_known and row.is_money_known
                for currency, amount in money(row):
                    moved.add(self._cash(currency).add(amount))
        for asset in moved:
            asset.quantity_text = plain(asset.quantity)
        return moved

    def _holding(self, ticker: str) -> Asset:
        if ticker not in self.holdings:
            self.holdings[ticker] = Asset(ticker)
        return self.holdings[ticker]

    def _cash(self, currency: str) -> Asset:
        if currency not in self.cash:
            self.cash[currency] = Asset(currency, currency, ONE)
        return self.cash[currency]

    def _value(self, assets: Iterable[Asset]) -> None:
        total, unknown = self.total, self._unknown
        for asset in assets:
            before, quantity = asset.value, asset.quantity
            is_plausible = quantity >= ZERO or asset.is_cash
            asset.value = value = asset.worth(quantity) if is_plausible else None
            if before:
                total = _subtract(total, before)
            if value:
                total = _add(total, value)
            if value is None and quantity:
                unknown.add(asset)
            elif unknown:
                unknown.discard(asset)
            asset.text = ""
        self.total = total

    def _describe(self) -> str:
        """The text of positions_json; only what changed is told anew."""
        parts = []
        for ticker in self._tickers:
            asset = self.holdings[ticker]
            if asset.quantity:
                parts.append(asset.text or asset.describe())
        return f"[{','.join(parts)}]"

    def _snapshot(self, day: date, flows: Flows) -> Snapshot:
        cash = None
        if self.tracks_cash:
            known = [asset.value for asset in self.cash.values() if asset.value is not None]
            cash = reduce(EXACT.add, known, ZERO)
        return Snapshot(
            day, self.total, cash, flows.inflow, flows.outflow, flows.moved_in, flows.moved_out,
            self._positions, not self._unknown and self._is_cash_known and flows.is_complete,
        )  # fmt: skip

    def tickers(self, end: date) -> list[str]:
        """The instruments whose prices the days until ``end`` rest on."""
        moved = {row.ticker for day, rows in self._rows.items() if day <= end for row in rows}
        return [t for t in self._tickers if t in moved or self.holdings[t].quantity]

    # What flows ask about the day, see snapshots.flows.Scope.

    def has_units(self, ticker: str) -> bool:
        return ticker in self.holdings and self.holdings[ticker].value is not None

    def has_money(self, currency: str) -> bool:
        return self.tracks_cash and self.rates.get(currency) is not None

    def market(self, ticker: str, quantity: Decimal) -> Decimal | None:
        return self.holdings[ticker].worth(quantity)

    def convert(self, currency: str, amount: Decimal) -> Decimal | None:
        rate = self.rates.get(currency)
        return None if rate is None else to_amount(EXACT.multiply(amount, rate))


def plain(number: Decimal) -> str:
    """All digits of a number and no zeros behind them: 1.50000000 is 1.5, and 1E+2 is 100."""
    text = str(number)
    if "E" in text:
        text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
