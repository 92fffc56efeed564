"""Any other table, read as a person said: which column holds what, and what its words mean.

A mapping belongs to one header line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pricing.readers import ImporterError, Source
from transactions.importers.base import Importer, Outcome
from transactions.importers.figures import rejected
from transactions.importers.layouts import MONEY, Layout, Role
from transactions.importers.mapped_rows import Rows
from transactions.kinds import Kind

PREFIX = "mapping:"


class Mapped(Importer):
    """Not in the list of importers: whoever made the mapping brings it along."""

    # Of a single mapping; see ``__init__``.
    format = PREFIX
    broker = ""
    tracks_cash = False

    def __init__(self, key: str, name: str, layout: Layout) -> None:
        self.format = f"{PREFIX}{key}"  # type: ignore[misc]
        self.broker = name  # type: ignore[misc]
        self.layout = layout
        # Deposits and withdrawals: then the cash adds up.
        money = {MONEY, Kind.DEPOSIT.value, Kind.WITHDRAWAL.value}
        self.tracks_cash = bool(money & set(layout.kinds.values()))  # type: ignore[misc]

    def recognises(self, source: Source) -> bool:
        return source.find_header(self.is_header) is not None

    def is_header(self, cells: list[str]) -> bool:
        """Whether the cells are the names of the mapping's columns."""
        return folded(cells) == folded(self.layout.header)

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(self.is_header)
        if header is None:
            raise ImporterError(f"The header line of the mapping “{self.broker}” is missing.")
        rows = Rows(self.broker, self.layout)
        states_balances = Role.BALANCE in self.layout.columns
        for line, cells in source.records(header):
            try:
                yield rows.read(line, cells)
            except ValueError as error:
                yield rejected(line, error, cells, header.delimiter)
            if states_balances:
                yield from rows.balance(line, cells)

    def account_currency(self, source: Source) -> str:
        return self.layout.currency


def folded(cells: Sequence[str]) -> tuple[str, ...]:
    """A header by which it is found again: trailing blank cells come and go with programs."""
    names = [name.strip().casefold() for name in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)
