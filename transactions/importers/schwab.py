"""Charles Schwab: the transactions of a brokerage account, CSV (History, Export).

Columns are found by name: price and quantity changed places over the years, the older files have a
title line in front and a column without a name at the end, and a last row with the total.

Quirks: dates are American; of ``07/15/2024 as of 07/12/2024`` the second is the day of the event, the
first that of the booking. The amount is the cash, fee included. Everything is in dollars. Instruments
have tickers, bonds and those that are gone CUSIPs. Rows that came from TD Ameritrade have the ticker in
their text. Option symbols are ``AAPL 01/19/2024 150.00 C``; prices are per share, quantities contracts.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import ClassVar, NamedTuple

from pricing.assets import AssetType
from pricing.money import EXACT, ZERO, currency_in, parse_number
from pricing.readers import Header, ImporterError, Source, has_columns
from transactions.cancellations import cancelling_id
from transactions.importers import schwab_words as words
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    RowError,
    Security,
)
from transactions.importers.figures import rejected, unit_price
from transactions.importers.picking import Picker
from transactions.importers.schwab_actions import (
    Event,
    exchanges,
    is_cusip,
    plain_name,
    redemptions,
)
from transactions.kinds import Kind

_COLUMNS = (
    ("Date",),
    ("Action",),
    ("Symbol",),
    ("Description",),
    ("Quantity",),
    ("Price",),
    ("Fees & Comm",),
    ("Amount",),
)
_is_header = has_columns(*(name for (name,) in _COLUMNS))
_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
_OPTION = re.compile(r"\S+ \d\d/\d\d/\d{4} \d+(?:\.\d+)? [CP]")
_PLAIN = re.compile(r"-?\$?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?", re.ASCII)
_CONTRACT = Decimal(100)
_LINE = attrgetter("line")
_TD_AMERITRADE = re.compile(r"TDA TRAN .*\(([A-Z][A-Z.]{0,5})\)")


class Schwab(Importer):
    """The CSV of Charles Schwab's brokerage accounts."""

    format: ClassVar[str] = "schwab"
    broker: ClassVar[str] = "Charles Schwab"
    tracks_cash: ClassVar[bool] = True

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_header) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_header)
        if header is None:
            raise ImporterError("The header line with Date, Action and Fees & Comm is missing.")
        yield from _Rows(header).read(source)

    def account_currency(self, source: Source) -> str:
        return "USD"


class _Row(NamedTuple):
    line: int
    date: str
    action: str
    symbol: str
    description: str
    quantity: str
    price: str
    fee: str
    amount: str


