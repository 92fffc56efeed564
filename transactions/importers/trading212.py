"""Trading 212: the account history as CSV (“Export history”), three generations.

2020: one account currency in the column names (``Total (GBP)``); 2024: a currency column beside
every amount; 2026: ``Time (UTC)``, notes and id before the shares, more charges, card payments. The set and
the order of columns vary with what the user ticked, so columns are found by name and charges by the
shape of their name.

Quirks: ``Total`` is the cash that moved, charges included, sometimes with a sign and sometimes not. Times
are UTC, though only the newest header says so. GBX prices. The total of a dividend is net. In the 2024
layout, rows of corporate actions and transfers have the notes and the id before the shares.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, NamedTuple

from pricing.money import EXACT, ZERO, major_unit, parse_number
from pricing.readers import Header, ImporterError, Source
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    RowError,
    Security,
)
from transactions.importers.figures import positive, rejected
from transactions.importers.trading212_columns import (
    Columns,
    currency_of_total,
    is_currency,
    is_header,
)
from transactions.kinds import Kind

_CONVERSION_NOTE = re.compile(r"([\d.,]+) ([A-Z]{3}) -> ([\d.,]+) ([A-Z]{3})")
# Both halves of a split carry the same second; a weekend is the most that was seen between them.
_SPLIT_WINDOW = timedelta(days=5)

_KNOWN = (
    "Market/Limit/Stop/Stop limit buy and sell, Deposit, Withdrawal, Dividend (…), Dividend adjustment,"
    " Interest on cash, Lending interest, Currency conversion, Card debit, Card credit, Card refund,"
    " Spending cashback, Result adjustment, Stock distribution, Stock split close and open,"
    " Spin off, Transfer in and out"
)


class _Half(NamedTuple):
    """One of the two rows of a split: all shares before it, or all shares after it."""

    line: int
    cells: list[str]
    opens: bool
    when: datetime
    security: Security
    quantity: Decimal
    currency: str
    external_id: str


class Trading212(Importer):
    """The CSV of Trading 212 Invest and ISA accounts."""

    format: ClassVar[str] = "trading212"
    broker: ClassVar[str] = "Trading 212"
    tracks_cash: ClassVar[bool] = True

    def recognises(self, source: Source) -> bool:
        return source.find_header(is_header) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(is_header)
        if header is None:
            raise ImporterError("The header line with Action, Time and Total is missing.")
        yield from _Rows(header).read(source)

    def account_currency(self, source: Source) -> str:
        header = source.find_header(is_header)
        return "" if header is None else currency_of_total(header)


class _Rows:
    """The rows below one header; the halves of a split wait here for each other."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.columns = Columns(header)
        self.halves: list[_Half] = []
        self.readers: dict[str, _Reader] = {}

    def read(self, source: Source) -> Iterator[Outcome]:
        for line, cells in source.records(self.header):
            row = self.columns.aligned(cells)
            try:
                yield from self._reader(row[self.columns.action])(self, line, row)
            except ValueError as error:
                yield rejected(line, error, cells, self.header.delimiter)
        for half in self.halves:
            other = "close" if half.opens else "open"
            missing = RowError(f"the other half (“Stock split {other}”) is not in the file")
            yield rejected(half.line, missing, half.cells, self.header.delimiter)

    def _reader(self, action: str) -> "_Reader":
        reader = self.readers.get(action)
        if reader is None:
            reader = self.readers[action] = _reader_of(" ".join(action.casefold().split()))
        return reader


_Reader = Callable[[_Rows, int, list[str]], Iterator[Outcome]]


def _reader_of(action: str) -> _Reader:
    if action in _READERS:
        return _READERS[action]
    if re.fullmatch(r"(?:market|limit|stop|stop limit) (?:buy|sell)", action):
        return _trade(Kind.BUY if action.endswith("buy") else Kind.SELL)
    if action.startswith("dividend"):
        returned = "return of capital" in action
        return _dividend(Kind.RETURN_OF_CAPITAL if returned else Kind.DIVIDEND)
    return _unknown


def _unknown(rows: _Rows, _line: int, row: list[str]) -> Iterator[Outcome]:
    action = row[rows.columns.action].strip()
    raise RowError(f"the action “{action}” is not known; known are {_KNOWN}")


