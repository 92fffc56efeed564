"""Tables with a column for each coin, as Gemini’s and Strike’s: “BTC Amount BTC”, “Amount EUR”.

What left has a minus. A row moves one coin or two, and is then read as one with two assets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pricing.currencies import is_money
from transactions.importers.base import RowError
from transactions.importers.layouts import NOTHING, Layout, Role
from transactions.importers.mapped_cells import CellReader, Cells

_CODE = "[A-Z0-9]{2,10}"
_AMOUNT = re.compile(rf"(?:({_CODE}) )?[Aa]mount(?: \(?({_CODE})\)?)?")
_FEE = re.compile(rf"(?:[Tt]rading )?[Ff]ee(?: \(({_CODE})\))?(?: ({_CODE}))?")


class CoinColumn(NamedTuple):
    """The place of a coin’s amounts, or of the fees in it."""

    asset: str
    place: int


class _Moved(NamedTuple):
    """A cell with an amount."""

    asset: str
    text: str
    is_minus: bool


def coin_columns(header: Sequence[str]) -> list[CoinColumn]:
    """The columns of amounts; none where they are not of several assets, a coin among them."""
    found = list(_named(_AMOUNT, header))
    assets = {column.asset for column in found}
    is_one = len(assets) != len(found) or len(assets) < 2 or all(map(is_money, assets))
    return [] if is_one else found


def fee_columns(header: Sequence[str]) -> list[CoinColumn]:
    return list(_named(_FEE, header))


def _named(pattern: re.Pattern[str], header: Sequence[str]) -> Iterator[CoinColumn]:
    for place, name in enumerate(header):
        found = pattern.fullmatch(name.strip())
        codes = {code for code in found.groups() if code} if found else set()
        if len(codes) == 1:
            yield CoinColumn(codes.pop(), place)


class CoinColumnReader(CellReader):
    """Finds the two assets of a row among its columns."""

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self.amounts = coin_columns(layout.header)
        self.fees = fee_columns(layout.header)

    def is_aside(self, record: list[str]) -> bool:
        # A line without a date that has amounts is a row, which is rejected.
        return super().is_aside(record) and not any(
            record[column.place].strip() for column in self.amounts if column.place < len(record)
        )

    def cells(self, record: list[str]) -> Cells:
        found = super().cells(record)
        moved = self._filled(record, self.amounts)
        out = _only([one for one in moved if one.is_minus], "went out")
        into = _only([one for one in moved if not one.is_minus], "came in")
        fee = _only(self._filled(record, self.fees), "are fees")
        return found._replace(
            units_out=out.text,
            asset_out=out.asset,
            units_in=into.text,
            asset_in=into.asset,
            fee=fee.text,
            fee_currency=fee.asset,
        )

    def _filled(self, record: list[str], columns: Sequence[CoinColumn]) -> list[_Moved]:
        """What is neither blank nor 0."""
        found = []
        for asset, place in columns:
            text = record[place].strip() if place < len(record) else ""
            amount = self.number(Role.QUANTITY, "" if text in NOTHING else text)
            if amount:
                found.append(_Moved(asset, text, amount < 0))
        return found


def _only(moved: Sequence[_Moved], what: str) -> _Moved:
    if len(moved) > 1:
        told = " and ".join(f"{one.text} ({one.asset})" for one in moved)
        raise RowError(f"{told} {what}, and a row is read with one only")
    return moved[0] if moved else _Moved("", "", False)
