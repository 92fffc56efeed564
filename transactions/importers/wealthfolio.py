"""Wealthfolio: activities as CSV, as the program exports and as it reads them.

Source: ``date,symbol,quantity,activityType,unitPrice,currency,fee`` (2024), the same with ``amount`` (2025),
and the wider exports with account, comment, status, subtype and the like, columns in any order.

Quirks: for purchases and sales Wealthfolio computes with quantity times unit price, and so do we; their
amount, which may or may not contain the fee, serves where there is no price. For all else the amount is
the cash, or in files without it, quantity times unit price. Money has the symbol ``$CASH-USD``. The amount
of a SPLIT is its ratio: how many units it adds follows from the units that the file has before it.
``ADD_HOLDING`` and ``REMOVE_HOLDING`` are names of older versions for transfers of units. Midnight UTC is
how a day is written. Several accounts of one file are depots of their own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.currencies import is_money
from pricing.money import (
    EXACT,
    LARGEST,
    ONE,
    ZERO,
    NumberError,
    decimal_mark,
    is_isin,
    major_unit,
    to_quantity,
)
from pricing.readers import Header, ImporterError, Source, cell, has_columns, parse_instant
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    RowError,
    Security,
)
from transactions.importers.figures import number, positive, rejected, required, with_refunds
from transactions.importers.picking import Picker
from transactions.kinds import Kind

NEEDED = ("date", "activityType", "quantity", "unitPrice", "currency")
COLUMNS = (
    ("date", "activityDate"),
    ("activityType",),
    ("quantity",),
    ("unitPrice",),
    ("amount",),
    ("fee",),
    ("tax",),
    ("currency",),
    ("symbol", "assetSymbol", "assetId"),
    ("isin",),
    ("assetName", "symbolName"),
    ("subtype", "activitySubtype"),
    ("status",),
    ("isDraft",),
    ("accountName", "account", "accountId"),
    ("comment", "notes"),
    ("id",),
)
NUMBERS = range(2, 7)
# Cells of this many records decide the decimal mark of a column.
SAMPLE = 200

_KINDS = {
    "BUY": Kind.BUY,
    "SELL": Kind.SELL,
    "DIVIDEND": Kind.DIVIDEND,
    "INTEREST": Kind.INTEREST,
    "DEPOSIT": Kind.DEPOSIT,
    "WITHDRAWAL": Kind.WITHDRAWAL,
    "FEE": Kind.FEE,
    "TAX": Kind.TAX,
    "TRANSFER_IN": Kind.TRANSFER_IN,
    "TRANSFER_OUT": Kind.TRANSFER_OUT,
    "ADD_HOLDING": Kind.TRANSFER_IN,
    "REMOVE_HOLDING": Kind.TRANSFER_OUT,
    "CONVERSION_IN": Kind.TRANSFER_IN,
    "CONVERSION_OUT": Kind.TRANSFER_OUT,
    "SPLIT": Kind.SPLIT,
    # Money that a broker gives: a bonus or a rebate.
    "CREDIT": Kind.DEPOSIT,
}
_TRADES = frozenset({Kind.BUY, Kind.SELL})
_TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
_CHARGES = frozenset({Kind.FEE, Kind.TAX})
_REVERSIBLE = frozenset({Kind.DIVIDEND, Kind.INTEREST, Kind.FEE, Kind.TAX})
_ADDS = {Kind.BUY: 1, Kind.TRANSFER_IN: 1, Kind.STAKING: 1, Kind.SELL: -1, Kind.TRANSFER_OUT: -1}
# A reward in kind is an INTEREST with units, dividends that are reinvested a DIVIDEND with units.
_STAKING = "STAKING_REWARD"
_REINVESTED = "DRIP"


class Wealthfolio(Importer):
    format = "wealthfolio"
    broker = "Wealthfolio"
    tracks_cash = True

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_ours) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_ours)
        if header is None:
            raise ImporterError(f"The header line with the columns {', '.join(NEEDED)} is missing.")
        return _Export(header, list(source.records(header))).outcomes()


def _is_ours(cells: list[str]) -> bool:
    return has_columns(*NEEDED)(cells) or has_columns("activityDate", *NEEDED[1:])(cells)


class _Row(NamedTuple):
    line: int
    when: datetime
    type: str
    quantity: str
    price: str
    amount: str
    fee: Decimal
    tax: Decimal
    currency: str
    factor: Decimal
    security: Security | None
    subtype: str
    account: str
    comment: str
    identity: str


class _Export:
    def __init__(self, header: Header, records: list[tuple[int, list[str]]]) -> None:
        self.records = records
        self.delimiter = header.delimiter
        self.picker = Picker(header, COLUMNS, NEEDED)
        sample = [
            list(cells) for cells in self.picker.samples([row for _, row in records[:SAMPLE]])
        ]
        self.marks = [decimal_mark(cells[at] for cells in sample) for at in NUMBERS]
        # Exports are ISO; people's own files are as the first example of the program has them, unless a
        # day of more than twelve says otherwise.
        day, account = self.picker.positions[0], self.picker.positions[14]
        days = {cell(row, day) for _, row in records}
        self.day_first = any(map(_starts_with_day, days))
        self.several = len({cell(row, account) for _, row in records}) > 1
        self.security = lru_cache(maxsize=None)(_security)
        self.moment = lru_cache(maxsize=4096)(self._moment)

    def outcomes(self) -> Iterator[Outcome]:
        found: list[list[Outcome]] = []
        for line, cells in self.records:
            try:
                found.append(list(self._outcomes(line, cells)))
            except (RowError, NumberError) as error:
                found.append([rejected(line, error, cells, self.delimiter)])
        return _with_added_units(chain.from_iterable(found))

    def _outcomes(self, line: int, record: list[str]) -> Iterator[Outcome]:
        cells = list(self.picker.cells(record))
        status, draft = cells[12].upper(), cells[13].casefold()
        if status in {"DRAFT", "PENDING", "VOID"} or draft in {"true", "1"}:
            yield Ignored(line, f"activity that is not posted: {status or 'DRAFT'}")
            return
        row = self._row(line, cells)
        kind = _KINDS.get(row.type)
        if kind is None:
            raise RowError(f"the type “{row.type}” is not known; known are {', '.join(_KINDS)}")
        for one in self._transactions(row, kind):
            yield from with_refunds(one)

    def _row(self, line: int, cells: list[str]) -> _Row:
        day, stated, quantity, price, amount, fee, tax, currency, symbol, isin, name = cells[:11]
        code, factor = major_unit(currency)
        if not is_money(code.upper()):
            raise RowError(f"“{currency}” is not a currency")
        return _Row(
            line=line,
            when=self.moment(day),
            type=stated.upper(),
            quantity=quantity,
            price=price,
            amount=amount,
            fee=EXACT.multiply(number(fee, self.marks[3]) or ZERO, factor),
            tax=EXACT.multiply(number(tax, self.marks[4]) or ZERO, factor),
            currency=code.upper(),
            factor=factor,
            security=self.security(symbol, isin, name),
            subtype=cells[11].upper(),
            account=cells[14] if self.several else "",
            comment=cells[15],
            identity=cells[16],
        )

    def _transactions(self, row: _Row, kind: Kind) -> Iterator[ParsedTransaction]:
        if kind is Kind.SPLIT:
            # The ratio, until the units before it are known.
            ratio = positive(row.amount or row.quantity, "amount", self.marks[2])
            yield _one(row, kind, ZERO)._replace(security=_needed(row), quantity=ratio)
        elif kind in _TRADES:
            yield self._trade(row, kind, charged=True)
        elif kind in _TRANSFERS and row.security:
            cost = self._money(row) if kind is Kind.TRANSFER_IN else None
            quantity = positive(row.quantity, "quantity", self.marks[0])
            one = _one(row, kind, abs(cost) if cost else None, charged=True)
            yield one._replace(quantity=quantity)
        elif kind is Kind.INTEREST and row.subtype == _STAKING:
            quantity = positive(row.quantity, "quantity", self.marks[0])
            value = self._money(row)
            one = _one(row, Kind.STAKING, abs(value) if value else None)
            yield one._replace(security=_needed(row), quantity=quantity)
        else:
            yield from self._of_money(row, kind)

    def _of_money(self, row: _Row, kind: Kind) -> Iterator[ParsedTransaction]:
        amount = self._money(row)
        if kind is Kind.FEE and not amount:
            amount = row.fee
        elif kind is Kind.TAX and not amount:
            amount = row.tax
        if amount is None:
            raise RowError("the column “amount” is empty")
        signed = amount if kind in _REVERSIBLE else abs(amount)
        yield _one(row, kind, signed, charged=kind not in _CHARGES)
        if kind is Kind.DIVIDEND and row.subtype == _REINVESTED:
            yield self._trade(row, Kind.BUY)

    def _trade(self, row: _Row, kind: Kind, *, charged: bool = False) -> ParsedTransaction:
        quantity = positive(row.quantity, "quantity", self.marks[0])
        price = number(row.price, self.marks[1])
        if price:
            price = EXACT.multiply(abs(price), row.factor)
            amount = EXACT.multiply(quantity, price)
        else:
            stated = required(row.amount, "unitPrice", self.marks[2])
            amount = EXACT.multiply(abs(stated), row.factor)
        one = _one(row, kind, amount, charged=charged)
        return one._replace(security=_needed(row), quantity=quantity, price=price or None)

    def _money(self, row: _Row) -> Decimal | None:
        amount = number(row.amount, self.marks[2])
        if amount is None:
            quantity, price = number(row.quantity, self.marks[0]), number(row.price, self.marks[1])
            if quantity is None or price is None:
                return None
            amount = EXACT.multiply(quantity, price)
        return EXACT.multiply(amount, row.factor)

    def _moment(self, text: str) -> datetime:
        patterns = ("%d/%m/%Y", "%d.%m.%Y") if self.day_first else ("%m/%d/%Y", "%d.%m.%Y")
        try:
            return parse_instant(text, *patterns)
        except ValueError as error:
            raise RowError(str(error)) from None


def _starts_with_day(text: str) -> bool:
    first, mark, _ = text.partition("/")
    return bool(mark) and first.isdecimal() and int(first) > 12


def _one(
    row: _Row, kind: Kind, amount: Decimal | None, *, charged: bool = False
) -> ParsedTransaction:
    when, has_time = row.when, row.when.time() != time.min
    return ParsedTransaction(
        line=row.line,
        when=when if has_time else when.replace(tzinfo=None),
        kind=kind,
        currency=row.currency,
        amount=amount,
        security=row.security,
        fee=row.fee if charged else ZERO,
        tax=row.tax if charged else ZERO,
        has_time=has_time,
        external_id=row.identity,
        description=row.comment,
        portfolio=row.account,
    )


def _needed(row: _Row) -> Security:
    if row.security is None:
        raise RowError("the symbol is missing")
    return row.security


def _security(symbol: str, isin: str, name: str) -> Security | None:
    """The instrument of a symbol; none for money (``$CASH-USD``, newer ``CASH:USD``)."""
    if symbol.upper().startswith(("$CASH", "CASH:")):
        return None
    if not isin and is_isin(symbol):
        symbol, isin = "", symbol
    isin = isin if is_isin(isin) else ""
    return Security(symbol, isin, name, AssetType.OTHER) if symbol or isin else None


def _with_added_units(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """The outcomes, the ratio of each split replaced by the units that it added."""
    listed = list(outcomes)
    moves = [
        (at, one)
        for at, one in enumerate(listed)
        if isinstance(one, ParsedTransaction) and one.quantity is not None
    ]
    if any(one.kind is Kind.SPLIT for _, one in moves):
        held: dict[tuple[str, Security | None], Decimal] = defaultdict(Decimal)
        for at, one in sorted(moves, key=lambda move: _in_order(move[1])):
            key = (one.portfolio, one.security)
            moved = _split(one, held[key]) if one.kind is Kind.SPLIT else one
            listed[at] = moved
            if isinstance(moved, ParsedTransaction) and moved.quantity is not None:
                signed = EXACT.multiply(moved.quantity, Decimal(_ADDS.get(one.kind, 1)))
                held[key] = EXACT.add(held[key], signed)
    yield from listed


def _in_order(one: ParsedTransaction) -> tuple[datetime, bool]:
    """By time; a split before the other events of its day, as it is before the market opens."""
    return one.when.replace(tzinfo=one.when.tzinfo or UTC), one.kind is not Kind.SPLIT


def _split(one: ParsedTransaction, held: Decimal) -> Outcome:
    assert one.quantity is not None
    if held <= 0:
        reason = "the file has no units of this symbol before the split; enter the split by hand"
        return rejected(one.line, RowError(reason), [], "")
    units = EXACT.multiply(held, EXACT.subtract(one.quantity, ONE))
    if units >= LARGEST:
        return rejected(
            one.line, RowError(f"a split at {one.quantity} adds too many units"), [], ""
        )
    added = to_quantity(units)
    if not added:
        return Ignored(one.line, "split of one to one")
    return one._replace(quantity=added)
