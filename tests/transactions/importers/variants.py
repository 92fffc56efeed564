"""What spreadsheets and people make of a CSV before they upload it: the same table, written otherwise."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pricing.readers import Header, Source
from transactions.importers.base import Importer

Rows = list[list[str]]


class Table(NamedTuple):
    """A fixture taken apart: its records, and which of them has the names of the columns."""

    text: str
    rows: Rows
    header: int
    delimiter: str


class _Watched(Source):
    """Remembers the header that an importer found."""

    found: Header | None = None

    def find_header(self, matches: Callable[[list[str]], bool]) -> Header | None:
        header = super().find_header(matches)
        self.found = header or self.found
        return header


def table_of(name: str, data: bytes, importer: Importer) -> Table | None:
    """None for what is no table: XML, JSON, OFX."""
    source = _Watched(name, data)
    importer.recognises(source)
    if source.found is None:
        return None
    text = source.text().lstrip("\ufeff")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=source.found.delimiter))
    header = next(
        place
        for place, row in enumerate(rows)
        if [name.strip() for name in row] == source.found.cells
    )
    return Table(text, rows, header, source.found.delimiter)


def written(rows: Sequence[Sequence[str]], delimiter: str = ",", *, quoted: bool = False) -> str:
    out = io.StringIO(newline="")
    style = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, quoting=style, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _semicolons(table: Table) -> bytes:
    return written(table.rows, ";").encode()


def _tabs(table: Table) -> bytes:
    return written(table.rows, "\t").encode()


def _unicode_text(table: Table) -> bytes:
    """What Excel calls so: tabs, UTF-16."""
    return written(table.rows, "\t").replace("\n", "\r\n").encode("utf-16")


def _byte_order_mark(table: Table) -> bytes:
    return table.text.encode("utf-8-sig")


def _windows(table: Table) -> bytes:
    """Of an older Windows, which has no signs but its own."""
    return table.text.encode("cp1252")


def _line_ends(table: Table) -> bytes:
    return table.text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def _quoted(table: Table) -> bytes:
    return written(table.rows, table.delimiter, quoted=True).encode()


def _blank_columns(table: Table) -> bytes:
    return written([[*row, "", ""] for row in table.rows], table.delimiter).encode()


def _filled_to_one_width(table: Table) -> bytes:
    width = max(map(len, table.rows))
    rows = [[*row, *[""] * (width - len(row))] for row in table.rows]
    return written(rows, table.delimiter).encode()


def _blank_rows(table: Table) -> bytes:
    width = len(table.rows[table.header])
    return written([*table.rows, *[[""] * width] * 3], table.delimiter).encode()


def _with_header(table: Table, names: Sequence[str]) -> Rows:
    return [*table.rows[: table.header], list(names), *table.rows[table.header + 1 :]]


def _capitals(table: Table) -> bytes:
    names = [name.upper() for name in table.rows[table.header]]
    return written(_with_header(table, names), table.delimiter).encode()


def _small_letters(table: Table) -> bytes:
    names = [name.lower() for name in table.rows[table.header]]
    return written(_with_header(table, names), table.delimiter).encode()


def _blanks_around_names(table: Table) -> bytes:
    names = [f" {name} " if name else name for name in table.rows[table.header]]
    return written(_with_header(table, names), table.delimiter).encode()


def _own_column(table: Table) -> bytes:
    width = len(table.rows[table.header])
    rows = _with_header(table, [*table.rows[table.header], "My remarks"])
    for place in range(table.header + 1, len(rows)):
        if len(rows[place]) == width:
            rows[place] = [*rows[place], "checked"]
    return written(rows, table.delimiter).encode()


def _columns_turned(table: Table) -> bytes:
    width = len(table.rows[table.header])
    rows = [
        [*row, *[""] * (width - len(row))][::-1] if place >= table.header and row else row
        for place, row in enumerate(table.rows)
    ]
    return written(rows, table.delimiter).encode()


def _lines_above(table: Table) -> bytes:
    lines = [["My portfolio"], [], ["Saved on", "2026-01-02"]]
    return written([*lines, *table.rows], table.delimiter).encode()


def _separator_line(table: Table) -> bytes:
    return b"sep=;\r\n" + _semicolons(table)


VARIANTS: dict[str, Callable[[Table], bytes]] = {
    "semicolons": _semicolons,
    "tabs": _tabs,
    "unicode-text": _unicode_text,
    "byte-order-mark": _byte_order_mark,
    "windows": _windows,
    "line-ends": _line_ends,
    "quoted": _quoted,
    "blank-columns": _blank_columns,
    "one-width": _filled_to_one_width,
    "blank-rows": _blank_rows,
    "capitals": _capitals,
    "small-letters": _small_letters,
    "blanks-around-names": _blanks_around_names,
    "own-column": _own_column,
    "columns-turned": _columns_turned,
    "lines-above": _lines_above,
    "separator-line": _separator_line,
}
