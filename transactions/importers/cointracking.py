"""CoinTracking: the table of trades as CSV, of all exchanges and wallets that were entered there.

``"Type","Buy","Cur.","Sell","Cur.","Fee","Cur.","Exchange","Group","Comment","Date"[,"Tx-ID"]``; three
columns have one name, so that a currency is known by the amount before it. Dates are local, ISO or
``18.01.2025 15:18:55``.

Amounts are what really left and came, as CoinTracking's help says: a fee in the currency of the sale is
part of what was sold, one in the currency of the purchase was taken off what was bought already. A fee in
a third currency is for information only; it changes a balance by a row of its own, of the type “Other
Fee”. A withdrawal and the deposit that it arrives as are rows of their own, with no tie between them. The
file has no value in money but that of trades in it.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

from pricing.money import EXACT, decimal_mark
from pricing.readers import (
    Header,
    ImporterError,
    Source,
    parse_instant,
)
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    RowError,
)
from transactions.importers.coins import ID_LENGTH, Coins, Event, Leg, home_currency, is_fiat
from transactions.importers.figures import number, rejected
from transactions.importers.picking import Picker
from transactions.kinds import Kind

SAMPLE = 200
_AMOUNTS = ("Buy", "Sell", "Fee")
_CURRENCY = "cur."
_REQUIRED = ("Type", "Buy", "Sell", "Exchange", "Date")
_COLUMNS = (
    *(("Type",), ("Buy",), ("Buy Cur.",), ("Sell",), ("Sell Cur.",), ("Fee",), ("Fee Cur.",)),
    *(("Exchange",), ("Comment",), ("Date",), ("Tx-ID", "Tx ID")),
)
_INCOME = {
    **dict.fromkeys(("staking", "masternode", "minting", "interest income"), Kind.STAKING),
    **dict.fromkeys(("lending income", "lp rewards"), Kind.STAKING),
    **dict.fromkeys(("mining", "mining (commercial)"), Kind.MINING),
    **dict.fromkeys(("income", "other income", "airdrop", "reward / bonus"), Kind.AIRDROP),
    **dict.fromkeys(("income (non taxable)", "airdrop (non taxable)"), Kind.AIRDROP),
    **dict.fromkeys(("hard fork", "dividends income", "margin profit"), Kind.AIRDROP),
    **dict.fromkeys(("derivatives / futures profit",), Kind.AIRDROP),
}
_MOVES_IN = frozenset(
    {
        *("deposit", "gift / tip", "gift/tip", "gift", "receive loan", "remove liquidity"),
        *("receive lp token", "receive lp tokens"),
    }
)
_MOVES_OUT = frozenset(
    {
        *("withdrawal", "donation", "gift", "lost", "stolen", "stolen/hacked/fraud"),
        *("expense (non taxable)", "repay loan", "provide liquidity", "add liquidity"),
        *("return lp token", "return lp tokens"),
    }
)
_EXPENSES = frozenset(
    {
        *("other fee", "other expense", "margin fee", "margin loss", "settlement fee"),
        *("borrowing fee", "derivatives / futures loss"),
    }
)
_KNOWN = ", ".join(
    sorted({"trade", "spend", "swap (non taxable)", *_INCOME, *_MOVES_IN, *_MOVES_OUT, *_EXPENSES})
)


class CoinTracking(Importer):
    format = "cointracking"
    broker = "CoinTracking"
    # Money moves at the exchanges, and CoinTracking has only what was entered of it.
    tracks_cash = False

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_table) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_table)
        if header is None:
            raise ImporterError("The header line of a CoinTracking export is missing.")
        records = source.records(header)
        sample = list(islice(records, SAMPLE))
        table = _Table(_named(header), [cells for _, cells in sample])
        return table.outcomes(chain(sample, records))


def _is_table(cells: list[str]) -> bool:
    names = [cell.casefold() for cell in cells]
    return set(map(str.casefold, _REQUIRED)) <= set(names) and all(
        names[names.index(name) + 1 : names.index(name) + 2] == [_CURRENCY]
        for name in map(str.casefold, _AMOUNTS)
        if name in names
    )


def _named(header: Header) -> Header:
    """The header with the three currencies called after their amounts."""
    before = ["", *header.cells]
    names = [
        f"{last} {name}" if name.casefold() == _CURRENCY else name
        for last, name in zip(before, header.cells, strict=False)
    ]
    return Header(names, header.line, header.delimiter)


class _Row(NamedTuple):
    """One event: what went out, what came in, and the fee that is part of one of them."""

    event: Event
    type: str
    into: Leg | None
    out: Leg | None
    fee: Leg | None
    # Of what a trade has 0 on its other side.
    nothing: str


class _Table:
    """The state of reading one file."""

    def __init__(self, header: Header, sample: list[list[str]]) -> None:
        self.picker = Picker(header, _COLUMNS, _REQUIRED)
        self.delimiter = header.delimiter
        rows = [list(cells) for cells in self.picker.samples(sample)]
        self.mark = decimal_mark(text for row in rows for text in (row[1], row[3], row[5]))
        self.home = home_currency(text for row in rows for text in (row[2], row[4], row[6]))
        self.coins = Coins()

    def outcomes(self, records: Iterator[tuple[int, list[str]]]) -> Iterator[Outcome]:
        for line, cells in records:
            try:
                yield from self._outcomes(self._row(line, cells))
            except ValueError as error:
                yield rejected(line, error, cells, self.delimiter)

    def _row(self, line: int, record: list[str]) -> _Row:
        (kind, buy, buy_coin, sell, sell_coin, fee, fee_coin, exchange, text, date, id) = (
            self.picker.cells(record)
        )
        told = " ".join(part for part in (text or kind, exchange and f"({exchange})") if part)
        into, out = self._leg(buy, buy_coin), self._leg(sell, sell_coin)
        nothing = sell_coin if sell and out is None else buy_coin if buy and into is None else ""
        return _Row(
            Event(line, _when(date), self.home, id[:ID_LENGTH], told),
            kind.lower(),
            into,
            out,
            self._leg(fee, fee_coin),
            nothing if kind.lower() == "trade" else "",
        )

    def _leg(self, text: str, asset: str) -> Leg | None:
        amount = number(text, self.mark) if text else None
        if not amount:
            return None
        if not asset:
            raise RowError(f"the currency of the amount {text} is missing")
        return Leg(amount.copy_abs(), asset)

    def _outcomes(self, row: _Row) -> list[Outcome]:
        if row.into and row.out:
            return [*self._trade(row, row.out, row.into)]
        leg = row.into or row.out
        if row.nothing and leg:
            incoming = row.into is not None
            return [self.coins.for_nothing(row.event, leg, row.nothing, incoming=incoming)]
        if row.into:
            return [self._incoming(row, row.into)]
        if row.out:
            return [*self._outgoing(row, row.out)]
        if row.fee and row.type in _EXPENSES:
            return [self.coins.charge(row.event, row.fee)]
        return [Ignored(row.event.line, "neither side has an amount")]

    def _trade(self, row: _Row, out: Leg, into: Leg) -> list[ParsedTransaction]:
        if row.type == "swap (non taxable)":
            # A migration: what arrives has the cost and dates of what left.
            group = f"move-{row.event.line}"
            return [
                one._replace(group=group)
                for leg, incoming in ((out, False), (into, True))
                for one in self.coins.moved(row.event, leg, incoming)
            ]
        if row.type != "trade":
            raise _unknown(row)
        fee = row.fee
        if fee is None or not is_fiat(fee.asset):
            # A fee in one of the coins is in their amounts already.
            return self.coins.exchange(row.event, [out], [into])
        if fee.asset == out.asset:
            net = out._replace(amount=EXACT.subtract(out.amount, fee.amount))
            return self.coins.exchange(row.event, [net], [into], [fee])
        if fee.asset == into.asset:
            gross = into._replace(amount=EXACT.add(into.amount, fee.amount))
            return self.coins.exchange(row.event, [out], [gross], [fee])
        return self.coins.exchange(row.event, [out], [into])

    def _incoming(self, row: _Row, leg: Leg) -> ParsedTransaction:
        kind = _INCOME.get(row.type)
        if kind:
            return self.coins.income(row.event, leg, kind)
        if row.type not in _MOVES_IN:
            raise _unknown(row)
        (moved,) = self.coins.moved(row.event, leg, incoming=True)
        return moved

    def _outgoing(self, row: _Row, leg: Leg) -> list[ParsedTransaction]:
        if row.type in _EXPENSES:
            return [self.coins.charge(row.event, leg)]
        if row.type == "spend" and not is_fiat(leg.asset):
            # Paid with coins: they are sold, and the file does not say for what.
            return [self.coins.units(row.event, Kind.SELL, leg)]
        if row.type != "spend" and row.type not in _MOVES_OUT:
            raise _unknown(row)
        fee = row.fee
        if fee is None or fee.asset != leg.asset or fee.amount >= leg.amount:
            return self.coins.moved(row.event, leg, incoming=False)
        # What arrives elsewhere is the amount without its fee.
        net = leg._replace(amount=EXACT.subtract(leg.amount, fee.amount))
        return self.coins.moved(row.event, net, incoming=False, fee=fee)


def _unknown(row: _Row) -> RowError:
    return RowError(f"the type “{row.type}” is not known here; known are {_KNOWN}")


@lru_cache(maxsize=4096)
def _when(text: str) -> datetime:
    return parse_instant(text, "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")
