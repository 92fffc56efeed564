"""Formats that are one table: a header line by which they are known, and rows that are read one by one."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from pricing.readers import Header, ImporterError, Source, cell
from transactions.importers.base import Ignored, Importer, Outcome
from transactions.importers.figures import rejected
from transactions.importers.picking import Picker

# A column with all the names that it has in languages and generations of the export.
Names = tuple[str, ...]


class Rows(ABC):
    """The state of reading one file. ``delimiter`` is that of the file."""

    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        self.picker = picker
        self.delimiter = header.delimiter

    @abstractmethod
    def read(self, line: int, cells: Sequence[str]) -> Iterable[Outcome]:
        """The outcomes of one row, its wanted cells trimmed; raises ValueError when it makes no sense."""

    def aside(self, record: Sequence[str]) -> str:
        """The rule by which a record is no row of the table, such as the text below it; else empty."""
        return ""

    def rest(self) -> Iterable[Outcome]:
        """The outcomes of rows that waited for others."""
        return ()


class TableImporter(Importer):
    """Recognised by the columns that it cannot do without."""

    columns: ClassVar[Sequence[Names]]
    # By their first names.
    required: ClassVar[Sequence[str]]
    rows: ClassVar[type[Rows]]

    def is_header(self, cells: list[str]) -> bool:
        found = {cell.casefold() for cell in cells}
        return all(
            any(name.casefold() in found for name in names)
            for names in self.columns
            if names[0] in self.required
        )

    def recognises(self, source: Source) -> bool:
        return source.find_header(self.is_header) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(self.is_header)
        if header is None:
            raise ImporterError(f"The header line of {self.broker}’s export is missing.")
        rows = self.rows(Picker(header, self.columns, self.required), header, source)
        for line, cells in source.records(header):
            rule = rows.aside(cells)
            if rule:
                yield Ignored(line, rule)
                continue
            try:
                yield from rows.read(line, list(rows.picker.cells(cells)))
            except ValueError as error:
                yield rejected(line, error, cells, header.delimiter)
        yield from rows.rest()


def has_several(source: Source, header: Header, *names: str) -> bool:
    """Whether a column, such as that of the account, has more than one value in the file."""
    place = header.find(*names)
    if place is None:
        return False
    # Read by a source of its own: the records of the other one are counted.
    records = source.again().records(header)
    return len({cell(cells, place) for _, cells in records} - {""}) > 1