def _trade(kind: Kind) -> _Reader:
    buys = kind is Kind.BUY

    def read(rows: _Rows, line: int, row: list[str]) -> Iterator[Outcome]:
        columns = rows.columns
        quantity = positive(row[columns.shares], "No. of shares")
        currency = columns.currency(row)
        total = abs(columns.total_of(row))
        fee, tax, included = columns.charges_of(row, currency)
        charges = EXACT.add(fee, tax)
        gross = EXACT.subtract(total, charges) if buys else EXACT.add(total, charges)
        if gross < ZERO:
            raise RowError(f"the charges of {charges} are more than the total of {total}")
        yield ParsedTransaction(
            line,
            columns.when(row),
            kind,
            currency,
            gross,
            columns.security(row),
            quantity,
            columns.price_of(row, currency, gross, quantity),
            fee if buys else charges,
            tax=tax if buys else ZERO,
            external_id=row[columns.id].strip(),
            description=columns.description(row, included),
        )

    return read


def _dividend(kind: Kind) -> _Reader:
    def read(rows: _Rows, line: int, row: list[str]) -> Iterator[Outcome]:
        columns = rows.columns
        currency = columns.currency(row)
        net = columns.total_of(row)
        withheld = parse_number(row[columns.withheld]) or ZERO
        stated, factor = major_unit(row[columns.withheld_currency].strip())
        # A tax in the share's currency has no rate in the file: the total is trusted, the tax is text.
        same = stated == currency
        tax = EXACT.multiply(abs(withheld), factor) if same else ZERO
        note = "" if same or not withheld else f"withholding tax {withheld} {stated}"
        yield ParsedTransaction(
            line,
            columns.when(row),
            kind,
            currency,
            EXACT.add(net, tax),
            columns.security(row),
            tax=tax,
            external_id=row[columns.id].strip(),
            description=columns.description(row, note),
        )

    return read


def _cash(kind: Kind, *, signed: bool = False) -> _Reader:
    """Money without shares. Unsigned where the file has the same action with and without a minus."""

    def read(rows: _Rows, line: int, row: list[str]) -> Iterator[Outcome]:
        amount = rows.columns.total_of(row)
        yield _cash_row(rows, line, row, kind, amount if signed else abs(amount))

    return read


def _adjustment(rows: _Rows, line: int, row: list[str]) -> Iterator[Outcome]:
    """A correction by the broker: of a tax when the notes say so, else of what the account earned."""
    amount = rows.columns.total_of(row)
    if "tax" in row[rows.columns.notes].casefold():
        yield _cash_row(rows, line, row, Kind.TAX, -amount)
    else:
        yield _cash_row(rows, line, row, Kind.INTEREST, amount)


def _cash_row(
    rows: _Rows, line: int, row: list[str], kind: Kind, amount: Decimal
) -> ParsedTransaction:
    columns = rows.columns
    return ParsedTransaction(
        line,
        columns.when(row),
        kind,
        columns.currency(row),
        amount,
        external_id=row[columns.id].strip(),
        description=columns.description(row),
    )


def _conversion(rows: _Rows, line: int, row: list[str]) -> Iterator[Outcome]:
    columns = rows.columns
    sold, sold_currency = row[columns.sold], row[columns.sold_currency].strip()
    bought, bought_currency = row[columns.bought], row[columns.bought_currency].strip()
    if not sold or not bought:
        # Before 2024 the legs were told in the notes only.
        found = _CONVERSION_NOTE.search(row[columns.notes])
        if found is None:
            raise RowError("the amounts of the currency conversion are not given")
        sold, sold_currency, bought, bought_currency = found.groups()
    if not is_currency(sold_currency) or not is_currency(bought_currency):
        raise RowError("the currencies of the conversion are not given")
    received = positive(bought, "Currency conversion to amount")
    fee = columns.charges_of(row, bought_currency).fee
    total = parse_number(row[columns.total])
    if total is not None and abs(total) == received:
        fee = ZERO
    when, external_id = columns.when(row), row[columns.id].strip()
    group = f"conversion-{line}"
    paid = positive(sold, "Currency conversion from amount")
    for kind, amount, currency, charged in (
        (Kind.TRANSFER_OUT, paid, sold_currency, ZERO),
        (Kind.TRANSFER_IN, received, bought_currency, fee),
    ):
        yield ParsedTransaction(
            line,
            when,
            kind,
            currency,
            amount,
            fee=charged,
            external_id=external_id,
            group=group,
            description=columns.description(row),
        )


