"""Any other table, read as a person said: which column holds what, and what its words mean.

A mapping belongs to one header line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pricing.readers import ImporterError, Source, without_blank_end
from transactions.importers.base import Ignored, Importer, Outcome
from transactions.importers.figures import rejected
from transactions.importers.layouts import MONEY, TOLD, UNITS, Layout, Role
from transactions.importers.mapped_cells import CellReader
from transactions.importers.mapped_coin_columns import CoinColumnReader
from transactions.importers.mapped_rows import Rows
from transactions.importers.mapped_two_assets import TwoAssetRows
from transactions.kinds import Kind

PREFIX = "mapping:"
NO_ROW = "a line with neither a date nor figures, such as a text below the table"
_PAYMENTS = frozenset({MONEY, TOLD, Kind.DEPOSIT.value, Kind.WITHDRAWAL.value})


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
        self.tracks_cash = _has_all_money(layout)  # type: ignore[misc]

    def recognises(self, source: Source) -> bool:
        return source.find_header(self.is_header) is not None

    def is_header(self, cells: list[str]) -> bool:
        """Whether the cells are the names of the mapping's columns."""
        return folded(cells) == folded(self.layout.header)

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(self.is_header)
        if header is None:
            raise ImporterError(f"The header line of the mapping “{self.broker}” is missing.")
        reader = (CoinColumnReader if self.layout.by_coin else CellReader)(self.layout)
        rows = (TwoAssetRows if self.layout.has_two_assets else Rows)(self.broker, reader)
        states_balances = Role.BALANCE in self.layout.columns
        for line, cells in source.records(header):
            if reader.is_aside(cells):
                yield Ignored(line, NO_ROW)
                continue
            try:
                yield from rows.read(line, cells)
            except ValueError as error:
                yield rejected(line, error, cells, header.delimiter)
            if states_balances:
                yield from rows.balance(line, cells)

    def account_currency(self, source: Source) -> str:
        return self.layout.currency


def _has_all_money(layout: Layout) -> bool:
    """Whether there are deposits and withdrawals, or a balance: then the cash adds up."""
    if not _PAYMENTS.isdisjoint(layout.kinds.values()) or Role.BALANCE in layout.columns:
        return True
    # Without types every row of money is one of the two.
    has_no_types = Role.TYPE not in layout.columns or layout.is_text
    return has_no_types and (layout.has_two_assets or layout.columns.keys().isdisjoint(UNITS))


def folded(cells: Sequence[str]) -> tuple[str, ...]:
    """A header by which it is found again: trailing blank cells come and go with programs."""
    return tuple(name.strip().casefold() for name in without_blank_end(list(cells)))
