"""Any other table, read as a person said: which column holds what, and what its words mean.

A mapping belongs to one header line. Its rows are turned into rows of our own CSV and read by the reader
of those, so that what a transaction needs is decided in one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pricing.money import ZERO, DecimalMark, parse_number
from pricing.readers import Header, ImporterError, Source, cell
from transactions.importers.base import Ignored, Importer, Outcome, RowError
from transactions.importers.figures import rejected
from transactions.importers.free_dates import DateOrder, moment
from transactions.importers.generic_csv import COLUMNS, RowReader, guarded
from transactions.kinds import CASH_SIGN, Kind

PREFIX = "mapping:"
LONGEST_TICKER = 40


class Role(StrEnum):
    """What a column can hold."""

    DATE = "date"
    TIME = "time"
    TYPE = "type"
    TICKER = "ticker"
    ISIN = "isin"
    NAME = "name"
    QUANTITY = "quantity"
    PRICE = "price"
    AMOUNT = "amount"
    CURRENCY = "currency"
    FEE = "fee"
    TAX = "tax"
    FX_RATE = "fx_rate"
    ID = "id"
    DESCRIPTION = "description"


# What a word of the type column can mean beside a Kind.
IGNORE = "ignore"
# The sign of the quantity or of the amount says which: a purchase or sale, a deposit or withdrawal.
TRADE, MONEY = "trade", "money"
NUMBERS = (Role.QUANTITY, Role.PRICE, Role.AMOUNT, Role.FEE, Role.TAX, Role.FX_RATE)


@dataclass(frozen=True)
class Layout:
    """How the rows below one header line are read.

    ``columns`` are places in the header, ``kinds`` the meanings of the words of the type column, in small
    letters. ``is_signed``: money that leaves has a minus. ``has_fees``: the amount is what moved the
    cash, with fee and tax in it.
    """

    header: tuple[str, ...]
    columns: Mapping[Role, int]
    dates: DateOrder = DateOrder.YEAR_FIRST
    decimal: DecimalMark = "."
    is_signed: bool = True
    has_fees: bool = False
    currency: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "header": list(self.header),
            "columns": {role.value: place for role, place in self.columns.items()},
            "dates": self.dates.value,
            "decimal": self.decimal,
            "is_signed": self.is_signed,
            "has_fees": self.has_fees,
            "currency": self.currency,
            "kinds": dict(self.kinds),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Layout:
        """Raises ValueError, KeyError or TypeError where it is none."""
        header = tuple(str(name) for name in value["header"])
        columns = {Role(role): int(place) for role, place in value["columns"].items()}
        if not all(0 <= place < len(header) for place in columns.values()):
            raise ValueError("a column is not in the header")
        if value["decimal"] not in {".", ","}:
            raise ValueError("the decimal mark is neither a point nor a comma")
        kinds = {str(word): str(meaning) for word, meaning in value["kinds"].items()}
        for meaning in kinds.values():
            if meaning not in {IGNORE, TRADE, MONEY}:
                Kind(meaning)
        return cls(
            header,
            columns,
            DateOrder(value["dates"]),
            value["decimal"],
            bool(value["is_signed"]),
            bool(value["has_fees"]),
            str(value["currency"]),
            kinds,
        )


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
        return source.find_header(self._is_header) is not None

    def _is_header(self, cells: list[str]) -> bool:
        return folded(cells) == folded(self.layout.header)

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(self._is_header)
        if header is None:
            raise ImporterError(f"The header line of the mapping “{self.broker}” is missing.")
        rows = _Rows(self.broker, self.layout)
        for line, cells in source.records(header):
            try:
                yield rows.read(line, cells)
            except ValueError as error:
                yield rejected(line, error, cells, header.delimiter)

    def account_currency(self, source: Source) -> str:
        return self.layout.currency


def folded(cells: Sequence[str]) -> tuple[str, ...]:
    """A header by which it is found again: trailing blank cells come and go with programs."""
    names = [name.strip().casefold() for name in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


class _Rows:
    def __init__(self, name: str, layout: Layout) -> None:
        self.name = name
        self.layout = layout
        places = {column: place for place, column in enumerate(COLUMNS)}
        self.reader = RowReader(Header(list(COLUMNS), 0, ","), places, dict.fromkeys(COLUMNS, "."))

    def read(self, line: int, record: list[str]) -> Outcome:
        if any(map(str.strip, record[len(self.layout.header) :])):
            raise RowError(
                f"the row has {len(record)} cells, the header only {len(self.layout.header)}"
            )
        texts = {role: cell(record, self.layout.columns.get(role)) for role in Role}
        word = texts[Role.TYPE]
        meaning = self._meaning(word)
        if meaning == IGNORE:
            return Ignored(line, f"the type “{word}”, which the mapping leaves out")
        numbers = {role: self._number(texts, role) for role in NUMBERS}
        kind = _kind(meaning, texts, numbers)
        return self.reader.read(line, self._cells(kind, texts, numbers))

    def _meaning(self, word: str) -> str:
        if Role.TYPE not in self.layout.columns:
            # Without a column of types the signs say all.
            return TRADE if Role.QUANTITY in self.layout.columns else MONEY
        found = self.layout.kinds.get(word.casefold())
        if found is None:
            raise RowError(
                f"the type “{word}” has no meaning in the mapping “{self.name}” yet; give it one"
            )
        return found

    def _number(self, texts: Mapping[Role, str], role: Role) -> Decimal | None:
        try:
            return parse_number(texts[role], self.layout.decimal)
        except ValueError as error:
            raise RowError(f"{role.value}: {error}") from error

    def _cells(
        self, kind: Kind, texts: Mapping[Role, str], numbers: Mapping[Role, Decimal | None]
    ) -> list[str]:
        """A row of our own CSV."""
        ticker, isin, name = texts[Role.TICKER], texts[Role.ISIN].upper(), texts[Role.NAME]
        if not ticker and not isin and kind not in {Kind.DEPOSIT, Kind.WITHDRAWAL}:
            ticker = name[:LONGEST_TICKER]
        quantity = numbers[Role.QUANTITY]
        if quantity is not None and kind is not Kind.SPLIT:
            quantity = quantity.copy_abs()
        fee, tax = ((numbers[role] or ZERO).copy_abs() for role in (Role.FEE, Role.TAX))
        values: dict[str, object] = {
            "date": moment(texts[Role.DATE], texts[Role.TIME], self.layout.dates),
            "type": kind.value,
            "ticker": ticker,
            "isin": isin,
            "name": name if ticker or isin else "",
            "quantity": quantity or None,
            "price": numbers[Role.PRICE],
            "amount": self._amount(kind, numbers[Role.AMOUNT], fee, tax),
            "currency": texts[Role.CURRENCY] or self.layout.currency,
            "fee": fee or None,
            "tax": tax or None,
            "fx_rate": numbers[Role.FX_RATE],
            "description": texts[Role.DESCRIPTION] or texts[Role.TYPE],
            "id": texts[Role.ID],
        }
        return [_text(values.get(column)) for column in COLUMNS]

    def _amount(
        self, kind: Kind, stated: Decimal | None, fee: Decimal, tax: Decimal
    ) -> Decimal | None:
        """Gross, in the direction of the kind; see ParsedTransaction."""
        if stated is None:
            return None
        sign = CASH_SIGN[kind] or 1
        if kind in {Kind.BUY, Kind.SELL}:
            amount = stated.copy_abs()
        else:
            amount = stated * sign if self.layout.is_signed else stated
        if self.layout.has_fees:
            # What came in is less by the charges, what went out is more.
            amount += (fee + tax) * sign
        return amount


def _kind(meaning: str, texts: Mapping[Role, str], numbers: Mapping[Role, Decimal | None]) -> Kind:
    if meaning not in {TRADE, MONEY}:
        return Kind(meaning)
    quantity, amount = numbers[Role.QUANTITY], numbers[Role.AMOUNT]
    if meaning == MONEY or not quantity:
        if amount is None:
            raise RowError("there is neither a quantity nor an amount whose sign tells the type")
        return Kind.DEPOSIT if amount > 0 else Kind.WITHDRAWAL
    if quantity < 0:
        return Kind.SELL
    # Some files have quantities without sign; then the money tells.
    return Kind.SELL if amount is not None and amount > 0 else Kind.BUY


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return guarded(str(value)) if value is not None else ""
