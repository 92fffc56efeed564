"""Coinbase: the transaction history as CSV, below a preamble of up to seven lines.

Four layouts, all of ``Timestamp,Transaction Type,Asset,Quantity Transacted,…,Notes``:

* V1: the currency is in the names of the columns (``EUR Spot Price at Transaction,EUR Subtotal,…``);
* V2: ``Spot Price Currency,Spot Price at Transaction,Subtotal,Total (inclusive of fees),Fees``;
* V3: the same with ``Total (inclusive of fees and/or spread),Fees and/or Spread``;
* V4 (2024): ``ID`` in front, ``Price Currency,Price at Transaction``, currency signs in the cells, and a
  minus on quantities that leave; since 2026 also ``Sender Address,Recipient Address``.

Quirks: the total is what was paid or received, the fee in it. What coins were converted into stood only in
the notes (“Converted 1 BTC to 20 ETH”) until a row for each side came, without notes. So did the coin
that an advanced trade was paid in (“Bought 1 SOL for 150 USDC”). ETH2 is ETH, and its end was booked as
sent and received. Times are UTC. Purchases by card or bank have no deposit, so that cash does not add up.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import chain, islice
from operator import attrgetter
from typing import NamedTuple

from pricing.money import EXACT, ZERO, parse_number
from pricing.readers import Header, ImporterError, Source, has_columns, parse_instant
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    RowError,
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
from transactions.importers.figures import rejected, required
from transactions.importers.picking import Picker
from transactions.kinds import Kind

SAMPLE = 200
_REQUIRED = ("Timestamp", "Transaction Type", "Asset", "Quantity Transacted")
_is_history = has_columns(*_REQUIRED)
# In the oldest files, the American way.
_DAY = re.compile(r"\d{1,2}/\d{1,2}/\d{4}")
_MONEY_COLUMN = re.compile(
    r"(?:([A-Z]{3}) )?(Spot Price at Transaction|Subtotal|Total \(.*\)|Amount Transacted \(.*\)|Fees.*)",
    re.IGNORECASE,
)
_SIGNS = str.maketrans("", "", "€$£")
_CONVERTED = re.compile(r"Converted ([\d.,]+) (\S+) to ([\d.,]+) (\S+)")
_TRADED = re.compile(r"(?:Bought|Sold) [\d.,]+ \S+ for ([\d.,]+) (\S+)")
_SAME_COIN = {"ETH2": "ETH"}
# Titles of the preamble, which long histories repeat in between.
_TITLES = frozenset({"Transactions", "User", "Timestamp", "ID"})

_SWAPS = frozenset({"convert", "wrap asset", "unwrap asset", "retail simple dust"})
_PAIRED = _SWAPS | {"asset migration"}
_MOVES_IN = frozenset(
    {
        *("receive", "deposit", "exchange withdrawal", "pro withdrawal", "prime withdrawal"),
        *("intx withdrawal", "admin credit", "fiat deposit"),
    }
)
_MOVES_OUT = frozenset(
    {
        *("send", "withdrawal", "exchange deposit", "pro deposit", "prime deposit", "intx deposit"),
        *("admin debit", "donation", "fiat withdrawal"),
    }
)
_REWARDS = {
    **dict.fromkeys(("rewards income", "reward income", "staking income"), Kind.STAKING),
    **dict.fromkeys(("inflation reward", "interest payout"), Kind.STAKING),
    **dict.fromkeys(("coinbase earn", "learning reward", "credit card reward"), Kind.AIRDROP),
    **dict.fromkeys(("subscription rebate", "subscription rebates (24 hours)"), Kind.AIRDROP),
    **dict.fromkeys(("incentives rewards payout", "airdrop", "credit"), Kind.AIRDROP),
}
_MOVES = _MOVES_IN | _MOVES_OUT | _REWARDS.keys()
_HELD = {
    "retail staking transfer": "staked coins are still held",
    "retail unstaking transfer": "coins that come back from staking were held all along",
    "retail eth2 deprecation": "ETH2 became ETH, which it was all along",
    "vault withdrawal": "coins in the vault were held all along",
}


class Coinbase(Importer):
    format = "coinbase"
    broker = "Coinbase"
    tracks_cash = False

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_history) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_history)
        if header is None:
            raise ImporterError("The header line of a Coinbase transaction history is missing.")
        records = source.records(header)
        sample = list(islice(records, SAMPLE))
        history = _History(header, [cells for _, cells in sample])
        # In the order of the file, from which the order of equal instants follows.
        return iter(sorted(history.outcomes(chain(sample, records)), key=attrgetter("line")))


class _Row(NamedTuple):
    """One row; ``subtotal``, ``total`` and ``fee`` are sizes in ``currency``."""

    line: int
    record: list[str]
    time: str
    type: str
    asset: str
    quantity: Decimal
    currency: str
    subtotal: Decimal | None
    total: Decimal | None
    fee: Decimal
    id: str
    notes: str

    @property
    def leg(self) -> Leg:
        """What moved, at the value without the fee."""
        value = self.total if self.subtotal is None else self.subtotal
        return Leg(self.quantity.copy_abs(), self.asset, value)

    def event(self, *others: "_Row") -> Event:
        is_day = _DAY.fullmatch(self.time) is not None
        return Event(
            self.line,
            parse_instant(self.time, "%m/%d/%Y") if is_day else utc_instant(self.time),
            self.currency,
            self.id[:ID_LENGTH],
            self.notes or self.type,
            tuple(row.line for row in others),
            not is_day,
        )


class _History:
    """The state of reading one file."""

    def __init__(self, header: Header, sample: list[list[str]]) -> None:
        named = {"Spot Price at Transaction": "", "Subtotal": "", "Total": "", "Fees": ""}
        self.currency = ""
        for name in header.cells:
            found = _MONEY_COLUMN.fullmatch(name)
            if found:
                title = found[2].casefold().replace("amount transacted", "total")
                named[next(word for word in named if title.startswith(word.casefold()))] = name
                self.currency = (found[1] or self.currency).upper()
        columns = [
            *((name,) for name in _REQUIRED),
            ("Price Currency", "Spot Price Currency"),
            *((named[word],) for word in ("Subtotal", "Total", "Fees")),
            ("ID",),
            ("Notes",),
        ]
        self.picker = Picker(header, columns, _REQUIRED)
        self.delimiter = header.delimiter
        self.currency = self.currency or home_currency(
            cell for cells in self.picker.samples(sample) for cell in cells
        )
        self.coins = Coins()
        self.waiting: dict[tuple[object, ...], list[_Row]] = {}

    def outcomes(self, records: Iterator[tuple[int, list[str]]]) -> Iterator[Outcome]:
        for line, cells in records:
            if cells[0].strip() in _TITLES:
                yield Ignored(line, "titles repeated in between")
                continue
            try:
                yield from self._outcomes(line, cells)
            except ValueError as error:
                yield rejected(line, error, cells, self.delimiter)
        for rows in self.waiting.values():
            try:
                yield from self._together(rows)
            except ValueError as error:
                for row in rows:
                    yield rejected(row.line, error, row.record, self.delimiter)

    def _outcomes(self, line: int, record: list[str]) -> list[Outcome]:
        row = self._row(line, record)
        if row.type in _HELD:
            return [Ignored(line, _HELD[row.type])]
        if not row.quantity:
            raise RowError("the column “Quantity Transacted” is zero")
        if row.type in _PAIRED:
            self.waiting.setdefault((row.type, row.time), []).append(row)
            return []
        if row.type in ("send", "receive"):
            key = ("moved", row.time, row.asset, abs(row.quantity))
            self.waiting.setdefault(key, []).append(row)
            return []
        return [*self._single(row)]

    def _row(self, line: int, record: list[str]) -> _Row:
        (time, kind, asset, quantity, currency, subtotal, total, fee, id, notes) = (
            self.picker.cells(record)
        )
        return _Row(
            line,
            record,
            time,
            kind.lower(),
            _SAME_COIN.get(asset, asset),
            required(quantity, "Quantity Transacted"),
            currency or self.currency,
            _size(subtotal),
            _size(total),
            _size(fee) or ZERO,
            id,
            notes,
        )

    def _single(self, row: _Row) -> list[ParsedTransaction]:
        event = row.event()
        if row.type in _REWARDS and row.quantity > 0:
            return [self.coins.income(event, row.leg, _REWARDS[row.type])]
        if row.type in _MOVES:
            # Old layouts have no minus, so that the type tells the direction.
            incoming = row.quantity > 0 and row.type not in _MOVES_OUT
            return self.coins.moved(event, row.leg, incoming)
        read = _READERS.get(row.type)
        if read is None:
            known = sorted({*_READERS, *_SWAPS, *_MOVES_IN, *_MOVES_OUT, *_REWARDS, *_HELD})
            raise RowError(
                f"the type “{row.type}” is not known; known are asset migration, {', '.join(known)}"
            )
        return read(self, event, row)

    def bought(self, event: Event, row: _Row) -> list[ParsedTransaction]:
        paid = row.total
        if paid is None:
            paid = EXACT.add(_known(row.subtotal), row.fee)
        coin = self._counter_coin(row, paid)
        if coin:
            return self.coins.exchange(event, [coin], [row.leg._replace(value=paid)])
        gross = Leg(EXACT.subtract(paid, row.fee), row.currency)
        return self.coins.exchange(event, [gross], [row.leg], self._fees(row))

    def sold(self, event: Event, row: _Row) -> list[ParsedTransaction]:
        received = row.total
        if received is None:
            received = EXACT.subtract(_known(row.subtotal), row.fee)
        coin = self._counter_coin(row, received)
        if coin:
            return self.coins.exchange(event, [row.leg._replace(value=received)], [coin])
        gross = Leg(EXACT.add(received, row.fee), row.currency)
        return self.coins.exchange(event, [row.leg], [gross], self._fees(row))

    def spent(self, event: Event, row: _Row) -> list[ParsedTransaction]:
        """A payment: coins are sold at their value of that moment."""
        if is_fiat(row.asset):
            return self.coins.moved(event, row.leg, incoming=False)
        return self.sold(event, row)

    def charged(self, event: Event, row: _Row) -> list[ParsedTransaction]:
        return [self.coins.charge(event, row.leg)]

    def _fees(self, row: _Row) -> list[Leg]:
        return [Leg(row.fee, row.currency)] if row.fee else []

    def _counter_coin(self, row: _Row, value: Decimal) -> Leg | None:
        """What a trade was paid in, where the notes say that it was a coin and not money."""
        found = _TRADED.match(row.notes) if row.type.startswith("advanced") else None
        if found is None or is_fiat(found[2]):
            return None
        return Leg(required(found[1], "Notes"), found[2], value)

    def _together(self, rows: list[_Row]) -> list[Outcome]:
        """What became of rows of one kind and moment."""
        if rows[0].type in {"send", "receive"}:
            if {row.type for row in rows} == {"send", "receive"}:
                rule = "a coin that left and came back in one moment, as ETH2 did as ETH"
                return [Ignored(row.line, rule) for row in rows]
            return [one for row in rows for one in self._single(row)]
        out = [row for row in rows if row.quantity < 0]
        if rows[0].type == "asset migration":
            return self._migrated(rows)
        if len(rows) > 1 and out and len(out) < len(rows):
            event = rows[0].event(*rows[1:])
            into = summed(row.leg for row in rows if row.quantity > 0)
            return [*self.coins.exchange(event, summed(row.leg for row in out), into)]
        return [one for row in rows for one in self._converted(row)]

    def _migrated(self, rows: list[_Row]) -> list[Outcome]:
        """A coin that was renamed, or became another: it keeps its cost and dates."""
        found: list[Outcome] = []
        for row in rows:
            (moved,) = self.coins.moved(row.event(), row.leg, row.quantity > 0)
            group = f"move-{rows[0].line}" if len(rows) > 1 else ""
            found.append(moved._replace(group=group))
        return found

    def _converted(self, row: _Row) -> list[Outcome]:
        found = _CONVERTED.match(row.notes)
        if found is None:
            raise RowError(
                "the notes do not say what was converted into what, nor does another row"
            )
        out, into = (_SAME_COIN.get(name, name) for name in (found[2], found[4]))
        if out == into:
            return [Ignored(row.line, _HELD["retail eth2 deprecation"])]
        value = row.leg.value
        sold = Leg(required(found[1], "Notes"), out, value)
        bought = Leg(required(found[3], "Notes"), into, value)
        return [*self.coins.exchange(row.event(), [sold], [bought])]


_Reader = Callable[[_History, Event, _Row], list[ParsedTransaction]]
_READERS: dict[str, _Reader] = {
    "buy": _History.bought,
    "advanced trade buy": _History.bought,
    "advance trade buy": _History.bought,
    "sell": _History.sold,
    "advanced trade sell": _History.sold,
    "advance trade sell": _History.sold,
    "card spend": _History.spent,
    "order": _History.spent,
    "subscription": _History.charged,
}


def _known(value: Decimal | None) -> Decimal:
    if value is None:
        raise RowError("neither the subtotal nor the total is there")
    return value


def _size(text: str) -> Decimal | None:
    """A size, freed of its sign of currency at once, because parse_number takes its time for that."""
    if not text:
        return None
    value = parse_number(text if text[0].isdigit() else text.translate(_SIGNS))
    return None if value is None else value.copy_abs()
