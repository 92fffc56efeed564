"""Reading Excel workbooks, new (XLSX) and old (XLS): each sheet becomes a file of comma-separated text.

So an importer reads a broker's workbook as it reads the broker's CSV, and line 7 of that text is row 7
of the sheet. Dates are written as ISO, numbers as the shortest decimal that means the stored one.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePath

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from pricing.archives import ZIP, unpacked
from pricing.readers import ImporterError, Source, printable

OLD_EXCEL = b"\xd0\xcf\x11\xe0"
SEPARATOR = " › "
# A name is kept in 255 characters, and the sheet is its end.
LONGEST_FILE, LONGEST_SHEET = 180, 60
# Rows times columns: a single value in the last corner of a sheet fills the memory with blanks.
MOST_CELLS = 50_000_000
# Excel shows 15 digits. What arithmetic leaves in the next two (0.30000000000000004) is no figure,
# unless most of the others are used as well.
SHOWN_DIGITS, USED_DIGITS = 15, 12

_PLACE = re.compile(rb'r="([A-Z]{1,3})(\d{1,7})"')

Value = int | float | str | bool | date | datetime | time | timedelta


def is_workbook(data: bytes) -> bool:
    """Whether the bytes are an Excel workbook, old or new; any other zip archive is none."""
    if not data.startswith(ZIP):
        return data.startswith(OLD_EXCEL)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(name.startswith("xl/workbook.") for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def sheets(name: str, data: bytes, most: int) -> list[Source]:
    """The sheets that hold anything, in their order, each knowing all of them as its ``sheets``.

    ``most`` limits the bytes of the unpacked workbook. Raises ImporterError for a workbook that is
    damaged, protected by a password, too large or empty.
    """
    if data.startswith(ZIP):
        _refuse_bombs(data, most)
    found: list[Source] = []
    with _in_a_sentence(), CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        for sheet in book.sheets_metadata:
            if sheet.typ is SheetTypeEnum.WorkSheet:
                rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                if any(cell != "" for row in rows for cell in row):
                    found.append(Source(_named(name, sheet.name), _text(rows), sheet.name.strip()))
    if not found:
        raise ImporterError("The workbook is empty.")
    for source in found:
        source.sheets = tuple(found)
    return found


def open_source(name: str, data: bytes, most: int) -> Source:
    """A file as a source; of a workbook the sheet that ``name`` ends with, as ``sheets`` named it.

    Raises ImporterError when the workbook has no such sheet, or cannot be read.
    """
    if not is_workbook(data):
        return Source(name, data)
    found = sheets(name, data, most)
    # One sheet's name may be the end of another's.
    for source in sorted(found, key=lambda one: len(one.sheet), reverse=True):
        if name.endswith(SEPARATOR + _sheet_label(source.sheet)) or len(found) == 1:
            return source
    raise ImporterError(f"{name} has several sheets; import it as a workbook.")


def file_of(name: str) -> str:
    """The name of the workbook out of that of one of its sheets; other names as they are."""
    return name.rpartition(SEPARATOR)[0] or name


def _named(name: str, sheet: str) -> str:
    path = PurePath(file_of(name))
    stem = path.stem[: LONGEST_FILE - len(path.suffix)]
    return f"{stem}{path.suffix}{SEPARATOR}{_sheet_label(sheet)}"


def _sheet_label(sheet: str) -> str:
    return printable(sheet.strip())[:LONGEST_SHEET].replace("/", "-")


def _text(rows: Sequence[Sequence[Value]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", errors="replace")


def _cell(value: Value) -> str:  # noqa: PLR0911 - one for each type
    # bool is an int, datetime a date: the order matters.
    match value:
        case str():
            # A line break within a cell would move the numbers of the lines below.
            return value if value.isprintable() else printable(value)
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return _number(value)
        case datetime():
            return _moment(value)
        case timedelta():
            return _number(value / timedelta(days=1))
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _number(value: float) -> str:
    """The shortest decimal that means the same number, without exponent and without ``.0``."""
    text = repr(value)
    exact = Decimal(text)
    if len(exact.as_tuple().digits) > SHOWN_DIGITS:
        shown = Decimal(f"{value:.{SHOWN_DIGITS}g}").normalize()
        exact = shown if len(shown.as_tuple().digits) <= USED_DIGITS else exact
    text = format(exact, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _moment(value: datetime) -> str:
    """To the millisecond: Excel stores a fraction of a day, which hits no second exactly."""
    rounded = value + timedelta(microseconds=500)
    rounded -= timedelta(microseconds=rounded.microsecond % 1000)
    return rounded.isoformat(sep=" ", timespec="auto" if rounded.microsecond else "seconds")


def _refuse_bombs(data: bytes, most: int) -> None:
    """Refuse what would not fit into memory, before it is read by a library that takes all."""
    for name, content in unpacked(data, most):
        if not name.startswith("xl/worksheets/"):
            continue
        columns = rows = 0
        for column, row in set(_PLACE.findall(content)) if b' r="' in content else ():
            columns, rows = max(columns, _column(column)), max(rows, int(row))
        if columns * rows > MOST_CELLS:
            raise ImporterError(
                f"A sheet of the workbook reaches to row {rows:,} and column {columns:,}. "
                "Delete what is beyond the table, or save it as CSV."
            )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    try:
        yield
    except PasswordError as error:
        raise ImporterError(
            "The workbook is protected by a password. Save it without one first."
        ) from error
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        raise ImporterError(
            "The workbook is damaged or no Excel workbook. Download it again, or save it as CSV."
        ) from error
