"""DEGIRO: Account.csv, every movement of the cash, in any language.

Layout: date, time, value date (not in the oldest), product, ISIN, description, exchange rate, change,
balance, order id; the amounts have their currency in a column of its own, before them in newer files
and after them in older ones. Newest first. What a row is, only its description says, in the language
that the account had at the time (``degiro_words``). One file mixes decimal comma and point, and
mojibake with good text. A long
order id may go on in the next row, whose other cells are blank.

Decisions: the rows of one order become one transaction: its fills, its fees and taxes, and the two legs
of its currency conversion, whose leg in the account's currency is the amount (``degiro_events``). Other
conversions are a pair of cash transfers; a leg whose partner is not in the file stands alone, so that the
cash adds up. Everything else moves the cash as it says: the sum of the changes, without the sweeps and
transfers between DEGIRO's own accounts, is the cash.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import ClassVar

from pricing.money import EXACT, ONE, ZERO, DecimalMark, decimal_mark, major_unit
from pricing.readers import Header, ImporterError, Source
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    RowError,
    Security,
    Stated,
)
from transactions.importers.degiro_dates import DATE_COLUMN, moment
from transactions.importers.degiro_ledger import Ledger, Movement
from transactions.importers.degiro_trade_texts import (
    TradeText,
    is_stock_dividend,
    moves_units,
    quantity_and_price,
    trade_of,
)
from transactions.importers.degiro_words import (
    CUT_SHORT,
    IGNORED,
    KNOWN,
    Booking,
    booking_of,
    require_isin,
)
from transactions.importers.figures import rejected, required, stated_balance
from transactions.kinds import Kind

# Positions from the ISIN on, the one column that is called the same in every language.
_PRODUCT, _DESCRIPTION, _CHANGE, _BALANCE, _ORDER = -1, 1, 3, 5, 7
_ISIN_COLUMNS = (3, 4)
_SAMPLE_ROWS = 200
_CURRENCY = re.compile(r"^[A-Za-z]{3}$")
# A currency pair is traded like a share, but has no ISIN and is a conversion.
_PAIR = re.compile(r"^[A-Z]{3}/[A-Z]{3}$")

_KINDS = {
    Booking.ACCRUED_INTEREST: Kind.INTEREST,
    Booking.DIVIDEND_TAX: Kind.TAX,
    Booking.TRANSACTION_TAX: Kind.TAX,
    Booking.TRADE_FEE: Kind.FEE,
    Booking.FX: Kind.TRANSFER_IN,
    Booking.CASH_FUND: Kind.INTEREST,
    Booking.RETURN_OF_CAPITAL: Kind.RETURN_OF_CAPITAL,
    Booking.DIVIDEND: Kind.DIVIDEND,
    Booking.INTEREST: Kind.INTEREST,
    # Money that DEGIRO gives back or away is a fee turned round: it is no deposit of the user.
    Booking.REBATE: Kind.FEE,
    Booking.FEE: Kind.FEE,
    Booking.WITHDRAWAL: Kind.WITHDRAWAL,
    Booking.DEPOSIT: Kind.DEPOSIT,
}
_NOTHING_MOVED = "a booking of 0.00"
_FUND_UNITS = "units of the fund in which the broker keeps the account's cash"


class DegiroAccount(Importer):
    """The cash movements of a DEGIRO account, trades included."""

    format: ClassVar[str] = "degiro-account"
    broker: ClassVar[str] = "DEGIRO"
    tracks_cash: ClassVar[bool] = True

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_header) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_header)
        if header is None:
            raise ImporterError("The header line of DEGIRO's Account.csv is missing.")
        # Sorted by line: orders are put together from all over the file.
        yield from sorted(_Statement(header).outcomes(source), key=lambda outcome: outcome.line)


def _is_header(cells: list[str]) -> bool:
    isin = _isin_column(cells)
    if isin is None or cells[0].casefold() not in DATE_COLUMN:
        return False
    change, balance = isin + _CHANGE, isin + _BALANCE
    return (
        isin + _ORDER <= len(cells)
        and not any(cells[isin + _ORDER + 2 :])
        and bool(cells[change] and cells[balance])
        and not cells[change + 1]
        and not cells[balance + 1]
    )


def _isin_column(cells: list[str]) -> int | None:
    """Where the ISIN is: after the product, which follows the value date or, in old files, the time."""
    for index in _ISIN_COLUMNS:
        if index < len(cells) and "isin" in cells[index].casefold():
            return index
    return None


@dataclass(slots=True)
class _Record:
    """A row with the rows that continue it."""

    line: int
    cells: list[str]
    more: tuple[int, ...] = ()


class _Statement:
    def __init__(self, header: Header) -> None:
        self.header = header
        isin = _isin_column(header.cells)
        assert isin is not None  # it is what made this the header
        self.isin, self.product, self.description = isin, isin + _PRODUCT, isin + _DESCRIPTION
        self.change, self.balance, self.order = isin + _CHANGE, isin + _BALANCE, isin + _ORDER
        self.width = self.order + 1
        self.ledger = Ledger()
        self.bookings: dict[str, Booking | None] = {}
        self.securities: dict[tuple[str, str], Security] = {}
        self.traded_in: dict[str, str] = {}
        self.units: dict[str, tuple[str, Decimal] | None] = {}
        self.mark: DecimalMark | None = None
        self.text_mark: DecimalMark | None = None

    def outcomes(self, source: Source) -> Iterator[Outcome]:
        records = list(self._joined(source))
        texts = [trade_of(record.cells[self.description].strip()) for record in records]
        self._learn(records, texts)
        for record, text in zip(records, texts, strict=True):
            try:
                yield from self._row(record, text)
            except ValueError as error:
                for line in (record.line, *record.more):
                    yield rejected(line, error, record.cells, self.header.delimiter)
            else:
                yield from self._stated(record)
        yield from self.ledger.outcomes()

    def _joined(self, source: Source) -> Iterator[_Record]:
        """The records, each with the rows that only continue its order id or texts."""
        last: _Record | None = None
        for line, cells in source.records(self.header):
            # What its owner wrote beside a row would look like more of the row.
            row = [*cells[: self.width], *[""] * (self.width - len(cells))]
            if last is not None and not row[0] and self._continues(row):
                for column in (self.product, self.description):
                    last.cells[column] = f"{last.cells[column]} {row[column]}".strip()
                last.cells[self.order] = last.cells[self.order].strip() + row[self.order].strip()
                last.more = (*last.more, line)
                continue
            if last is not None:
                yield last
            last = _Record(line, row)
        if last is not None:
            yield last

    def _learn(self, records: list[_Record], texts: list[TradeText | None]) -> None:
        """The decimal marks of the file, and in which currency each security trades."""
        self.mark = decimal_mark(
            cell
            for record in records[:_SAMPLE_ROWS]
            for cell in record.cells[self.change : self.change + 2]
        )
        trades = (text for text in texts if text is not None)
        self.text_mark = decimal_mark(text.price for text in islice(trades, _SAMPLE_ROWS))
        for record, text in zip(records, texts, strict=True):
            if text is not None:
                currency = major_unit(text.currency)[0]
                self.traded_in.setdefault(record.cells[self.isin].strip(), currency)

    def _row(self, record: _Record, text: TradeText | None) -> Iterator[Outcome]:
        rule = _NOTHING_MOVED
        if text is not None:
            movement = self._movement(record, text.currency)
            if movement.change or moves_units(text):
                self._traded(movement, text)
                return
        else:
            booking = self._booking(record.cells[self.description].strip())
            ignored = self._ignored(record, booking)
            if ignored is None:
                movement = self._movement(record)
                if movement.change:
                    yield from self._booked(movement, booking)
                    return
            rule = ignored or rule
        for line in (record.line, *record.more):
            yield Ignored(line, rule)

    def _stated(self, record: _Record) -> Iterator[Stated]:
        balance, change = (self._figure(record.cells, at) for at in (self.balance, self.change))
        if balance is None:
            return
        try:
            when = moment(record.cells[0], record.cells[1])
        except RowError:
            # Of a row that is ignored; others are refused for it.
            return
        currency, amount = balance
        moved = change[1] if change is not None and change[0] == currency else None
        yield Stated(record.line, when, amount, currency, change=moved)

    def _figure(self, cells: list[str], at: int) -> tuple[str, Decimal] | None:
        """A currency and an amount in two cells that only prove something."""
        currency, text = self._in_order(cells, at)
        unit, amount = self._unit(currency), stated_balance(text, self.mark)
        if unit is None or amount is None:
            return None
        return unit[0], EXACT.multiply(amount, unit[1])

    def _in_order(self, cells: list[str], at: int) -> tuple[str, str]:
        """A currency and the text of an amount, which older files have the other way round."""
        one, other = cells[at].strip(), cells[at + 1].strip()
        return (other, one) if self._unit(one) is None else (one, other)

    def _ignored(self, record: _Record, booking: Booking) -> str | None:
        if booking is Booking.CASH_FUND:
            moved = any(cell.strip() for cell in record.cells[self.change : self.change + 2])
            return None if moved else _FUND_UNITS
        return IGNORED.get(booking)

    def _booked(self, movement: Movement, booking: Booking) -> Iterator[Outcome]:
        if booking is Booking.FX:
            self.ledger.convert(movement)
        elif booking in (Booking.TRADE_FEE, Booking.TRANSACTION_TAX):
            self.ledger.charge(movement, _KINDS[booking])
        else:
            if booking is Booking.CASH_FUND:
                # The fund is where the cash is kept: what it earns is interest, it is no position.
                movement = movement._replace(security=None)
            yield movement.alone(_KINDS[booking])

    def _booking(self, description: str) -> Booking:
        if description not in self.bookings:
            self.bookings[description] = booking_of(description)
        booking = self.bookings[description]
        if booking is None:
            raise RowError(f"the description “{description}” is not known; known are {KNOWN}")
        return booking

    def _movement(self, record: _Record, traded_in: str = "") -> Movement:
        cells = record.cells
        stated, amount = self._in_order(cells, self.change)
        if traded_in and not stated and not amount:
            # A corporate action that leaves the change blank.
            stated, amount = traded_in, "0"
        unit = self._unit(stated)
        if unit is None:
            raise RowError("the currency of the change is missing")
        currency, factor = unit
        change = required(amount, "change", self.mark)
        isin, name = cells[self.isin].strip(), cells[self.product].strip()
        return Movement(
            record.line,
            record.more,
            moment(cells[0], cells[1]),
            self._security(isin, name) if isin else None,
            currency,
            change if factor is ONE else EXACT.multiply(change, factor),
            cells[self.order].strip(),
            cells[self.description].strip(),
            cells,
        )

    def _unit(self, text: str) -> tuple[str, Decimal] | None:
        """The currency that a cell names, and what its amounts are multiplied with."""
        if text not in self.units:
            code = CUT_SHORT.get(text, text)
            self.units[text] = major_unit(code) if _CURRENCY.match(code) else None
        return self.units[text]

    def _traded(self, movement: Movement, text: TradeText) -> None:
        if _PAIR.search(text.name):
            self.ledger.convert(movement)
            return
        quantity, price = quantity_and_price(text, movement.change, self.text_mark)
        require_isin(movement.isin)
        if not text.direction and not movement.change:
            raise RowError("the row does not say whether shares came or went")
        direction = text.direction or (-1 if movement.change > ZERO else 1)
        self.ledger.trade(
            movement,
            units=quantity * direction,
            price=price,
            currency=major_unit(text.currency)[0],
            prefix=text.prefix,
            free=is_stock_dividend(text.prefix),
        )

    def _security(self, isin: str, name: str) -> Security:
        key = (isin, name)
        security = self.securities.get(key)
        if security is None:
            security = Security(isin=isin, name=name, currency=self.traded_in.get(isin, ""))
            self.securities[key] = security
        return security

    def _continues(self, row: list[str]) -> bool:
        """Whether a row has nothing but the rest of a long cell of the row before."""
        texts = (self.product, self.description, self.order)
        return not any(cell.strip() for column, cell in enumerate(row) if column not in texts)
