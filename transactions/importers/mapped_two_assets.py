"""The rows of a table with two assets in each: what went out and what came in; see ``layouts``.

Both sides are a trade, whatever the row is called; of one side alone the word says what it was. What these
are in the ledger is decided as for exchanges, by ``coins``.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pricing.currencies import is_money
from pricing.money import EXACT, ONE
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Stated
from transactions.importers.coins import ID_LENGTH, MINUS_ONE, Coins, Event, Leg, is_fiat
from transactions.importers.generic_csv import currency_of
from transactions.importers.layouts import EXCHANGE, IGNORE, MONEY, SUMS, TRADE, Role
from transactions.importers.mapped_cells import (
    LONGEST_TICKER,
    CellReader,
    Cells,
    left_out,
    meaning_of,
    unit_beside,
)
from transactions.kinds import KIND_LABELS, Kind

_INCOME = {
    Kind.STAKING: Kind.STAKING,
    Kind.INTEREST: Kind.STAKING,
    Kind.AIRDROP: Kind.AIRDROP,
    Kind.DIVIDEND: Kind.AIRDROP,
    Kind.MINING: Kind.MINING,
}
_TRADES = frozenset({TRADE, Kind.BUY, Kind.SELL})
_MOVES_IN = frozenset({"", MONEY, Kind.DEPOSIT, Kind.TRANSFER_IN})
_MOVES_OUT = frozenset({"", MONEY, Kind.WITHDRAWAL, Kind.TRANSFER_OUT})
_CHARGES = frozenset({Kind.FEE, Kind.TAX})
# With these two different assets are a trade.
_EXCHANGES = _TRADES | _MOVES_IN | _MOVES_OUT | {EXCHANGE}
# Of one asset on both sides: what came, what went, or else a move between own wallets.
_ONLY_IN = frozenset({*_INCOME, Kind.DEPOSIT, Kind.TRANSFER_IN})
_ONLY_OUT = frozenset({*_CHARGES, Kind.WITHDRAWAL, Kind.TRANSFER_OUT})
_ANOTHER = "give it another meaning"
_MEANINGS = {TRADE: "Trade", EXCHANGE: "Exchange of currency"}


class _Row(NamedTuple):
    """One event: what went out, what came in, and the fee of it."""

    event: Event
    word: str
    meaning: str
    out: Leg | None
    into: Leg | None
    fee: Leg | None
    # Of what a trade has 0 on its other side.
    nothing: str

    @property
    def fees(self) -> list[Leg]:
        return [self.fee] if self.fee else []


class TwoAssetRows:
    """Reads one row after another; what repeats in a file is looked up once."""

    def __init__(self, name: str, reader: CellReader) -> None:
        self.name = name
        self.reader = reader
        self.layout = reader.layout
        self.has_minus = self.layout.is_signed or self.layout.by_coin
        self.has_fee_currency = self.layout.by_coin or Role.FEE_CURRENCY in self.layout.columns
        self.has_worths = not reader.layout.columns.keys().isdisjoint(SUMS)
        self.coins = Coins()
        self.asset = lru_cache(maxsize=4096)(_asset)
        self.currency = lru_cache(maxsize=None)(currency_of)

    def read(self, line: int, record: list[str]) -> Sequence[Outcome]:
        cells = self.reader.cells(record)
        meaning = meaning_of(self.layout, self.name, cells)
        if meaning == IGNORE:
            return [left_out(line, cells)]
        row = self._row(line, cells, meaning)
        if row.out and row.into:
            return self._both(row, row.out, row.into)
        if leg := row.into or row.out:
            return self._one(row, leg)
        if row.fee:
            return [self.coins.charge(row.event, row.fee)]
        return [Ignored(line, "neither side has an amount")]

    def balance(self, line: int, record: list[str]) -> Sequence[Stated]:
        """None: nothing says of which of the assets it would be."""
        return ()

    def _row(self, line: int, cells: Cells, meaning: str) -> _Row:
        money, factor = self.currency(cells.currency or self.layout.currency)
        if not is_money(money):
            raise RowError(f"“{money}” is no currency that the row could be worth something in")
        worth_out, worth_in = self._worths(cells, factor) if self.has_worths else (None, None)
        out = self._leg(Role.UNITS_OUT, cells.units_out, cells.asset_out, worth_out)
        into = self._leg(Role.UNITS_IN, cells.units_in, cells.asset_in, worth_in)
        fee_asset = cells.fee_currency if self.has_fee_currency else money
        fee = self._leg(Role.FEE, cells.fee, fee_asset)
        when, has_time = self.reader.when(cells.date, cells.time)
        text = cells.description or cells.word
        event = Event(line, when, money, cells.id[:ID_LENGTH], text, has_time=has_time)
        nothing = self._nothing(cells, out, into) if meaning in _TRADES else ""
        return _Row(event, cells.word, meaning, out, into, fee, nothing)

    def _nothing(self, cells: Cells, out: Leg | None, into: Leg | None) -> str:
        """Of what one side has 0, which is more than a blank cell."""
        if not into and cells.units_in:
            return self._name(cells.units_in, cells.asset_in)
        return self._name(cells.units_out, cells.asset_out) if not out and cells.units_out else ""

    def _name(self, text: str, asset: str) -> str:
        """The asset of an amount, which may stand in its cell, “0.5 BTC”."""
        return self.asset(unit_beside(text) if asset in {"", text} else asset)

    def _leg(self, role: Role, text: str, asset: str, worth: Decimal | None = None) -> Leg | None:
        amount = self.reader.number(role, text)
        if not amount:
            return None
        name = self._name(text, asset)
        if not name:
            raise RowError(f"the coin or currency of the amount {text} is missing")
        if amount < 0 and role is Role.UNITS_IN:
            raise RowError(f"the amount {text} came in, and has a minus")
        if amount < 0 and role is Role.UNITS_OUT and not self.has_minus:
            raise RowError(f"the amount {text} has a minus; say that what leaves has one")
        return Leg(amount.copy_abs(), name, worth)

    def _worths(self, cells: Cells, factor: Decimal) -> tuple[Decimal | None, Decimal | None]:
        """What the sides were worth; 0 is what programs write where they know no price."""
        number = self.reader.number
        both = number(Role.AMOUNT, cells.amount)
        worths = (
            number(Role.PAID_OUT, cells.paid_out) or both,
            number(Role.PAID_IN, cells.paid_in) or both,
        )
        out, into = (EXACT.multiply(one.copy_abs(), factor) if one else None for one in worths)
        return out, into

    def _both(self, row: _Row, out: Leg, into: Leg) -> Sequence[Outcome]:
        if out.asset == into.asset:
            return self._same(row, out, into)
        if row.meaning not in _EXCHANGES:
            raise RowError(
                f"{_told(row)}, but {out.amount:f} {out.asset} went out for {into.amount:f} "
                f"{into.asset}; {_ANOTHER}"
            )
        given, charged = self._apart(row, out, went=True)
        got, fees = self._apart(row, into, went=False)
        fees = min(charged, fees, key=len)
        found = self.coins.exchange(row.event, [given], [got], fees)
        if row.meaning == Kind.DEPOSIT and is_fiat(given.asset):
            # A purchase by card, as exchanges tell it: the money never was in the account.
            paid = _added(given, fees, ONE)
            return [*self.coins.moved(row.event, paid, incoming=True), *found]
        if row.meaning == Kind.WITHDRAWAL and is_fiat(got.asset):
            return [
                *found,
                *self.coins.moved(row.event, _added(got, fees, MINUS_ONE), incoming=False),
            ]
        return found

    def _same(self, row: _Row, out: Leg, into: Leg) -> Sequence[Outcome]:
        """One asset on both sides: the row has it twice, or it went from one wallet to another."""
        if row.meaning in _ONLY_IN:
            return self._incoming(row._replace(out=None), into)
        if row.meaning in _ONLY_OUT:
            return self._outgoing(row._replace(into=None), out)
        lost = EXACT.subtract(out.amount, into.amount)
        if lost < 0:
            raise RowError(f"more {out.asset} came in, {into.amount:f}, than went out")
        charged = row.fees
        if lost and lost not in (fee.amount for fee in charged if fee.asset == out.asset):
            charged = [*charged, Leg(lost, out.asset)]
        if not charged:
            return [Ignored(row.event.line, "transfer between own wallets")]
        return [self.coins.charge(row.event, fee) for fee in charged]

    def _one(self, row: _Row, leg: Leg) -> Sequence[Outcome]:
        is_in = row.into is not None
        if row.nothing:
            found = self.coins.for_nothing(row.event, leg, row.nothing, incoming=is_in)
            return self.coins.charged(row.event, [found], row.fees)
        return self._incoming(row, leg) if is_in else self._outgoing(row, leg)

    def _incoming(self, row: _Row, leg: Leg) -> list[ParsedTransaction]:
        into, fees = self._apart(row, leg, went=False)
        meaning, coins, event = row.meaning, self.coins, row.event
        if meaning in _MOVES_IN:
            found = coins.moved(event, into, incoming=True)
        elif meaning in _INCOME:
            found = [coins.income(event, into, _INCOME[Kind(meaning)])]
        elif self._is_trade(row, into, Kind.BUY):
            found = [coins.units(event, Kind.BUY, into, into.value)]
        elif meaning in _CHARGES and is_fiat(into.asset):
            back = into._replace(amount=into.amount.copy_negate())
            found = [coins.cash(event, Kind(meaning), back)]
        else:
            raise RowError(
                f"{_told(row)}, but only {into.amount:f} {into.asset} came in; {_ANOTHER}"
            )
        return coins.charged(event, found, fees)

    def _outgoing(self, row: _Row, leg: Leg) -> list[ParsedTransaction]:
        out, fees = self._apart(row, leg, went=True)
        meaning, coins, event = row.meaning, self.coins, row.event
        is_fiat_ = is_fiat(out.asset)
        if meaning in _MOVES_OUT or (meaning == Kind.SELL and is_fiat_):
            # Money that was spent.
            found = coins.moved(event, out, incoming=False)
        elif self._is_trade(row, out, Kind.SELL):
            found = [coins.units(event, Kind.SELL, out, out.value)]
        elif meaning == Kind.TAX and is_fiat_:
            found = [coins.cash(event, Kind.TAX, out)]
        elif meaning == Kind.INTEREST and is_fiat_:
            back = out._replace(amount=out.amount.copy_negate())
            found = [coins.cash(event, Kind.INTEREST, back)]
        elif meaning in _CHARGES or meaning == Kind.INTEREST:
            found = [coins.charge(event, out)]
        else:
            raise RowError(
                f"{_told(row)}, but only {out.amount:f} {out.asset} went out; {_ANOTHER}"
            )
        return coins.charged(event, found, fees)

    def _is_trade(self, row: _Row, leg: Leg, kind: Kind) -> bool:
        """Whether coins by themselves are bought or sold: the word says it, or a trade with a worth."""
        if is_fiat(leg.asset):
            return False
        return row.meaning == kind or (row.meaning == TRADE and leg.value is not None)

    def _apart(self, row: _Row, leg: Leg, *, went: bool) -> tuple[Leg, list[Leg]]:
        """A side without the fee that is in it, and the fee, unless it is part of the coins."""
        fee = row.fee
        if fee is None or not self.layout.has_fees or fee.asset != leg.asset:
            return leg, row.fees
        is_traded = row.into is not None and row.out is not None
        if not is_fiat(leg.asset) and (is_traded or not went):
            return leg, []
        if went:
            return _without(leg, fee), [fee]
        return leg._replace(amount=EXACT.add(leg.amount, fee.amount)), [fee]


def _without(leg: Leg, fee: Leg) -> Leg:
    amount = EXACT.subtract(leg.amount, fee.amount)
    if amount <= 0:
        raise RowError(f"the fee {fee.amount:f} {fee.asset} is not less than the amount it is in")
    return leg._replace(amount=amount)


def _added(leg: Leg, fees: Sequence[Leg], sign: Decimal) -> Leg:
    """The side with the fees of its own currency."""
    amount = leg.amount
    for fee in fees:
        if fee.asset == leg.asset:
            amount = EXACT.fma(fee.amount, sign, amount)
    return leg._replace(amount=amount)


def _told(row: _Row) -> str:
    """“Reward” means Staking reward."""
    meaning = row.meaning
    return f"“{row.word}” means {_MEANINGS.get(meaning) or KIND_LABELS[Kind(meaning)]}"


def _asset(text: str) -> str:
    """A coin or currency as it is called; Koinly puts an id of its own behind a semicolon."""
    name = text.split(";", 1)[0].strip()
    if len(name) > LONGEST_TICKER:
        raise RowError(f"“{name[:LONGEST_TICKER]}…” is no coin or currency")
    return name.upper() if name.islower() else name
