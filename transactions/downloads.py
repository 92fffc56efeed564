"""A table as a file to download: CSV and JSON streamed row by row, XLSX in constant memory.

What a cell may hold: text, Decimal, int, bool, date, aware datetime, and None for what is unknown or
does not apply. docs/exports.md says how each of them is written in each format.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

# What json.dumps calls for text, without its detours: a cell is nothing else.
from json.encoder import encode_basestring
from tempfile import TemporaryFile
from typing import IO

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from transactions.importers.generic_csv import guarded

# Rows a chunk: one write each would cost more than the rows themselves.
ROWS_A_CHUNK = 500
# What a sheet holds, its header included.
ROWS_A_SHEET = 1_048_576
# Decimal numbers of so many digits come out of a double as they went in; longer ones may not.
DIGITS_OF_A_DOUBLE = 15
FIRST_SPREADSHEET_DAY = date(1900, 3, 1)
LONGEST_SHEET_NAME = 31


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column names; ``name`` names the file and the sheet. Rows are read once."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[object]]


def respond(table: Table, format: str) -> HttpResponseBase:
    """The table as a download in one of ``FORMATS``; KeyError for any other."""
    file_name = f"{table.name}.{format}"
    if format == "xlsx":
        # Deleted from the disk when the response is closed.
        file = TemporaryFile()  # noqa: SIM115
        try:
            write_xlsx(table, file)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return FileResponse(
            file, as_attachment=True, filename=file_name, content_type=FORMATS[format]
        )
    return stream(_TEXTS[format](table), file_name, FORMATS[format])


def write(table: Table, format: str, file: IO[bytes]) -> None:
    """Write the table in one of ``FORMATS``; KeyError for any other."""
    if format == "xlsx":
        write_xlsx(table, file)
        return
    for text in _TEXTS[format](table):
        file.write(text.encode())


def stream(text: Iterator[str], file_name: str, content_type: str) -> StreamingHttpResponse:
    """Text as a download, sent while it is made."""
    disposition = content_disposition_header(as_attachment=True, filename=file_name)
    return StreamingHttpResponse(
        text, content_type=content_type, headers={"Content-Disposition": disposition}
    )


class _Line:
    """A file to ``csv.writer`` that keeps what is written until it is taken."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> None:
        self.parts.append(text)

    def take(self) -> str:
        text = "".join(self.parts)
        self.parts.clear()
        return text


def csv_text(table: Table) -> Iterator[str]:
    """The table as CSV: a header line, comma, quotes where needed, CRLF, all digits of a number."""
    line = _Line()
    writer = csv.writer(line)
    writer.writerow(table.columns)
    for number, row in enumerate(table.rows, start=1):
        writer.writerow([guarded(cell) if type(cell) is str else _text(cell) for cell in row])
        if number % ROWS_A_CHUNK == 0:
            yield line.take()
    yield line.take()


def json_text(table: Table) -> Iterator[str]:
    """The table as a JSON array of objects; numbers are strings, because readers make doubles of them."""
    keys = [encode_basestring(name) for name in table.columns]
    pending = "["
    lines: list[str] = []
    for number, row in enumerate(table.rows, start=1):
        members = ", ".join(f"{key}: {_json(cell)}" for key, cell in zip(keys, row, strict=True))
        lines.append(f"{pending}\n{{{members}}}")
        pending = ","
        if number % ROWS_A_CHUNK == 0:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines) + ("[]\n" if pending == "[" else "\n]\n")


def _json(cell: object) -> str:
    if cell is None:
        return "null"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return encode_basestring(cell if isinstance(cell, str) else _text(cell))


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return plain(cell)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def plain(number: Decimal) -> str:
    """All digits, no exponent and no zeros at the end: 1000 and not 1E+3, 2.5 and not 2.50."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_xlsx(table: Table, file: IO[bytes]) -> None:
    """Write a workbook, one row in memory at a time; what no sheet holds goes on to the next.

    Raises ValueError naming the column of a text that no cell holds.
    """
    book = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    sheets = _Sheets(book, table)
    for row in table.rows:
        sheets.write(row)
    book.close()
    # Said only now, because closing removes the temporary files of the sheets.
    if sheets.too_long:
        raise ValueError(f"A cell of the column “{sheets.too_long}” is too long for a spreadsheet.")


class _Sheets:
    def __init__(self, book: xlsxwriter.Workbook, table: Table) -> None:
        self.book = book
        self.table = table
        self.bold: Format = book.add_format({"bold": True})
        self.day: Format = book.add_format({"num_format": "yyyy-mm-dd"})
        self.count = 0
        self.too_long = ""
        self._begin()

    def _begin(self) -> None:
        self.count += 1
        suffix = f" {self.count}" if self.count > 1 else ""
        name = re.sub(r"[\[\]:*?/\\]", " ", self.table.name)
        self.sheet: Worksheet = self.book.add_worksheet(
            name[: LONGEST_SHEET_NAME - len(suffix)] + suffix
        )
        self.sheet.freeze_panes(1, 0)
        for column, title in enumerate(self.table.columns):
            self.sheet.write_string(0, column, title, self.bold)
        self.row = 1

    def write(self, cells: Sequence[object]) -> None:
        if self.row == ROWS_A_SHEET:
            self._begin()
        for column, cell in enumerate(cells):
            if cell is not None and cell != "" and self._put(column, cell) < 0:
                self.too_long = self.table.columns[column]
        self.row += 1

    def _put(self, column: int, cell: object) -> int:
        sheet, row = self.sheet, self.row
        if isinstance(cell, bool):
            return int(sheet.write_boolean(row, column, cell))
        if isinstance(cell, int | Decimal) and _fits_a_double(number := Decimal(cell)):
            return int(sheet.write_number(row, column, float(number)))
        if type(cell) is date and cell >= FIRST_SPREADSHEET_DAY:
            return int(sheet.write_datetime(row, column, cell, self.day))
        # As a string whatever it looks like: a spreadsheet then computes and opens nothing.
        return int(sheet.write_string(row, column, cell if isinstance(cell, str) else _text(cell)))


def _fits_a_double(number: Decimal) -> bool:
    digits = plain(abs(number)).replace(".", "").strip("0")
    return len(digits) <= DIGITS_OF_A_DOUBLE


_TEXTS: dict[str, Callable[[Table], Iterator[str]]] = {"csv": csv_text, "json": json_text}
FORMATS: dict[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
