"""How the columns and words of one header line are read, as a person said it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pricing.money import DecimalMark
from transactions.importers.free_dates import DateOrder
from transactions.kinds import Kind


class Role(StrEnum):
    """What a column can hold."""

    DATE = "date"
    TIME = "time"
    TYPE = "type"
    # Says more of the type: a side beside “market”, a status beside “buy”.
    SUBTYPE = "subtype"
    TICKER = "ticker"
    ISIN = "isin"
    NAME = "name"
    QUANTITY = "quantity"
    PRICE = "price"
    AMOUNT = "amount"
    CURRENCY = "currency"
    FEE = "fee"
    FEE_CURRENCY = "fee_currency"
    TAX = "tax"
    FX_RATE = "fx_rate"
    ID = "id"
    DESCRIPTION = "description"
    # Two columns instead of one with a sign, of which a row fills one.
    PAID_IN = "paid_in"
    PAID_OUT = "paid_out"
    UNITS_IN = "units_in"
    UNITS_OUT = "units_out"
    # What these two are of, in tables with two assets in a row: then both may be filled.
    ASSET_IN = "asset_in"
    ASSET_OUT = "asset_out"
    # Of the money, after the row.
    BALANCE = "balance"


# What programs write into a cell that has nothing in it.
NOTHING = frozenset(
    {"-", "--", "–", "—", "n/a", "N/A", "n.a.", "null", "NULL", "None", "nan", "NaN"}
)
# What a word of the type column can mean beside a Kind.
IGNORE = "ignore"
# The sign of the quantity or of the amount says which: a purchase or sale, a deposit or withdrawal.
TRADE, MONEY = "trade", "money"
# Money of one currency for that of another, each in a row of its own.
EXCHANGE = "exchange"
# What came and went says all, as in tables without a column of types.
TOLD = "told"
LONGEST_STEM = 4
NUMBERS = (
    *(Role.QUANTITY, Role.UNITS_IN, Role.UNITS_OUT, Role.PRICE),
    *(Role.AMOUNT, Role.PAID_IN, Role.PAID_OUT, Role.FEE, Role.TAX, Role.FX_RATE, Role.BALANCE),
)
# Any of them says how much.
UNITS = (Role.QUANTITY, Role.UNITS_IN, Role.UNITS_OUT)
SUMS = (Role.AMOUNT, Role.PAID_IN, Role.PAID_OUT)
# Only all of them together make a table of two assets.
SIDES = (Role.UNITS_OUT, Role.ASSET_OUT, Role.UNITS_IN, Role.ASSET_IN)
# In such a table nothing says what these are of.
OF_ONE_ASSET = (
    *(Role.TICKER, Role.ISIN, Role.NAME, Role.QUANTITY, Role.PRICE),
    *(Role.TAX, Role.FX_RATE, Role.BALANCE),
)
# Where each coin has a column of its own, nor what moved.
OF_MOVES = (*SIDES, Role.FEE, Role.FEE_CURRENCY)


@dataclass(frozen=True)
class Layout:
    """How the rows below one header line are read.

    ``columns`` are places in the header, ``kinds`` the meanings of the words of the type column, in small
    letters; with ``is_text`` that column holds texts, of which only the beginning counts. ``is_signed``:
    money that leaves has a minus. ``has_fees``: the amount is what moved the cash, with fee and tax in it.

    In a table of two assets the amounts are what the sides were worth, in ``currency`` or that of the row.
    With ``by_coin`` each coin has a column of its own, by its name; see ``mapped_coin_columns``.
    """

    header: tuple[str, ...]
    columns: Mapping[Role, int]
    dates: DateOrder = DateOrder.YEAR_FIRST
    decimal: DecimalMark = "."
    is_signed: bool = True
    has_fees: bool = False
    currency: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)
    is_text: bool = False
    by_coin: bool = False

    @property
    def has_two_assets(self) -> bool:
        return self.by_coin or self.columns.keys() >= set(SIDES)

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
            "is_text": self.is_text,
            "by_coin": self.by_coin,
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
            if meaning not in {IGNORE, TRADE, MONEY, EXCHANGE, TOLD}:
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
            # Mappings that were kept before there were these choices lack them.
            bool(value.get("is_text", False)),
            bool(value.get("by_coin", False)),
        )


def word_of(kind: str, more: str, *, is_text: bool) -> str:
    """By what the meaning of a row's type is looked up: the cells of one or two columns, in small letters."""
    word = f"{kind} {more}".strip().casefold()
    return _stem(word) if is_text else word


def _stem(text: str) -> str:
    """The words before the first figure: “div” of “div 100 shell”, “b” of “b123456”."""
    words = []
    for word in text.split()[:LONGEST_STEM]:
        letters = re.split(r"[\d(@:;,]", word, maxsplit=1)[0]
        if letters:
            words.append(letters)
        if letters != word:
            break
    return " ".join(words)
