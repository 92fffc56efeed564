"""A first idea of what a table says: its header, columns, dates, numbers and words.

Only a suggestion, which a person corrects: nothing is imported by a guess alone. Columns are known by their
names in some languages if their cells agree, else by their cells; ``mapping_words`` has the names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from pricing.currencies import CURRENCIES
from pricing.money import DecimalMark, currency_in, decimal_mark
from pricing.readers import Header, ImporterError, Source, cell
from transactions.importers import guessing_columns as columns_of
from transactions.importers import guessing_two_assets as two_assets
from transactions.importers import guessing_types as types_of
from transactions.importers.base import RowError, UnknownFormatError
from transactions.importers.free_dates import DateOrder
from transactions.importers.generic_csv import columns_in, is_header, kind_of
from transactions.importers.guessing_columns import is_date, is_number, tokens
from transactions.importers.guessing_figures import Figures, add_by_product, take_amounts_for_units
from transactions.importers.guessing_types import has_meaning
from transactions.importers.layouts import NOTHING, NUMBERS, SUMS, UNITS, Layout, Role, word_of

ROWS_LOOKED_AT = 200
# More words than this are no types but a text.
MOST_WORDS = 60
LEAST_COLUMNS = 3
# Nobody maps more; a line of thousands of delimiters is no header.
MOST_COLUMNS = 200
# Rows below a line of unknown names, of which one has to hold a figure or a date.
ROWS_BELOW = 3
# There are dollars of many countries.
SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR"}
_YEAR_FIRST = re.compile(r"\d{4}")


@dataclass(frozen=True)
class Table:
    """What was found in a file: its header, and the first records below it."""

    header: Header
    rows: Sequence[Sequence[str]]
    source: Source | None = None

    def column(self, place: int) -> list[str]:
        """The cells of the first records that are not blank."""
        texts = (cell(list(row), place) for row in self.rows)
        return [text for text in texts if text and text not in NOTHING]

    def words(self, columns: Mapping[Role, int], *, is_text: bool = False) -> list[str]:
        """The distinct words of the columns of types in small letters, the most frequent first.

        Of the whole file: every row whose word has no meaning is rejected, also the blank one.
        """
        if Role.TYPE not in columns:
            return []
        places = [columns.get(role) for role in (Role.TYPE, Role.SUBTYPE)]
        counts = Counter(
            word_of(*(cell(list(row), place) for place in places), is_text=is_text)
            for row in self._all_rows()
            if not self._is_aside(row, columns)
        )
        return [word for word, _ in counts.most_common(MOST_WORDS)]

    def words_of_rows(self, columns: Mapping[Role, int], *, is_text: bool) -> list[str]:
        """The word of each of the first rows."""
        places = [columns.get(role) for role in (Role.TYPE, Role.SUBTYPE)]
        return [
            word_of(*(cell(list(row), place) for place in places), is_text=is_text)
            for row in self.rows
        ]

    def _is_aside(self, row: Sequence[str], columns: Mapping[Role, int]) -> bool:
        """Whether the row is a text below the table."""
        day = columns.get(Role.DATE)
        figures = (columns[role] for role in (Role.PRICE, *UNITS, *SUMS) if role in columns)
        return (
            day is not None
            and not any(map(str.isdigit, cell(list(row), day)))
            and not any(cell(list(row), place) for place in figures)
        )

    def _all_rows(self) -> Iterator[Sequence[str]]:
        if self.source is None:
            yield from self.rows
            return
        # What is behind broken quoting is reported by whoever reads the rows themselves.
        with suppress(ImporterError):
            yield from (cells for _, cells in self.source.again().records(self.header))


def find_table(source: Source, rows: int = ROWS_LOOKED_AT, line: int = 0) -> Table | None:
    """The line whose cells are most likely names of columns; None where the file is no table.

    ``line`` says which one it is instead.
    """
    header = _header_at(source, line) if line else _best_header(source)
    return None if header is None else Table(header, first_rows(source, header, rows), source)


def possible_headers(source: Source) -> list[Header]:
    """Each of the first lines that has several cells, by the delimiter that gives most of them."""
    best: dict[int, Header] = {}
    for one in _candidates(source):
        if one.line not in best or len(one.cells) > len(best[one.line].cells):
            best[one.line] = one
    return [one for one in best.values() if any(one.cells)]


def _candidates(source: Source) -> Iterator[Header]:
    return (one for one in source.possible_headers() if len(one.cells) <= MOST_COLUMNS)


def _header_at(source: Source, line: int) -> Header | None:
    return next((one for one in possible_headers(source) if one.line == line), None)


def _best_header(source: Source) -> Header | None:
    """The line with the most names that are known, or the first that could be one above figures."""
    known = [(len(columns_of.roles_named(one.cells)), one) for one in _candidates(source)]
    most = max((count for count, _ in known), default=0)
    if most > 1:
        return next(one for count, one in known if count == most)
    return next((one for _, one in known if _could_be_header(source, one)), None)


def _could_be_header(source: Source, header: Header) -> bool:
    names = [name for name in header.cells if name]
    if len(names) < LEAST_COLUMNS or len(set(names)) < len(names) or any(map(is_number, names)):
        return False
    return any(
        len(row) == len(header.cells) and any(is_number(text) or is_date(text) for text in row)
        for row in first_rows(source, header, ROWS_BELOW)
    )


def first_rows(source: Source, header: Header, rows: int) -> list[list[str]]:
    # Of a source of its own: the records of this one are counted.
    return [cells for _, cells in islice(source.again().records(header), rows)]


def refuse_lookalike(source: Source) -> None:
    """UnknownFormatError for somebody else's table whose columns have the names of our own CSV.

    Our dates begin with the year; words that mean a type in another language are none of ours.
    """
    header = source.find_header(is_header)
    assert header is not None, "only what our own CSV recognises is asked about"
    columns = columns_in(header)
    table = Table(header, first_rows(source, header, ROWS_LOOKED_AT), source)
    days, words = table.column(columns["date"]), table.column(columns["type"])
    if days and not any(_YEAR_FIRST.match(day) for day in days):
        raise UnknownFormatError(
            f"“{days[0][:40]}” is not a date of our own CSV, as 2024-01-31 is."
        )
    foreign = [word for word in words if not _is_ours(word)]
    if foreign and len(foreign) == len(words) and all(map(has_meaning, foreign)):
        raise UnknownFormatError(f"“{foreign[0][:40]}” is not a type of our own CSV, as BUY is.")


def _is_ours(word: str) -> bool:
    try:
        kind_of(word)
    except RowError:
        return False
    return True


def guess(table: Table) -> Layout:
    """How the table is probably read."""
    cells = [table.column(place) for place in range(len(table.header.cells))]
    names = table.header.cells
    columns = two_assets.columns(names, cells, table.rows)
    if columns:
        return _of_two(table, cells, columns)
    if two_assets.by_coin(names, table.rows):
        return _of_two(table, cells, two_assets.beside_coins(names, cells))
    return _of_one(table, cells)


def _of_two(table: Table, cells: Sequence[Sequence[str]], columns: dict[Role, int]) -> Layout:
    """Where each row has what went out and what came in."""
    mark = _mark(table, cells, columns)
    went = Figures(table.rows, mark).of(columns, Role.UNITS_OUT)
    by_coin = Role.UNITS_OUT not in columns
    return Layout(
        tuple(table.header.cells),
        columns,
        _date_order(cells, columns),
        mark,
        is_signed=by_coin or any(one is not None and one < 0 for one in went),
        has_fees=two_assets.has_fees(table.rows, columns),
        currency=_currency(table, columns) or two_assets.home(table.header.cells, cells, columns),
        kinds=two_assets.trades(table.words_of_rows(columns, is_text=False), table.rows, columns)
        | two_assets.kinds_of(table.words(columns)),
        by_coin=by_coin,
    )


def _of_one(table: Table, cells: Sequence[Sequence[str]]) -> Layout:
    columns = columns_of.by_name(table.header.cells, cells)
    columns_of.add_by_cells(columns, cells, has_meaning)
    mark = _mark(table, cells, columns)
    figures = Figures(table.rows, mark)
    add_by_product(columns, cells, figures)
    take_amounts_for_units(columns, figures)
    is_signed = figures.is_signed(columns)
    is_text = types_of.choose(columns, table.header.cells, table.rows, is_signed=is_signed)
    words = table.words(columns, is_text=is_text)
    return Layout(
        tuple(table.header.cells),
        columns,
        _date_order(cells, columns),
        mark,
        is_signed=is_signed,
        has_fees=figures.has_charges(columns),
        currency="" if Role.CURRENCY in columns else _currency(table, columns),
        kinds=types_of.told_by_sign(
            types_of.meanings(words),
            table.words_of_rows(columns, is_text=is_text),
            figures.of(columns, Role.QUANTITY),
        ),
        is_text=is_text,
    )


def _mark(table: Table, cells: Sequence[Sequence[str]], columns: Mapping[Role, int]) -> DecimalMark:
    numbers = [columns[role] for role in NUMBERS if role in columns]
    mark = decimal_mark(text for place in numbers for text in cells[place])
    return mark or ("," if table.header.delimiter == ";" else ".")


def _date_order(cells: Sequence[Sequence[str]], columns: Mapping[Role, int]) -> DateOrder:
    return columns_of.date_order(cells[columns[Role.DATE]] if Role.DATE in columns else [])


def _currency(table: Table, columns: dict[Role, int]) -> str:
    """The one currency that the names or the cells of the amounts have in them, or nothing."""
    found: set[str] = set()
    for role in (*SUMS, Role.BALANCE, Role.PRICE):
        if role in columns:
            name = table.header.cells[columns[role]]
            found.update(one for token in tokens(name) if (one := token.upper()) in CURRENCIES)
            found.update(code for sign, code in SIGNS.items() if sign in name)
            found.update(map(currency_in, table.column(columns[role])))
    known = found & CURRENCIES
    return known.pop() if len(known) == 1 else ""
