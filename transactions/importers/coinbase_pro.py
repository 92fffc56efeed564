"""Coinbase Pro, also GDAX and Coinbase Exchange: the account statement and the fills as CSV.

* Account: ``portfolio,type,time,amount,balance,amount/balance unit,transfer id,trade id,order id``. One row
  for each amount that moves: the two sides of a trade and its fee share their ``trade id``, which is unique
  within a market only; the fills of one order share their ``order id``. Every row has the balance of its coin
  or money in its portfolio.
* Fills: ``portfolio,trade id,product,side,created at,size,size unit,price,fee,total,price/fee/total unit``.
  Trades only. The total has the fee in it, and a minus when it was paid.

Quirks: times are UTC. The portfolio of those who never made another one is called “default”. The fee of a
trade is in its second asset, also where that is a coin. Conversions between dollars and USDC have two rows of
one moment, and not always an id. The network's fee of a withdrawal is in its amount.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from pricing.money import EXACT, ZERO, parse_number
from pricing.readers import Header, Source
from transactions.importers.base import Ignored, Outcome, Rejected, RowError, Stated
from transactions.importers.coins import Coins, Event, Leg, is_fiat, summed, utc_instant
from transactions.importers.figures import RAW_LENGTH, positive, required
from transactions.importers.picking import Picker
from transactions.importers.tables import Rows, TableImporter
from transactions.kinds import Kind

_MAIN = "default"
# Of rows that are in no money. The same in every file, so that a row of two files is one.
_CURRENCY = "USD"
_MATCH, _FEE, _CONVERSION, _REBATE = "match", "fee", "conversion", "rebate"
_TYPES = ("deposit", "withdrawal", _MATCH, _FEE, _CONVERSION, _REBATE)


class _Cells(NamedTuple):
    portfolio: str
    type: str
    time: str
    amount: str
    balance: str
    unit: str
    transfer: str
    trade: str
    order: str


class _Row(NamedTuple):
    """One movement; ``change`` has the sign of the file. ``key`` is what the rows of one event share."""

    event: Event
    type: str
    portfolio: str
    change: Decimal
    asset: str
    balance: Decimal | None
    key: tuple[str, ...]
    raw: str

    @property
    def leg(self) -> Leg:
        return Leg(self.change.copy_abs(), self.asset)


class _Account(Rows):
    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        super().__init__(picker, header, source)
        self.coins = Coins()
        self.found: list[Outcome] = []
        self.waiting: dict[tuple[str, ...], list[_Row]] = {}

    def read(self, line: int, cells: Sequence[str]) -> Iterable[Outcome]:
        row = self._row(line, _Cells._make(cells))
        if row.key:
            self.waiting.setdefault(row.key, []).append(row)
        else:
            self.found += [*self._alone(row), *self._stated(row, line)]
        return ()

    def _row(self, line: int, cells: _Cells) -> _Row:
        type = cells.type.casefold()
        if type not in _TYPES:
            raise RowError(f"the type “{cells.type}” is not known; known are {', '.join(_TYPES)}")
        if not cells.unit:
            raise RowError("the column “amount/balance unit” is empty")
        change = required(cells.amount, "amount")
        id = cells.transfer if type in {"deposit", "withdrawal"} else cells.trade or cells.transfer
        order = f"order {cells.order}" if cells.order else ""
        event = Event(line, utc_instant(cells.time), _CURRENCY, id, order or type)
        portfolio = _portfolio(cells.portfolio)
        key: tuple[str, ...] = ()
        if type == _MATCH or (type == _FEE and cells.trade and change <= 0):
            key = (portfolio, _MATCH, cells.trade, cells.order)
        elif type == _CONVERSION:
            key = (portfolio, _CONVERSION, id or cells.time)
        balance, raw = parse_number(cells.balance), self.delimiter.join(cells)[:RAW_LENGTH]
        return _Row(event, type, portfolio, change, cells.unit, balance, key, raw)

    def _stated(self, row: _Row, line: int) -> Iterator[Stated]:
        if row.balance is not None:
            is_money = is_fiat(row.asset)
            yield Stated(
                line,
                row.event.when,
                row.balance,
                currency=row.asset if is_money else "",
                security=None if is_money else self.coins.security(row.asset),
                portfolio=row.portfolio,
            )

    def _stated_after(self, rows: list[_Row]) -> Iterator[Stated]:
        """What each asset was after an event: after its last row, where no other stands in between.

        Until then a comparison would see half of the event.
        """
        lines = [row.event.line for row in rows]
        is_whole = lines == list(range(lines[0], lines[0] + len(lines)))
        last = {row.asset: row for row in rows}
        for row in rows:
            is_last = is_whole and row is last[row.asset]
            yield from self._stated(row, lines[-1] if is_last else row.event.line)

    def _alone(self, row: _Row) -> list[Outcome]:
        """What is no part of a trade: what comes and goes, fees, and what is paid back of them."""
        event, leg, comes = row.event, row.leg, row.change > 0
        if not row.change:
            return [Ignored(event.line, "a booking of 0")]
        if row.type not in {_FEE, _REBATE}:
            found = self.coins.moved(event, leg, comes)
        elif comes and not is_fiat(leg.asset):
            # A fee in units cannot be negative.
            found = [self.coins.income(event, leg, Kind.AIRDROP)]
        elif comes:
            fee = self.coins.charge(event, leg)
            found = [fee._replace(amount=leg.amount.copy_negate())]
        else:
            found = [self.coins.charge(event, leg)]
        return [one._replace(portfolio=row.portfolio) for one in found]

    def rest(self) -> Iterator[Outcome]:
        """All in the order of the file, which tells what came first in one moment."""
        for rows in self.waiting.values():
            self.found += [*self._together(rows), *self._stated_after(rows)]
        self.found.sort(key=lambda one: one.line)
        yield from self.found

    def _together(self, rows: list[_Row]) -> Iterator[Outcome]:
        first, *others = rows
        lines = tuple(row.event.line for row in others)
        event = first.event._replace(merged_lines=lines)
        sides = [row for row in rows if row.type != _FEE]
        out = summed(row.leg for row in sides if row.change < 0)
        into = summed(row.leg for row in sides if row.change > 0)
        fees = summed(row.leg for row in rows if row.type == _FEE and row.change)
        try:
            found = self.coins.exchange(event, out, into, fees)
        except RowError as error:
            for row in rows:
                yield Rejected(
                    row.event.line, f"{error}; export all accounts and days of it", row.raw
                )
        else:
            for one in found:
                yield one._replace(portfolio=first.portfolio)


class CoinbasePro(TableImporter):
    format = "coinbase-pro"
    broker = "Coinbase Pro"
    tracks_cash = True
    columns = (
        *(("portfolio",), ("type",), ("time", "timestamp"), ("amount",), ("balance",)),
        *(("amount/balance unit",), ("transfer id",), ("trade id",), ("order id",)),
    )
    required = ("portfolio", "type", "time", "amount", "balance", "amount/balance unit")
    rows = _Account


class _Fill(NamedTuple):
    portfolio: str
    trade: str
    side: str
    time: str
    size: str
    coin: str
    price: str
    fee: str
    total: str
    unit: str


class _Fills(Rows):
    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        super().__init__(picker, header, source)
        self.coins = Coins()

    def read(self, line: int, cells: Sequence[str]) -> Iterable[Outcome]:
        fill = _Fill._make(cells)
        side = fill.side.upper()
        if side not in {"BUY", "SELL"}:
            raise RowError(f"“{fill.side}” in the column “side” is neither BUY nor SELL")
        if not fill.unit:
            raise RowError("the column “price/fee/total unit” is empty")
        coins = Leg(positive(fill.size, "size"), fill.coin)
        total = required(fill.total, "total").copy_abs()
        fee = (parse_number(fill.fee) or ZERO).copy_abs()
        fees = [Leg(fee, fill.unit)] if fee else []
        event = Event(line, utc_instant(fill.time), _CURRENCY, fill.trade, side.lower())
        if side == "BUY":
            paid = Leg(EXACT.subtract(total, fee), fill.unit)
            found = self.coins.exchange(event, [paid], [coins], fees)
        else:
            paid = Leg(EXACT.add(total, fee), fill.unit)
            found = self.coins.exchange(event, [coins], [paid], fees)
        portfolio = _portfolio(fill.portfolio)
        if len(found) == 1:
            # A trade in coins has a price in coins.
            return [found[0]._replace(price=parse_number(fill.price), portfolio=portfolio)]
        return [one._replace(portfolio=portfolio) for one in found]


class CoinbaseProFills(TableImporter):
    format = "coinbase-pro-fills"
    broker = "Coinbase Pro"
    tracks_cash = False
    columns = (
        *(("portfolio",), ("trade id",), ("side",), ("created at",), ("size",), ("size unit",)),
        *(("price",), ("fee",), ("total",), ("price/fee/total unit",)),
    )
    required = ("trade id", "side", "created at", "size", "size unit", "price/fee/total unit")
    rows = _Fills


def _portfolio(name: str) -> str:
    """Not the first of the file, which another file may not have."""
    return "" if name.casefold() == _MAIN else name
