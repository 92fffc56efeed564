"""DEGIRO: Portfolio.csv, the list of what is held, in any language.

Seven columns: product, symbol or ISIN, amount, closing price, currency and value in it, and value in the
account's currency, which the last name tells (“Value in EUR”). The names differ by language, their order
does not. Cash is a row for each currency without ISIN and amount.

The file has no date: it is of the moment of its export. It carries no transactions, so all that it
gives is what it states; closed positions are in it with an amount of 0.
"""

import re
from collections.abc import Iterator
from typing import ClassVar

from pricing.money import EXACT, DecimalMark, decimal_mark, major_unit
from pricing.readers import Header, ImporterError, Source, cell
from transactions.importers.base import Ignored, Importer, Outcome, RowError, Security, Stated
from transactions.importers.degiro_words import require_isin
from transactions.importers.figures import rejected, required
from transactions.importers.stated_lists import Lists

_PRODUCT, _ISIN, _AMOUNT, _CLOSING, _CURRENCY, _LOCAL, _VALUE = range(7)
_CODE = re.compile(r"[A-Za-z]{3}")
_NAMED_CURRENCY = re.compile(r"\b([A-Z]{3})$")
# In the place of an ISIN; what is in it is in the rows of cash.
_BANK_ACCOUNT = "NLFLATEXACNT"
_ISIN_SHAPE = re.compile(r"[A-Z]{2}[A-Z0-9]{10}")


class DegiroPortfolio(Importer):
    """What a DEGIRO account holds, to be compared with its transactions."""

    format: ClassVar[str] = "degiro-portfolio"
    broker: ClassVar[str] = "DEGIRO"
    tracks_cash: ClassVar[bool] = False

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_header) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_header)
        if header is None:
            raise ImporterError("The header line of DEGIRO's Portfolio.csv is missing.")
        records = [
            (line, [cell(cells, index) for index in range(_VALUE + 1)])
            for line, cells in source.records(header)
        ]
        mark = decimal_mark(text for _, cells in records for text in cells[_CLOSING:])
        lists = Lists()
        for line, cells in records:
            try:
                yield _read(lists, line, cells, mark)
            except ValueError as error:
                # Without this row the list would say that what it is about is not held.
                lists.give_up("", of_units=not _is_cash(cells))
                yield rejected(line, error, cells, header.delimiter)
        yield from lists

    def account_currency(self, source: Source) -> str:
        header = source.find_header(_is_header)
        return _named_currency(header) if header is not None else ""


def _is_header(cells: list[str]) -> bool:
    return (
        len(cells) == _VALUE + 1
        and "/" in cells[_ISIN]
        and "isin" in cells[_ISIN].casefold()
        and [index for index, name in enumerate(cells) if not name] == [_LOCAL]
    )


def _named_currency(header: Header) -> str:
    found = _NAMED_CURRENCY.search(header.cells[_VALUE])
    return found[1] if found else ""


def _is_cash(cells: list[str]) -> bool:
    return not cells[_ISIN] and not cells[_AMOUNT]


def _read(lists: Lists, line: int, cells: list[str], mark: DecimalMark | None) -> Ignored:
    if cells[_ISIN] == _BANK_ACCOUNT:
        return Ignored(line, "the bank account in which the broker keeps the cash")
    if _is_cash(cells):
        lists.add(_balance(line, cells, mark))
        return Ignored(line, "a balance of the list: compared on the reconcile page")
    lists.add(_position(line, cells, mark))
    return Ignored(line, "a position of the list: compared on the reconcile page")


def _balance(line: int, cells: list[str], mark: DecimalMark | None) -> Stated:
    if not _CODE.fullmatch(cells[_CURRENCY]):
        raise RowError(f"“{cells[_CURRENCY][:40]}” is not the currency of a balance")
    currency, factor = major_unit(cells[_CURRENCY])
    amount = EXACT.multiply(required(cells[_LOCAL], "local value", mark), factor)
    return Stated(line, None, amount, currency)


def _position(line: int, cells: list[str], mark: DecimalMark | None) -> Stated:
    code = require_isin(cells[_ISIN])
    isin, ticker = (code, "") if _ISIN_SHAPE.fullmatch(code) else ("", code)
    currency, _ = major_unit(cells[_CURRENCY])
    # As Transactions.csv names it, so that both are one instrument.
    security = Security(ticker, isin, cells[_PRODUCT], currency=currency)
    units = required(cells[_AMOUNT], "amount", mark)
    return Stated(line, None, units, security=security)