class _Rows:
    """The rows below one header; those that belong to others wait for the end."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.picker = Picker(header, _COLUMNS, {"Date", "Action", "Description"})
        self.days: dict[str, datetime] = {}
        self.securities: dict[tuple[str, str], Security] = {}
        self.readers: dict[str, _Reader] = {}
        self.tickers: dict[str, str] = {}
        self.exchanged: list[Event] = []
        self.redeemed: list[Event] = []

    def read(self, source: Source) -> Iterator[Outcome]:
        outcomes: list[Outcome] = []
        for line, cells in source.records(self.header):
            if cells[0].strip().casefold() == "transactions total":
                outcomes.append(Ignored(line, "the total of the file"))
                continue
            try:
                row = _Row(line, *self.picker.cells(cells))
                outcome = self._reader(row.action)(self, row)
            except ValueError as error:
                outcome = rejected(line, error, cells, self.header.delimiter)
            if outcome is not None:
                outcomes.append(outcome)
        outcomes.extend(exchanges(self.exchanged, self.tickers))
        outcomes.extend(redemptions(self.redeemed))
        # The place in the file is all that tells the order within a day.
        outcomes.sort(key=_LINE)
        yield from outcomes

    def _reader(self, action: str) -> "_Reader":
        reader = self.readers.get(action)
        if reader is None:
            reader = self.readers[action] = _READERS.get(_folded(action), _unknown)
        return reader

    def when(self, row: _Row) -> datetime:
        day = self.days.get(row.date)
        if day is None:
            day = self.days[row.date] = _day(row.date)
        return day

    def security(self, row: _Row) -> Security | None:
        """The instrument of a row, if it names one."""
        key = row.symbol, row.description
        found = self.securities.get(key)
        if found is None:
            symbol, name = row.symbol, row.description
            moved = _TD_AMERITRADE.match(name)
            if not symbol and moved:
                symbol, name = moved[1], ""
            if not symbol:
                return None
            kind = AssetType.OPTION if _OPTION.fullmatch(symbol) else AssetType.OTHER
            found = self.securities[key] = Security(symbol, "", name, kind, "USD")
            if not is_cusip(symbol):
                self.tickers.setdefault(plain_name(name), symbol)
        return found

    def held(self, row: _Row) -> Security:
        security = self.security(row)
        if security is None:
            raise RowError("the column “Symbol” is empty")
        return security

    def event(self, row: _Row, action: str) -> Event:
        return Event(
            row.line,
            action,
            self.when(row),
            self.held(row),
            _number(row.quantity),
            _number(row.amount),
            row.action,
            self.header.delimiter.join(row[1:]),
        )


_Reader = Callable[[_Rows, _Row], Outcome | None]


def _unknown(_rows: _Rows, row: _Row) -> Outcome:
    raise RowError(f"the action “{row.action}” is not known; known are {words.KNOWN}")


def _trade(kind: Kind, *, cancels: bool = False) -> _Reader:
    """A purchase or a sale; with ``cancels`` the one that takes an opposite trade back, with its charges."""
    buys = kind is Kind.BUY

    def read(rows: _Rows, row: _Row) -> Outcome:
        security = rows.held(row)
        quantity = _units(row, security)
        if not quantity:
            raise RowError("the column “Quantity” is empty or zero")
        cash, fee = _needed(row.amount, "Amount"), _number(row.fee) or ZERO
        fee = fee.copy_abs().copy_negate() if cancels and fee else fee
        quantity = abs(quantity)
        # What a purchase takes out is negative; one with commission but free of charge is not.
        total = cash.copy_negate() if buys else cash
        gross = EXACT.subtract(total, fee) if buys else EXACT.add(total, fee)
        if gross < ZERO:
            raise RowError(f"the amount {row.amount} does not fit “{row.action}”")
        return ParsedTransaction(
            row.line,
            rows.when(row),
            kind,
            "USD",
            gross,
            security,
            quantity,
            _price(row, gross, quantity),
            fee,
            has_time=False,
            external_id=cancelling_id("", "") if cancels else "",
            description=row.action,
        )

    return read


def _price(row: _Row, gross: Decimal, quantity: Decimal) -> Decimal | None:
    """The stated price, or what the cash says where it is no price per unit (bonds: per hundred)."""
    stated = _number(row.price)
    if stated is not None:
        off = abs(EXACT.subtract(EXACT.multiply(stated, quantity), gross))
        if EXACT.multiply(off, _CONTRACT) <= gross:
            return stated
    return unit_price(gross, quantity)


def _money(kind: Kind, *, paid: bool) -> _Reader:
    def read(rows: _Rows, row: _Row) -> Outcome:
        amount = _needed(row.amount, "Amount")
        security = rows.held(row) if kind is Kind.RETURN_OF_CAPITAL else rows.security(row)
        return _cash(rows, row, kind, amount.copy_negate() if paid else amount, security)

    return read


def _cash(
    rows: _Rows, row: _Row, kind: Kind, amount: Decimal, security: Security | None = None
) -> ParsedTransaction:
    return ParsedTransaction(
        row.line,
        rows.when(row),
        kind,
        "USD",
        amount,
        security,
        has_time=False,
        description=f"{row.action} · {row.description}",
    )


def _deposit(rows: _Rows, row: _Row) -> Outcome:
    amount = _needed(row.amount, "Amount")
    kind = Kind.WITHDRAWAL if amount < ZERO else Kind.DEPOSIT
    return _cash(rows, row, kind, abs(amount))


def _move(rows: _Rows, row: _Row) -> Outcome:
    """Money or units between accounts. What units once cost is not in the file: it stays unknown."""
    if not _number(row.quantity):
        amount = _needed(row.amount, "Amount")
        kind = Kind.TRANSFER_OUT if amount < ZERO else Kind.TRANSFER_IN
        return _cash(rows, row, kind, abs(amount))
    if _number(row.amount):
        raise RowError("a delivery of shares that moves money, too, is not understood")
    security = rows.held(row)
    quantity = _units(row, security)
    return ParsedTransaction(
        row.line,
        rows.when(row),
        Kind.TRANSFER_OUT if quantity < ZERO else Kind.TRANSFER_IN,
        "USD",
        None,
        security,
        abs(quantity),
        has_time=False,
        description=row.action,
    )


def _split(rows: _Rows, row: _Row) -> Outcome:
    event = rows.event(row, "")
    if not event.change:
        raise RowError("the column “Quantity” is empty or zero")
    return event.booked(Kind.SPLIT, event.change)


def _ended(rows: _Rows, row: _Row) -> Outcome:
    event = rows.event(row, "")
    quantity = _units(row, event.security)
    if not quantity:
        raise RowError("the column “Quantity” is empty or zero")
    if event.amount:
        raise RowError(f"“{row.action}” with an amount is not understood")
    return event.booked(Kind.SELL if quantity < ZERO else Kind.BUY, abs(quantity), ZERO)


def _later(action: str, waiting: Callable[[_Rows], list[Event]]) -> _Reader:
    def read(rows: _Rows, row: _Row) -> None:
        event = rows.event(row, action)
        if event.security.asset_type is AssetType.OPTION:
            event = event._replace(quantity=_units(row, event.security))
        waiting(rows).append(event)

    return read


def _units(row: _Row, security: Security) -> Decimal:
    """The signed quantity; an option contract counts as its hundred shares."""
    quantity = _number(row.quantity) or ZERO
    if security.asset_type is AssetType.OPTION:
        return EXACT.multiply(quantity, _CONTRACT)
    return quantity


def _needed(text: str, column: str) -> Decimal:
    value = _number(text)
    if value is None:
        raise RowError(f"the column “{column}” is empty")
    return value


def _number(text: str) -> Decimal | None:
    """A number, or dollars; amounts are grouped by commas, never split by one."""
    if _PLAIN.fullmatch(text):
        # Nearly every cell, several times faster than by taking it apart.
        return parse_number(text.replace("$", "").replace(",", ""))
    value = parse_number(text, ".")
    if value is not None and currency_in(text) not in _DOLLARS:
        raise RowError(f"“{text}” is not in US dollars")
    return value


_DOLLARS = frozenset({"", "USD"})


def _folded(action: str) -> str:
    return " ".join(action.casefold().split())


def _day(text: str) -> datetime:
    found = _DAY.fullmatch(text.rpartition(" as of ")[2].strip())
    if found is None or not _DAY.match(text):
        raise RowError(f"“{text}” is not a date like 01/31/2024")
    month, day, year = map(int, found.groups())
    try:
        return datetime(year, month, day)  # noqa: DTZ001 - local, the zone is the account's
    except ValueError:
        raise RowError(f"“{text}” is not a date like 01/31/2024") from None


_READERS: dict[str, _Reader] = {
    **{action: _trade(kind) for action, kind in words.TRADES.items()},
    **{action: _money(kind, paid=False) for action, kind in words.SIGNED.items()},
    **{action: _money(kind, paid=True) for action, kind in words.PAID.items()},
    **dict.fromkeys(words.DEPOSITS, _deposit),
    **dict.fromkeys(words.MOVES, _move),
    **dict.fromkeys(words.ADDED, _split),
    **dict.fromkeys(words.ENDED, _ended),
    **{a: _later(event, lambda rows: rows.redeemed) for a, event in words.REDEMPTIONS.items()},
    **{action: _later(action, lambda rows: rows.exchanged) for action in words.EXCHANGES},
    **{action: _trade(kind, cancels=True) for action, kind in words.CANCELLED.items()},
}
