"""Portfolio Performance: transactions as CSV, in English and German.

Source: two exports of the program. *All transactions* is the table on the screen
(``Date;Type;Security;Shares;Quote;Amount;Fees;Taxes;Net Transaction Value;Cash Account;Offset Account;…``),
with whatever columns are shown. *Account transactions* and *portfolio transactions*, one file an account
or depot, share ``Date,Type,Value,Transaction Currency,Gross Amount,…,Shares,ISIN,…,Note``.

Quirks: the value is the cash after fees and taxes, with a sign only in some files, so the type says the
direction. Negative taxes were paid back. The gross amount may be in the currency of the security, so
ours follows from the cash. A time of midnight means that only the day is known. The table on the screen
names a currency only where it is not that of the file, which it never names: it is what account names
say in parentheses, or else the euro. An account's file has trades without shares, which are in the
file of the depot.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pricing.currencies import is_money
from pricing.money import EXACT, ZERO, NumberError, currency_in, decimal_mark, is_isin
from pricing.readers import Header, ImporterError, Source, has_columns, parse_instant
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    RowError,
    Security,
)
from transactions.importers.figures import number, rejected, unit_price, with_refunds
from transactions.importers.picking import Picker
from transactions.importers.portfolio_performance_words import (
    COLUMNS,
    LAYOUTS,
    NUMBERS,
    REQUIRED,
    TRANSFERS,
    TYPES,
)
from transactions.kinds import Kind

# Cells of this many records decide the decimal mark of a column.
SAMPLE = 200
DEFAULT_CURRENCY = "EUR"
# What an instrument may be called at most; many have nothing here but their name.
TICKER_LENGTH = 40

_PAID_ON_TOP = frozenset({Kind.BUY, Kind.TRANSFER_IN})
_PAID_OUT_OF_IT = frozenset({Kind.SELL, Kind.DIVIDEND, Kind.INTEREST, Kind.TRANSFER_OUT})
_CHARGED = _PAID_ON_TOP | _PAID_OUT_OF_IT
_TRADES = frozenset({Kind.BUY, Kind.SELL})
_UNITS = frozenset({*_TRADES, Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
_IN_PARENTHESES = re.compile(r"\(([A-Z]{3})\)")
_LAYOUTS = tuple(has_columns(*names) for names in LAYOUTS)


class PortfolioPerformance(Importer):
    format = "portfolio-performance"
    broker = "Portfolio Performance"
    tracks_cash = True

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_ours) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_ours)
        if header is None:
            raise ImporterError("The header line of a Portfolio Performance export is missing.")
        export = _Export(header, list(source.records(header)))
        return export.outcomes()


def _is_ours(cells: list[str]) -> bool:
    return any(matches(cells) for matches in _LAYOUTS)


class _Row(NamedTuple):
    """What a record says, before it is known what the rest of the file says about its accounts."""

    line: int
    when: datetime
    type: str
    shares: Decimal | None
    net: Decimal | None
    amount: Decimal | None
    fee: Decimal
    tax: Decimal
    quote: Decimal | None
    currency: str
    quote_currency: str
    security: Security | None
    account: str
    offset: str
    note: str

    @property
    def event(self) -> tuple[datetime, frozenset[str]]:
        """What the two rows of one transfer share."""
        return self.when, frozenset({self.account, self.offset})


class _Export:
    def __init__(self, header: Header, records: list[tuple[int, list[str]]]) -> None:
        self.records = records
        self.delimiter = header.delimiter
        self.picker = Picker(header, COLUMNS, REQUIRED)
        sample = [
            list(cells) for cells in self.picker.samples([row for _, row in records[:SAMPLE]])
        ]
        self.marks = [decimal_mark(cells[at] for cells in sample) for at in NUMBERS]
        self.security = lru_cache(maxsize=None)(_security)
        self.currency_of: dict[str, str] = {}
        self.transfers: dict[tuple[datetime, frozenset[str]], set[str]] = defaultdict(set)

    def outcomes(self) -> Iterator[Outcome]:
        rows = [self._read(line, cells) for line, cells in self.records]
        self._learn(row for row in rows if isinstance(row, _Row))
        for row, (line, cells) in zip(rows, self.records, strict=True):
            try:
                if isinstance(row, Exception):
                    raise row
                yield from self._outcomes(row)
            except (RowError, NumberError) as error:
                yield rejected(line, error, cells, self.delimiter)

    def _read(self, line: int, cells: list[str]) -> "_Row | RowError | NumberError":
        try:
            return self._row(line, cells)
        except (RowError, NumberError) as error:
            return error

    def _row(self, line: int, record: list[str]) -> _Row:
        cells = list(self.picker.cells(record))
        day, stated, *money, booked, isin, symbol, wkn, name, account, offset, note = cells
        shares, net, amount, fee, tax, quote = map(number, money, self.marks)
        currency = booked or currency_in(money[1]) or currency_in(money[2])
        return _Row(
            line=line,
            when=_moment(day),
            type=stated.casefold(),
            shares=abs(shares) if shares else None,
            net=net,
            amount=amount,
            fee=fee or ZERO,
            tax=tax or ZERO,
            quote=quote,
            currency=_checked(currency.upper()) if currency else _named(account) or _named(offset),
            quote_currency=currency_in(money[5]),
            security=self.security(isin, symbol, wkn, name),
            account=account,
            offset=offset,
            note=note,
        )

    def _learn(self, rows: Iterator[_Row]) -> None:
        """Which currency the accounts are in, and which transfers have rows in several currencies."""
        seen: dict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            currency = row.currency or DEFAULT_CURRENCY
            kind, _ = TYPES.get(row.type, (None, 1))
            if kind is not None:
                seen[row.offset if kind in _TRADES else row.account][currency] += 1
            elif row.type in TRANSFERS:
                self.transfers[row.event].add(currency)
        self.currency_of = {
            account: counts.most_common(1)[0][0] for account, counts in seen.items() if account
        }

    def _outcomes(self, row: _Row) -> Iterator[Outcome]:
        if row.type in TRANSFERS:
            yield self._transfer(row, TRANSFERS[row.type])
        elif row.type not in TYPES:
            known = ", ".join([*TYPES, *TRANSFERS])
            raise RowError(f"the type “{row.type}” is not known; known are {known}")
        else:
            yield from _booked(row, *TYPES[row.type])

    def _transfer(self, row: _Row, kind: Kind) -> Outcome:
        """A move between accounts or depots of the owner, which are one account of ours if both are here."""
        if row.shares:
            if row.account and row.offset:
                return Ignored(row.line, "move of units between depots of the file")
            return _one(row, kind, None)
        amount = row.amount if row.net is None else row.net
        if amount is None:
            raise RowError("the row has no value")
        if not (row.account and row.offset):
            return _one(row, kind, abs(amount))
        currencies = self.transfers[row.event]
        if len(currencies) > 1:
            accounts = " ".join(sorted(row.event[1]))
            return _one(row, kind, abs(amount))._replace(group=f"{row.when:%F %T} {accounts}")
        (currency,) = currencies
        arrives = self.currency_of.get(row.offset, currency)
        if arrives != currency:
            raise RowError(
                f"the row says what left in {currency}, not what arrived in {arrives}; export the "
                "transactions of both accounts one by one, or enter the conversion by hand"
            )
        return Ignored(row.line, "transfer of money between accounts of the file")


def _booked(row: _Row, kind: Kind, direction: int) -> Iterator[Outcome]:
    if kind in _UNITS and not row.shares:
        if kind in _TRADES:
            yield Ignored(row.line, "money of a trade whose shares are in the file of the depot")
            return
        raise RowError("the number of shares is missing")
    if kind in _UNITS and row.security is None:
        raise RowError("the row names no security")
    amount = _gross(row, kind)
    if kind is Kind.TRANSFER_OUT:
        yield from with_refunds(_one(row, kind, None, charged=True))
        return
    if kind is Kind.TRANSFER_IN:
        # A delivery without a value has an unknown cost.
        yield from with_refunds(_one(row, kind, amount or None, charged=True))
        return
    if amount is None:
        raise RowError("the row has no value")
    signed = EXACT.multiply(amount, Decimal(direction))
    yield from with_refunds(_one(row, kind, signed, charged=kind in _CHARGED))


def _gross(row: _Row, kind: Kind) -> Decimal | None:
    """The amount before fees and taxes, from the cash where it is stated."""
    if row.net is None:
        return None if row.amount is None else abs(row.amount)
    costs = EXACT.add(row.fee, row.tax)
    if kind in _PAID_ON_TOP:
        return EXACT.subtract(abs(row.net), costs)
    if kind in _PAID_OUT_OF_IT:
        return EXACT.add(abs(row.net), costs)
    return abs(row.net)


def _one(
    row: _Row, kind: Kind, amount: Decimal | None, *, charged: bool = False
) -> ParsedTransaction:
    currency = row.currency or DEFAULT_CURRENCY
    quantity = row.shares if kind in _UNITS else None
    price = None
    if kind in _TRADES and quantity and amount is not None:
        same = row.quote is not None and row.quote_currency in {"", currency}
        price = row.quote if same else unit_price(amount, quantity)
    return ParsedTransaction(
        line=row.line,
        when=row.when,
        kind=kind,
        currency=currency,
        amount=amount,
        security=row.security,
        quantity=quantity,
        price=price,
        fee=row.fee if charged else ZERO,
        tax=row.tax if charged else ZERO,
        has_time=row.when.time() != time.min,
        description=row.note,
    )


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime:
    try:
        return parse_instant(text, "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")
    except ValueError as error:
        raise RowError(str(error)) from None


@lru_cache(maxsize=256)
def _named(account: str) -> str:
    """The currency that the name of an account says: “Broker (USD)”."""
    found = _IN_PARENTHESES.search(account)
    return found[1] if found and is_money(found[1]) else ""


@lru_cache(maxsize=256)
def _checked(currency: str) -> str:
    if not is_money(currency):
        raise RowError(f"“{currency}” is not a currency")
    return currency


def _security(isin: str, symbol: str, wkn: str, name: str) -> Security | None:
    isin = isin if is_isin(isin) else ""
    ticker = symbol or ("" if isin else wkn or name[:TICKER_LENGTH].rstrip())
    return Security(ticker, isin, name) if ticker or isin else None