def _delivery(kind: Kind) -> _Reader:
    """Shares in or out without cash. What they once cost is not in the file, so it stays unknown."""

    def read(rows: _Rows, line: int, row: list[str]) -> Iterator[Outcome]:
        columns = rows.columns
        currency = columns.currency(row)
        if not row[columns.shares].strip():
            # Cash between own accounts.
            yield _cash_row(rows, line, row, kind, abs(columns.total_of(row)))
            return
        quantity = positive(row[columns.shares], "No. of shares")
        yield ParsedTransaction(
            line,
            columns.when(row),
            kind,
            currency,
            None,
            columns.security(row),
            quantity,
            columns.price_of(row, currency, None, quantity) or None,
            external_id=row[columns.id].strip(),
            description=columns.description(row),
        )

    return read


def _split_half(rows: _Rows, line: int, row: list[str]) -> Iterator[Outcome]:
    columns = rows.columns
    half = _Half(
        line,
        row[:-1],
        row[columns.action].casefold().rstrip().endswith("open"),
        columns.when(row),
        columns.security(row),
        positive(row[columns.shares], "No. of shares"),
        columns.currency(row),
        row[columns.id].strip(),
    )
    other = _other_half(rows.halves, half)
    if other is None:
        rows.halves.append(half)
        return
    rows.halves.remove(other)
    closed, opened = (other, half) if half.opens else (half, other)
    yield from _split(closed, opened)


def _other_half(halves: list[_Half], half: _Half) -> _Half | None:
    """The nearest half of the other side: same ISIN, or same ticker where the split changed the ISIN."""
    found = [
        other
        for other in halves
        if other.opens != half.opens
        and abs(other.when - half.when) <= _SPLIT_WINDOW
        and (other.security.isin == half.security.isin or _same_ticker(other, half))
    ]
    return min(found, key=lambda other: abs(other.when - half.when)) if found else None


def _same_ticker(one: _Half, other: _Half) -> bool:
    return bool(one.security.ticker) and one.security.ticker == other.security.ticker


def _split(closed: _Half, opened: _Half) -> Iterator[Outcome]:
    if closed.security.isin == opened.security.isin:
        added = EXACT.subtract(opened.quantity, closed.quantity)
        if not added:
            for half in (closed, opened):
                yield Ignored(
                    half.line, "a split that changed neither the ISIN nor the number of shares"
                )
            return
        yield ParsedTransaction(
            closed.line,
            closed.when,
            Kind.SPLIT,
            closed.currency,
            None,
            closed.security,
            added,
            external_id=closed.external_id,
            description="Stock split",
            merged_lines=(opened.line,),
        )
        return
    for kind, half in ((Kind.TRANSFER_OUT, closed), (Kind.TRANSFER_IN, opened)):
        yield ParsedTransaction(
            half.line,
            half.when,
            kind,
            half.currency,
            None,
            half.security,
            half.quantity,
            external_id=half.external_id,
            group=f"split-{closed.line}",
            description="Stock split with a new ISIN",
        )


_READERS: dict[str, _Reader] = {
    "deposit": _cash(Kind.DEPOSIT, signed=True),
    "withdrawal": _cash(Kind.WITHDRAWAL),
    "interest on cash": _cash(Kind.INTEREST, signed=True),
    "lending interest": _cash(Kind.INTEREST, signed=True),
    "share lending interest": _cash(Kind.INTEREST, signed=True),
    "result adjustment": _adjustment,
    "card debit": _cash(Kind.WITHDRAWAL),
    "card credit": _cash(Kind.DEPOSIT),
    "card refund": _cash(Kind.DEPOSIT),
    "spending cashback": _cash(Kind.DEPOSIT, signed=True),
    "currency conversion": _conversion,
    "stock distribution": _delivery(Kind.TRANSFER_IN),
    "scrip stock dividends": _delivery(Kind.TRANSFER_IN),
    "custom stock distribution": _delivery(Kind.TRANSFER_IN),
    "spin off": _delivery(Kind.TRANSFER_IN),
    "transfer in": _delivery(Kind.TRANSFER_IN),
    "transfer out": _delivery(Kind.TRANSFER_OUT),
    "stock split close": _split_half,
    "stock split open": _split_half,
}
