"""A first idea of what a table says: its header, columns, dates, numbers and words.

Only a suggestion, which a person corrects: nothing is imported by a guess alone. Columns are known by their
names in some languages, and dates and numbers by their cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pricing.money import NumberError, decimal_mark, is_isin, parse_number
from pricing.readers import Header, Source, cell
from transactions.importers.base import RowError
from transactions.importers.free_dates import DateOrder, moment
from transactions.importers.mapped import NUMBERS, Layout, Role
from transactions.importers.mapping_words import MEANINGS, ROLE_WORDS

ROWS_LOOKED_AT = 200
# More words than this are no types but a text.
MOST_WORDS = 60
LEAST_COLUMNS = 3


@dataclass(frozen=True)
class Table:
    """What was found in a file: its header, and the first records below it."""

    header: Header
    rows: Sequence[Sequence[str]]

    def column(self, place: int) -> list[str]:
        return [found for row in self.rows if (found := cell(list(row), place))]

    def words(self, place: int) -> list[str]:
        """The distinct words of a column in small letters, the most frequent first."""
        counts: dict[str, int] = {}
        for word in self.column(place):
            counts[word.casefold()] = counts.get(word.casefold(), 0) + 1
        return sorted(counts, key=lambda word: -counts[word])[:MOST_WORDS]


def find_table(source: Source, rows: int = ROWS_LOOKED_AT) -> Table | None:
    """The line whose cells are most likely names of columns; None where the file is no table."""
    for least in (4, 3, 2):
        header = source.find_header(lambda cells, least=least: _named(cells) >= least)  # type: ignore[misc]
        if header is not None:
            break
    else:
        header = source.find_header(_could_be_header)
    if header is None:
        return None
    # Of a source of its own: the records of this one are counted.
    records = source.again().records(header)
    return Table(header, [cells for _, (_, cells) in zip(range(rows), records, strict=False)])


def _named(cells: Sequence[str]) -> int:
    roles = {role for name in cells if name and (role := _role_of(name))}
    return len(roles) if Role.DATE in roles else 0


def _could_be_header(cells: list[str]) -> bool:
    names = [name for name in cells if name]
    are_words = not any(map(_is_number, names))
    return len(names) >= LEAST_COLUMNS and len(set(names)) == len(names) and are_words


def _is_number(text: str) -> bool:
    try:
        return parse_number(text) is not None
    except NumberError:
        return False


def _role_of(name: str) -> Role | None:
    folded = " ".join(name.casefold().replace("_", " ").split())
    return next((role for role, words in ROLE_WORDS.items() if folded in words), None)


def guess(table: Table) -> Layout:
    """How the table is probably read."""
    columns = _columns(table)
    dates = _date_order(table, columns.get(Role.DATE))
    numbers = [columns[role] for role in NUMBERS if role in columns]
    mark = decimal_mark(text for place in numbers for text in table.column(place))
    amounts = table.column(columns[Role.AMOUNT]) if Role.AMOUNT in columns else []
    return Layout(
        tuple(table.header.cells),
        columns,
        dates,
        mark or ("," if table.header.delimiter == ";" else "."),
        is_signed=any(text.startswith(("-", "−", "(")) or text.endswith("-") for text in amounts),
        kinds=meanings(table.words(columns[Role.TYPE])) if Role.TYPE in columns else {},
    )


def _columns(table: Table) -> dict[Role, int]:
    found: dict[Role, int] = {}
    for place, name in enumerate(table.header.cells):
        role = _role_of(name) if name else None
        if role is not None and role not in found:
            found[role] = place
    if Role.ISIN not in found:
        for place in range(len(table.header.cells)):
            values = table.column(place)
            if values and place not in found.values() and all(map(is_isin, values)):
                found[Role.ISIN] = place
                break
    return found


def meanings(words: Sequence[str]) -> dict[str, str]:
    """What the words of a type column probably mean; those that say nothing are left out."""
    found = {}
    for word in words:
        for meaning, parts in MEANINGS.items():
            if any(part in word for part in parts):
                found[word] = meaning
                break
    return found


def _date_order(table: Table, place: int | None) -> DateOrder:
    """The order in which all dates of the column make sense; days first where several do."""
    texts = table.column(place) if place is not None else []
    for order in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, DateOrder.YEAR_FIRST):
        if texts and all(_makes_sense(text, order) for text in texts):
            starts_with_year = texts[0][:4].isdigit()
            return DateOrder.YEAR_FIRST if starts_with_year else order
    return DateOrder.YEAR_FIRST


def _makes_sense(text: str, order: DateOrder) -> bool:
    try:
        _, month, day = moment(text, "", order)[:10].split("-")
    except RowError:
        return False
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31
