"""Reading files of brokers: encodings, delimiters, tables. Knows no broker and no table."""

import csv
import io
import re
from array import array
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property, lru_cache

# A header may follow a preamble (Coinbase has seven lines, Fidelity blank ones), never more than this.
HEADER_SEARCH_LINES = 60
HEAD_BYTES = 65_536
DELIMITERS = (",", ";", "\t", "|")

# What the parts of a date and time are, as strptime has them.
_DIRECTIVES = {
    "%Y": r"\d\d\d\d",
    "%m": r"1[0-2]|0[1-9]|[1-9]",
    "%d": r"3[01]|[12]\d|0[1-9]|[1-9]| [1-9]",
    "%H": r"2[0-3]|[01]\d|\d",
    "%M": r"[0-5]\d|\d",
    "%S": r"6[01]|[0-5]\d|\d",
}

_MAGIC = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x03\x04", "a zip archive or spreadsheet"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format", "a database"),
)


class ImporterError(Exception):
    """The file as a whole cannot be used; the message is one sentence for the user."""


class Source:
    """One file to import: its bytes, decoded on demand, and the records that were read from it.

    ``record_lines`` holds the first line of every record handed out, so that the pipeline can check
    that each of them ended in an outcome.
    """

    def __init__(self, name: str, data: bytes, sheet: str = "") -> None:
        self.name = name
        self.data = data
        # Of a sheet of a workbook: its name, and all sheets of the workbook, itself among them.
        self.sheet = sheet
        self.sheets: tuple[Source, ...] = ()
        self.record_lines = array("L")

    def again(self) -> "Source":
        """The same file with nothing read yet."""
        other = Source(self.name, self.data, self.sheet)
        other.sheets = self.sheets
        return other

    @cached_property
    def encoding(self) -> str:
        """BOM, else UTF-8 if the whole file is valid UTF-8, else cp1252 as Windows writes it."""
        if self.data.startswith(b"\xef\xbb\xbf"):
            return "utf-8-sig"
        if self.data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        try:
            self.data.decode("utf-8")
        except UnicodeDecodeError:
            return "cp1252"
        return "utf-8"

    @cached_property
    def head(self) -> str:
        """The decoded beginning of the file, for recognising it."""
        return self.data[:HEAD_BYTES].decode(self.encoding, errors="replace")

    def text(self) -> str:
        """The whole file decoded; undecodable bytes of cp1252 become U+FFFD."""
        return self.data.decode(self.encoding, errors="replace")

    def refuse_garbage(self) -> None:
        """Raise ImporterError for what is certainly no export: empty, an archive, a page, binary."""
        head = self.data[:HEAD_BYTES]
        if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
            raise ImporterError("The file is empty.")
        for magic, what in _MAGIC:
            if head.startswith(magic):
                raise ImporterError(
                    f"This is {what}, not an export. Unpack or export it as CSV, XML or JSON first."
                )
        if re.match(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)", head, re.IGNORECASE):
            raise ImporterError(
                "This is a web page, not an export. Download the file itself while signed in to the broker."
            )
        if self.encoding != "utf-16" and b"\x00" in self.data:
            raise ImporterError("The file is binary, not text. Export it as CSV, XML or JSON.")

    def find_header(self, matches: Callable[[list[str]], bool]) -> "Header | None":
        """The first line among the first ones whose trimmed cells match, with its delimiter."""
        return next((one for one in self.possible_headers() if matches(one.cells)), None)

    def possible_headers(self) -> "Iterator[Header]":
        """The first lines, each once for every delimiter that is in it."""
        for number, line in enumerate(_lines(self.head), start=1):
            if number > HEADER_SEARCH_LINES:
                return
            for delimiter in DELIMITERS:
                if delimiter in line:
                    yield Header(_split_line(line, delimiter), number, delimiter)

    def records(self, header: "Header") -> Iterator[tuple[int, list[str]]]:
        """Yield ``(line, cells)`` of every record below the header, blank ones left out.

        ``line`` is the file's line on which the record begins (1-based). Cells are not trimmed.
        Raises ImporterError where quoting is broken.
        """
        stream = io.TextIOWrapper(
            io.BytesIO(self.data), encoding=self.encoding, errors="replace", newline=""
        )
        for _ in range(header.line):
            stream.readline()
        reader = csv.reader(stream, delimiter=header.delimiter)
        line = header.line + 1
        note = self.record_lines.append
        try:
            for cells in reader:
                if any(cells):
                    note(line)
                    yield line, cells
                line = header.line + reader.line_num + 1
        except csv.Error as error:
            raise ImporterError(
                f"Line {line}: the quoting is broken ({error}). Export the file again unchanged."
            ) from error

    def note_record(self, line: int) -> int:
        """Count a record that an importer found by itself (XML element, JSON object).

        Returns the number under which to report it: its line, or the next free one where several
        records share a line, as in a file written without line breaks.
        """
        if self.record_lines:
            line = max(line, self.record_lines[-1] + 1)
        self.record_lines.append(line)
        return line


