"""The cells of a record by name: positions are looked up once for a file, not once for a row."""

from collections.abc import Collection, Iterator, Sequence
from operator import itemgetter

from pricing.readers import Header
from transactions.importers.base import RowError


class Picker:
    """Takes the wanted cells out of records, trimmed, in one fixed order.

    ``columns`` are the wanted columns, each with all of its names. A column that the file does not have
    reads as blank. A record may be cut short behind the ``required`` columns and may have blank cells
    at its end; any other width means that its cells moved, and raises RowError.
    """

    def __init__(
        self, header: Header, columns: Sequence[tuple[str, ...]], required: Collection[str]
    ) -> None:
        self.width = len(header.cells)
        self.positions = [header.find(*names) for names in columns]
        # Absent columns read the blank cell that is put at the end of every record.
        self._pick = itemgetter(*(self.width if at is None else at for at in self.positions))
        self._needed = max(
            at
            for names, at in zip(columns, self.positions, strict=True)
            if at is not None and names[0] in required
        )

    def cells(self, record: list[str]) -> Iterator[str]:
        if len(record) == self.width:
            return map(str.strip, self._pick([*record, ""]))
        if any(map(str.strip, record[self.width :])):
            raise RowError(f"the row has {len(record)} cells, the header only {self.width}")
        if len(record) <= self._needed:
            raise RowError(f"the row has only {len(record)} of {self.width} cells")
        filled = [*record[: self.width], *[""] * (self.width - len(record)), ""]
        return map(str.strip, self._pick(filled))

    def samples(self, records: Sequence[list[str]]) -> Iterator[Iterator[str]]:
        """The cells of the records that have the header's width."""
        return (self.cells(record) for record in records if len(record) == self.width)
