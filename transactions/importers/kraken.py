"""Kraken: the ledger of an account as CSV (“Ledgers”, not “Trades”).

``txid,refid,time,type,[subtype,]aclass,[subclass,]asset,[wallet,]amount,fee,balance`` and, since 2025,
``amountusd,feeusd,balanceusd,feecurrency``. One row for each asset that an event moves: the two sides of a
trade share their ``refid``. The fee is charged in the asset of its row, on top of the amount: the balance
changes by amount minus fee. Times are UTC.

Quirks: deposits and withdrawals occur twice, first without a ``txid`` and a balance while they are pending.
Old assets have a letter in front (XXBT, ZEUR), Bitcoin is XBT, staked or held ones a suffix (DOT28.S, ETH2.S,
USDT.M, EUR.HOLD): they are one asset here, and moves between spot and staking change nothing. KFEE are
credits that pay fees and are no asset. The value in dollars is the only one that the file states, and
only in its newest layout; without it rewards and swaps of coins have an unknown value.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pricing.money import EXACT, ZERO, parse_number
from pricing.readers import Header, ImporterError, Source, has_columns
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    Rejected,
    RowError,
    Stated,
)
from transactions.importers.coins import (
    ID_LENGTH,
    Coins,
    Event,
    Leg,
    home_currency,
    is_fiat,
    summed,
    utc_instant,
)
from transactions.importers.figures import RAW_LENGTH, rejected, required, stated_balance
from transactions.importers.picking import Picker
from transactions.kinds import Kind

_COLUMNS = (
    *(("txid",), ("refid",), ("time",), ("type",), ("subtype",), ("asset",), ("amount",), ("fee",)),
    *(("amountusd",), ("feeusd",), ("feecurrency",), ("wallet",), ("balance",)),
)
_REQUIRED = ("txid", "refid", "time", "type", "asset", "amount")
_is_ledger = has_columns("txid", "refid", "time", "type", "aclass", "asset", "amount", "fee")

_LETTER_IN_FRONT = {
    **{
        f"X{name}": name for name in ("ETH", "ETC", "LTC", "REP", "XMR", "XRP", "ZEC", "XLM", "MLN")
    },
    **{f"X{name}": name for name in ("ICN", "XVN", "NMC", "DAO")},
    **{f"Z{name}": name for name in ("EUR", "USD", "GBP", "CAD", "JPY", "AUD", "CHF", "KRW")},
    **dict.fromkeys(("XXBT", "XBT"), "BTC"),
    **dict.fromkeys(("XXDG", "XDG"), "DOGE"),
    "ETH2": "ETH",
}
_SUFFIX = re.compile(r"(.+?)(?:\d\d)?\.(?:S|M|B|F|P|T|HOLD)")
_CREDITS = frozenset({"KFEE", "FEE"})

# Rows of one ``refid`` are the sides of one trade.
_EXCHANGES = frozenset({"trade", "spend", "receive", "conversion", "sale", "settled"})
_HELD = "a move between spot and staking: still held"
_STILL_HELD = {
    "transfer": frozenset({"spottostaking", "stakingfromspot", "stakingtospot", "spotfromstaking"}),
    "earn": frozenset(
        {"allocation", "autoallocation", "autoallocate", "deallocation", "migration"}
    ),
}
_KNOWN = (
    "trade, spend, receive, conversion, sale, settled, deposit, withdrawal, transfer, custodytransfer,"
    " staking, earn, reward, dividend, airdrop, credit, invite bonus, margin, rollover, adjustment,"
    " hybridearndeposit, hybridearnwithdrawal"
)


class Kraken(Importer):
    format = "kraken-ledgers"
    broker = "Kraken"
    tracks_cash = True

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_ledger) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_ledger)
        if header is None:
            raise ImporterError("The header line of a Kraken ledger is missing.")
        return _Ledger(header).outcomes(source.records(header))


class _Row(NamedTuple):
    """One movement. ``change`` has the sign of the file, ``fee`` is positive when paid.

    ``raw`` is its text and not its cells: lists for all rows of a file would keep the garbage
    collector busy.
    """

    line: int
    raw: str
    refid: str
    time: str
    type: str
    subtype: str
    asset: str
    change: Decimal
    fee: Decimal
    value: Decimal | None
    fee_value: Decimal | None
    fee_asset: str
    # Where the units are: the asset with its suffix, and the wallet.
    pocket: str
    balance: Decimal | None

    @property
    def leg(self) -> Leg:
        return Leg(self.change.copy_abs(), self.asset, self.value)

    @property
    def charge(self) -> Leg | None:
        """The fee, unless it was paid with credits."""
        if not self.fee or self.fee_asset in _CREDITS:
            return None
        return Leg(self.fee, self.fee_asset, self.fee_value)


class _Ledger:
    """The state of reading one file."""

    def __init__(self, header: Header) -> None:
        self.picker = Picker(header, _COLUMNS, _REQUIRED)
        self.delimiter = header.delimiter
        self.has_values = header.find("amountusd") is not None
        self.coins = Coins()
        self.currency = "USD"
        self.moves: Counter[str] = Counter()

    def outcomes(self, records: Iterator[tuple[int, list[str]]]) -> Iterator[Outcome]:
        events: dict[object, list[_Row]] = {}
        for line, cells in records:
            try:
                row = self._row(line, cells)
            except ValueError as error:
                yield rejected(line, error, cells, self.delimiter)
                continue
            if row is None:
                yield Ignored(line, "no id yet: it is pending, or follows with its id")
            elif row.type in _EXCHANGES:
                events.setdefault(row.refid, []).append(row)
            else:
                events[line] = [row]
                self.moves[row.refid] += 1
        if not self.has_values:
            # Nothing in the file has a value, so any money will do for those that are unknown.
            self.currency = home_currency(row.asset for rows in events.values() for row in rows)
        for rows in events.values():
            yield from self._event(rows)

    def _row(self, line: int, record: list[str]) -> _Row | None:
        cells = self.picker.cells(record)
        (txid, refid, time, kind, subtype, asset, amount, fee, value, fee_value, fee_asset,
         wallet, balance) = cells  # fmt: skip
        if not txid:
            return None
        name = _asset(asset)
        return _Row(
            line,
            self.delimiter.join(record)[:RAW_LENGTH],
            refid or txid,
            time,
            kind.lower(),
            subtype.lower(),
            name,
            required(amount, "amount"),
            (parse_number(fee) if fee else None) or ZERO,
            _size(value),
            _size(fee_value),
            _asset(fee_asset) if fee_asset else name,
            f"{asset} {wallet}".rstrip(),
            stated_balance(balance),
        )

    def _event(self, rows: list[_Row]) -> list[Outcome]:
        first = rows[0]
        try:
            event = Event(
                first.line,
                utc_instant(first.time),
                self.currency,
                first.refid[:ID_LENGTH],
                f"{first.type} {first.subtype}".rstrip(),
                tuple(row.line for row in rows[1:]),
            )
            if first.type in _EXCHANGES:
                found: list[Outcome] = [*self._trade(event, rows)]
            else:
                found = self._single(event, first)
            return [*found, *self._stated(event, rows)]
        except ValueError as error:
            return [Rejected(row.line, str(error), row.raw) for row in rows]

    def _stated(self, event: Event, rows: list[_Row]) -> Iterator[Stated]:
        for row in rows:
            if row.balance is None or row.asset in _CREDITS:
                continue
            change = EXACT.subtract(row.change, row.fee if row.fee_asset == row.asset else ZERO)
            stated = Stated(row.line, event.when, row.balance, pocket=row.pocket, change=change)
            if is_fiat(row.asset):
                yield stated._replace(currency=row.asset)
            else:
                yield stated._replace(security=self.coins.security(row.asset))

    def _trade(self, event: Event, rows: list[_Row]) -> list[ParsedTransaction]:
        moved = [row for row in rows if row.asset not in _CREDITS]
        out = summed(row.leg for row in moved if row.change < 0)
        into = summed(row.leg for row in moved if row.change > 0)
        fees = summed(row.charge for row in moved if row.charge)
        # So little money that it was rounded to nothing still is what the coins were traded for.
        nothing = [row.leg for row in moved if not row.change and is_fiat(row.asset)]
        return self.coins.exchange(event, out or nothing[:1], into or nothing[:1], fees)

    def _single(self, event: Event, row: _Row) -> list[Outcome]:
        if row.asset in _CREDITS:
            return [Ignored(row.line, "credits that pay fees are no asset")]
        if row.subtype in _STILL_HELD.get(row.type, ()) or row.type.startswith("hybridearn"):
            return [Ignored(row.line, _HELD)]
        read = _READERS.get((row.type, row.subtype)) or _READERS.get((row.type, "*"))
        if read is None:
            name = f"{row.type} {row.subtype}".rstrip()
            raise RowError(f"the type “{name}” is not known; known are {_KNOWN}")
        found = read(self, event, row)
        return [*found] or [Ignored(row.line, "nothing moved")]

    def moved(self, event: Event, row: _Row) -> list[ParsedTransaction]:
        if not row.change:
            return self._charge(event, row)
        incoming = row.change > 0
        found = self.coins.moved(event, row.leg, incoming, row.charge)
        if self.moves[row.refid] == 1 or is_fiat(row.asset):
            return found
        # A withdrawal that came back, or a coin renamed into another, keeps its lots.
        return [found[0]._replace(group=f"move-{row.refid}"), *found[1:]]

    def earned(self, event: Event, row: _Row, kind: Kind = Kind.STAKING) -> list[ParsedTransaction]:
        """A reward as it arrived: what Kraken keeps of it was never the customer's."""
        change = EXACT.subtract(row.change, row.fee if row.charge else ZERO)
        if not change:
            return []
        leg = Leg(change.copy_abs(), row.asset, row.value if change == row.change else None)
        if change < 0:
            return self.coins.moved(event, leg, incoming=False)
        return [self.coins.income(event, leg, kind)]

    def given(self, event: Event, row: _Row) -> list[ParsedTransaction]:
        return self.earned(event, row, Kind.AIRDROP)

    def result(self, event: Event, row: _Row) -> list[ParsedTransaction]:
        """The gain or loss of a margin position, and what it cost to keep."""
        found: list[ParsedTransaction] = []
        if row.change > 0:
            found = [self.coins.income(event, row.leg, Kind.AIRDROP)]
        elif row.change < 0:
            found = [self.coins.charge(event, row.leg)]
        return [*found, *self._charge(event, row)]

    def _charge(self, event: Event, row: _Row) -> list[ParsedTransaction]:
        return [self.coins.charge(event, row.charge)] if row.charge else []