class Header:
    """A header line: its trimmed cells, line number and delimiter."""

    def __init__(self, cells: list[str], line: int, delimiter: str) -> None:
        self.cells = cells
        self.line = line
        self.delimiter = delimiter

    def index(self, *names: str) -> int:
        """Position of the first column with one of the names (case-insensitive).

        Raises ImporterError naming the column when there is none.
        """
        found = self.find(*names)
        if found is None:
            raise ImporterError(f"The column “{names[0]}” is missing in the header line.")
        return found

    def find(self, *names: str) -> int | None:
        """Like ``index``, but None for a column that this export generation does not have."""
        folded = [cell.casefold() for cell in self.cells]
        for name in names:
            if name.casefold() in folded:
                return folded.index(name.casefold())
        return None


def has_columns(*names: str) -> Callable[[list[str]], bool]:
    """A predicate for ``Source.find_header``: all names occur among the cells, any case and order."""
    wanted = {name.casefold() for name in names}

    def matches(cells: list[str]) -> bool:
        return wanted <= {cell.casefold() for cell in cells}

    return matches


def cell(cells: list[str], index: int | None) -> str:
    """The trimmed cell, or ``""`` where the column is absent or the record is short."""
    if index is None or index >= len(cells):
        return ""
    return cells[index].strip()


def parse_instant(text: str, *formats: str) -> datetime:
    """Read a date and time: ISO 8601 first (``Z`` makes it UTC), then the given formats.

    Those are formats of strptime with numbers only. Naive results are local time. Raises ValueError
    naming the text.
    """
    # ISO 8601 begins with four digits: for other dates there is no error to raise and to catch.
    if text[:4].isdigit():
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    for pattern in formats:
        found = _expression(pattern).fullmatch(text)
        if found:
            try:
                return _instant(found)
            except ValueError:
                continue
    raise ValueError(f"“{text}” is not a date")


def _instant(found: re.Match[str]) -> datetime:
    """Naive on purpose: the file's local time, placed by the account's time zone later."""
    parts = [int(part or 0) for part in found.group("Y", "m", "d", "H", "M", "S")]
    year, month, day, hour, minute, second = parts
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001


@lru_cache
def _expression(pattern: str) -> re.Pattern[str]:
    """What strptime makes of the format; it takes four times as long to read a date."""
    expression = re.escape(pattern).replace(r"\ ", r"\s+")
    for directive, numbers in _DIRECTIVES.items():
        name = directive[1]
        if directive in pattern:
            expression = expression.replace(directive, f"(?P<{name}>{numbers})")
        else:
            expression += f"(?P<{name}>)"
    return re.compile(expression)


def _lines(text: str) -> Iterator[str]:
    # Not splitlines(): that also splits at U+2028 and form feeds inside cells.
    yield from io.StringIO(text)


def _split_line(line: str, delimiter: str) -> list[str]:
    try:
        rows = list(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return []
    return [name.strip().lstrip("\ufeff") for name in rows[0]] if rows else []


def without_blank_end(cells: list[str]) -> list[str]:
    """A record without the blank cells at its end, which come and go with programs."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def printable(text: str) -> str:
    """Text without control characters and lone surrogates, which PostgreSQL does not store."""
    return "".join(char if char.isprintable() else " " for char in text)
