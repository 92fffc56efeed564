"""DEGIRO: Transactions.csv, the list of executed trades, in any language.

Three generations. Oldest: the currency stands before every amount, and there is no venue. Until 2025: the
currency stands after every amount. New: amounts of the account's currency say it in the column name
(“Value EUR”), and the AutoFX fee has a column. Only “ISIN” is the same in every language, so the
columns are counted from there.

Decisions: the amount is in the account's currency wherever the file gives the counter-value, AutoFX fee
included, because that is what Account.csv shows as the cash of the conversion; the fee is that of the
trade. In newer files the order id stands one column further right than its name. Corporate actions
are rows without order id, venue and fee; see ``degiro_events``.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice
from typing import ClassVar

from pricing.currencies import is_money
from pricing.money import EXACT, ONE, ZERO, DecimalMark, decimal_mark, major_unit
from pricing.readers import Header, ImporterError, Source
from transactions.importers.base import Importer, Outcome, RowError, Security
from transactions.importers.degiro_dates import DATE_COLUMN, moment
from transactions.importers.degiro_events import Fill, corporate_actions, orders, trade
from transactions.importers.degiro_words import fold, require_isin
from transactions.importers.figures import number, rejected, required

_ISIN = 3
_SAMPLE_ROWS = 200
_WIDTHS = range(14, 23)
# Named columns after the ISIN, by generation: the short one, the one without a venue, and two more.
_SHORT, _NO_VENUE, _LONG, _AUTOFX = 8, 9, 10, 11
_CURRENCY = re.compile(r"^[A-Za-z]{3}$")
_NAMED_CURRENCY = re.compile(r"\b([A-Za-z]{3})$")
_ORDER = re.compile(r"order|ordre|orden|ordine|ordem|zlecen|pokyn|objedn")


class DegiroTransactions(Importer):
    """The trades of a DEGIRO account; its cash is in Account.csv."""

    format: ClassVar[str] = "degiro-transactions"
    broker: ClassVar[str] = "DEGIRO"
    tracks_cash: ClassVar[bool] = False

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_header) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_header)
        if header is None:
            raise ImporterError("The header line of DEGIRO's Transactions.csv is missing.")
        outcomes = list(_Table(header).outcomes(source))
        # Orders are put together from all over the file; readers expect its order.
        outcomes.sort(key=lambda outcome: outcome.line)
        yield from outcomes

    def account_currency(self, source: Source) -> str:
        header = source.find_header(_is_header)
        return _Columns(header).value_named if header is not None else ""


def _is_header(cells: list[str]) -> bool:
    return (
        len(cells) in _WIDTHS
        and cells[0].casefold() in DATE_COLUMN
        and "isin" in cells[_ISIN].casefold()
        and len(_named(cells)) in {_SHORT, _NO_VENUE, _LONG, _AUTOFX}
        and _ORDER.search(fold(cells[_named(cells)[-1]])) is not None
    )


def _named(cells: list[str]) -> list[int]:
    """The positions of the columns after the ISIN that have a name."""
    return [index for index in range(_ISIN + 1, len(cells)) if cells[index]]


@lru_cache(maxsize=256)
def _currency_of(text: str) -> str:
    """The code in a cell, or ``""`` where it is something else."""
    text = text.strip()
    return text if _CURRENCY.match(text) else ""


class _Columns:
    """Positions by counting: the names differ by language, their order does not."""

    def __init__(self, header: Header) -> None:
        cells = header.cells
        named = _named(cells)
        # Reference exchange, and the venue in all but the oldest generation.
        places = 1 if len(named) == _NO_VENUE else 2
        self.venue = None if len(named) == _NO_VENUE else named[1]
        quantity, price, *rest = named[places:]
        self.quantity, self.price = quantity, price
        # The oldest generation has the currency before the amount: the quantity is followed by a blank.
        self.currency_first = price - quantity > 1
        self.order = rest.pop()
        if len(named) == _SHORT:
            # A short English layout has one value only, in the currency of the trade.
            self.local = self.value = rest[0]
        else:
            self.local, self.value = rest[0], rest[1]
        self.fee = rest[-2]
        self.autofx = rest[3] if len(named) == _AUTOFX else None
        self.value_named = self._currency_in_name(cells[self.value])
        self.fee_named = self._currency_in_name(cells[self.fee]) or self.value_named
        self.width = max(len(cells), self.order + 2)

    @staticmethod
    def _currency_in_name(name: str) -> str:
        found = _NAMED_CURRENCY.search(name)
        code = found[1].upper() if found else ""
        return code if is_money(code) else ""

    def currency(self, row: list[str], column: int, named: str = "") -> str:
        """The currency of the amount in a column; ``""`` when there is none beside it."""
        if named:
            return named
        return _currency_of(row[column - 1 if self.currency_first else column + 1])


class _Table:
    def __init__(self, header: Header) -> None:
        self.header = header
        self.columns = _Columns(header)
        self.securities: dict[tuple[str, str, str], Security] = {}
        self.mark: DecimalMark | None = None

    def outcomes(self, source: Source) -> Iterator[Outcome]:
        records = source.records(self.header)
        sample = list(islice(records, _SAMPLE_ROWS))
        columns = self.columns
        self.mark = decimal_mark(
            cell
            for _line, cells in sample
            for column in (columns.price, columns.local, columns.value, columns.fee)
            for cell in cells[column : column + 1]
        )
        trades: list[Fill] = []
        halves: list[Fill] = []
        for line, cells in chain(sample, records):
            try:
                fill = self._fill(line, cells)
            except ValueError as error:
                yield rejected(line, error, cells, self.header.delimiter)
                continue
            (halves if self._is_corporate(fill, cells) else trades).append(fill)
        yield from self._events(trades, halves)

    def _events(self, trades: list[Fill], halves: list[Fill]) -> Iterator[Outcome]:
        both_ways = _orders_both_ways(trades)
        halves.extend(fill for fill in trades if fill.order_id in both_ways)
        for fills in orders(fill for fill in trades if fill.order_id not in both_ways):
            yield trade(fills)
        yield from corporate_actions(halves)

    def _is_corporate(self, fill: Fill, cells: list[str]) -> bool:
        venue = self.columns.venue
        return (
            not fill.order_id and not fill.fee and (venue is None or not cells[venue].strip())
        ) or not fill.amount

    def _fill(self, line: int, cells: list[str]) -> Fill:
        columns, mark = self.columns, self.mark
        if len(cells) <= columns.value:
            raise RowError("the row is cut off before its value")
        row = [*cells, *[""] * (columns.width - len(cells))]
        units = required(row[columns.quantity], "quantity", mark)
        if not units:
            raise RowError("the quantity is zero")
        traded = columns.currency(row, columns.price) or columns.currency(row, columns.local)
        currency, factor = major_unit(traded)
        price = required(row[columns.price], "price", mark)
        if factor is not ONE:
            price = EXACT.multiply(price, factor)
        amount, cash_currency = self._cash(row, units)
        fee = number(row[columns.fee], mark) or ZERO
        order = (row[columns.order] or row[columns.order + 1]).strip()
        return Fill(
            line,
            moment(row[0], row[1]),
            self._security(row, currency),
            units,
            price,
            currency or cash_currency,
            abs(EXACT.multiply(price, units)),
            amount,
            cash_currency,
            order,
            row[2].strip(),
            # Shown only with halves of corporate actions; a million rows are a lot to keep.
            () if order and amount else cells,
            -fee,
            columns.currency(row, columns.fee, columns.fee_named) or cash_currency,
        )

    def _cash(self, row: list[str], units: Decimal) -> tuple[Decimal, str]:
        """What was paid or received before the fee of the trade, and in which currency."""
        columns, mark = self.columns, self.mark
        stated = columns.currency(row, columns.value, columns.value_named)
        value = number(row[columns.value], mark)
        if value is None:
            stated = columns.currency(row, columns.local)
            value = required(row[columns.local], "local value", mark)
        currency, factor = major_unit(stated)
        if not currency:
            raise RowError("the currency of the value is missing")
        amount = abs(value) if factor is ONE else EXACT.multiply(abs(value), factor)
        if columns.autofx is not None:
            autofx = abs(number(row[columns.autofx], mark) or ZERO)
            amount = EXACT.add(amount, autofx) if units > 0 else EXACT.subtract(amount, autofx)
        return amount, currency

    def _security(self, row: list[str], currency: str) -> Security:
        key = (row[_ISIN], row[2], currency)
        security = self.securities.get(key)
        if security is None:
            isin = require_isin(row[_ISIN].strip())
            security = Security(isin=isin, name=row[2].strip(), currency=currency)
            self.securities[key] = security
        return security


def _orders_both_ways(fills: list[Fill]) -> set[str]:
    """Orders that both buy and sell: a merger or a change of ISIN that was given an order id."""
    directions: dict[str, set[bool]] = {}
    for fill in fills:
        if fill.order_id:
            directions.setdefault(fill.order_id, set()).add(fill.units > 0)
    return {order for order, found in directions.items() if len(found) > 1}