_Reader = Callable[[_Ledger, Event, _Row], list[ParsedTransaction]]
_READERS: dict[tuple[str, str], _Reader] = {
    ("deposit", "*"): _Ledger.moved,
    ("withdrawal", "*"): _Ledger.moved,
    ("custodytransfer", "*"): _Ledger.moved,
    ("adjustment", "*"): _Ledger.moved,
    ("transfer", "spottofutures"): _Ledger.moved,
    ("transfer", "spotfromfutures"): _Ledger.moved,
    # Forks and airdrops are booked as transfers out of nowhere.
    ("transfer", ""): _Ledger.given,
    ("airdrop", "*"): _Ledger.given,
    ("credit", "*"): _Ledger.given,
    ("invite bonus", "*"): _Ledger.given,
    ("staking", "*"): _Ledger.earned,
    ("earn", "reward"): _Ledger.earned,
    ("earn", "bonus"): _Ledger.given,
    ("reward", "*"): _Ledger.earned,
    ("dividend", "*"): _Ledger.earned,
    ("margin", "*"): _Ledger.result,
    ("rollover", "*"): _Ledger.result,
}


@lru_cache(maxsize=4096)
def _asset(text: str) -> str:
    """The name of an asset outside Kraken."""
    held = _SUFFIX.fullmatch(text)
    name = held[1] if held else text
    return _LETTER_IN_FRONT.get(name, name)


def _size(text: str) -> Decimal | None:
    """A value in dollars; Kraken writes 0 where it has no price."""
    value = parse_number(text) if text else None
    return value.copy_abs() if value else None
