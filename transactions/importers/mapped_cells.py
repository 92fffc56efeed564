"""The cells of a row whose columns a person explained, as figures, days and codes; see ``layouts``."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from pricing.currencies import is_money
from pricing.money import EXACT, NumberError, currency_in, is_isin
from transactions.importers.base import Ignored, RowError
from transactions.importers.figures import number
from transactions.importers.free_dates import moment
from transactions.importers.generic_csv import DAY_LENGTH
from transactions.importers.layouts import NOTHING, SUMS, TOLD, UNITS, Layout, Role, word_of

LONGEST_TICKER = 40
LOCAL_LENGTH = len("2024-01-31T10:11:12")
# The price is in hundredths where quantity times price is about so many times the amount, charges in it.
TEN = Decimal(10)
LEAST_HUNDRED, MOST_HUNDRED = Decimal(85), Decimal(115)
# What coins are traded for, beside money.
QUOTE_COINS = frozenset(
    ["USDT", "USDC", "BUSD", "TUSD", "FDUSD", "DAI", "BTC", "XBT", "ETH", "BNB"]
)
_DIGIT = re.compile(r"\d")
_PAIR = re.compile(r"([A-Z0-9]{2,10})[-/_]([A-Z]{3,5})")
# Kraken's older names, XETHZEUR, and those of coins that have another one elsewhere.
_OLD_PAIR = re.compile(r"X([A-Z]{3})[XZ]([A-Z]{3})")
_OLD_COINS = {"XBT": "BTC", "XDG": "DOGE"}
_QUOTES = sorted({*QUOTE_COINS, "EUR", "USD", "GBP", "CHF", "CAD", "AUD", "JPY"}, key=len)[::-1]
_LEAST_COIN = 2
_ISIN = re.compile(r"[\s/,(-]*\b(?:ISIN:?\s*)?([A-Z]{2}[A-Z0-9]{9}\d)\b\)?")
# A line of so many words in front is a sentence.
_SENTENCE_WORDS = 4
FIGURE_WORDS = 2
_PAIRS = re.compile(r"\b(pairs?|market)\b", re.IGNORECASE)
_PENCE = re.compile(r"\((p|pence|gbx)\)|\bpence\b|\bGBX\b", re.IGNORECASE)
_UNIT = re.compile(r"\d\s*([A-Za-z][A-Za-z0-9]{1,4})\s*$")
_GLUED = re.compile(r"[-+\d.,]*\d([A-Za-z][A-Za-z0-9]*)")
_ZONE = re.compile(r"\b(?:UTC|GMT)(?:([+-]\d{2}):?(\d{2}))?\b")
_NAMING = frozenset({Role.TICKER, Role.ISIN, Role.NAME})


class Cells(NamedTuple):
    """What a row has for each role, in their order."""

    date: str
    time: str
    type: str
    subtype: str
    ticker: str
    isin: str
    name: str
    quantity: str
    price: str
    amount: str
    currency: str
    fee: str
    fee_currency: str
    tax: str
    fx_rate: str
    id: str
    description: str
    paid_in: str
    paid_out: str
    units_in: str
    units_out: str
    asset_in: str
    asset_out: str
    balance: str

    @property
    def word(self) -> str:
        """The type as it is shown."""
        return f"{self.type} {self.subtype}".strip()

    @property
    def sums(self) -> tuple[str, ...]:
        return (self.amount, self.paid_in, self.paid_out)


_TYPE = Cells._fields.index("type")
_FIGURES = [Cells._fields.index(role) for role in (Role.PRICE, *UNITS, *SUMS)]


class CellReader:
    """What cells mean by themselves; what repeats in a file is looked up once."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.width = len(layout.header)
        # Roles without a column read the blank cell that is put at the end of every record.
        self.pick = itemgetter(*(layout.columns.get(role, self.width) for role in Role))
        self.day = layout.columns.get(Role.DATE, self.width)
        self.names_instruments = not layout.columns.keys().isdisjoint(_NAMING)
        self.names_isins = Role.ISIN in layout.columns
        self.is_in_pence = bool(_PENCE.search(self._name_of(Role.PRICE)))
        self.zone = _zone(self._name_of(Role.TIME)) or _zone(self._name_of(Role.DATE))
        self.has_pairs = bool(_PAIRS.search(self._name_of(Role.TICKER)))
        self.pair = lru_cache(maxsize=4096)(self._pair)
        self.when = lru_cache(maxsize=4096)(self._when)

    def cells(self, record: list[str]) -> Cells:
        if len(record) != self.width:
            if any(map(str.strip, record[self.width :])):
                raise RowError(f"the row has {len(record)} cells, the header only {self.width}")
            record = self._fitted(record)
        cells = [text.strip() for text in self.pick([*record, ""])]
        if NOTHING.isdisjoint(cells):
            return Cells._make(cells)
        found = Cells._make("" if text in NOTHING else text for text in cells)
        # A word may be one of these.
        return found._replace(type=cells[_TYPE])

    def is_aside(self, record: list[str]) -> bool:
        """Whether a record is no row of the table but a line of text, such as stand below tables."""
        if self.day < len(record) and _DIGIT.search(record[self.day]):
            return False
        cells = self.pick([*self._fitted(record), ""])
        figures = [text for place in _FIGURES if (text := cells[place].strip())]
        if len(record[0].split()) >= _SENTENCE_WORDS:
            # Its commas part it, so that a piece of it may stand where figures are.
            return not any(map(_is_figure, figures))
        return not figures

    def _fitted(self, record: list[str]) -> list[str]:
        return [*record[: self.width], *[""] * (self.width - len(record))]

    def number(self, role: Role, text: str) -> Decimal | None:
        if not text:
            return None
        try:
            return number(text, self.layout.decimal)
        except NumberError as error:
            raise RowError(f"{role.value}: {error}") from error

    def units(self, cells: Cells) -> Decimal | None:
        quantity = self.number(Role.QUANTITY, cells.quantity)
        if quantity is not None:
            return quantity
        return self._of_two(Role.UNITS_IN, cells.units_in, Role.UNITS_OUT, cells.units_out)

    def paid(self, cells: Cells) -> Decimal | None:
        """What was paid in, or with a minus paid out, where these have columns of their own."""
        return self._of_two(Role.PAID_IN, cells.paid_in, Role.PAID_OUT, cells.paid_out)

    def _of_two(self, into: Role, came: str, out: Role, went: str) -> Decimal | None:
        gain, loss = self.number(into, came), self.number(out, went)
        if gain and loss:
            raise RowError(f"of the columns for in and out both have a figure, {came} and {went}")
        if not loss:
            return loss if gain is None else gain
        is_signed = self.layout.is_signed and out is Role.PAID_OUT
        return loss if is_signed else loss.copy_negate()

    def traded(self, cells: Cells) -> tuple[str, str]:
        """What the row is of, and in which money or coin: of a pair such as BTC-EUR both."""
        ticker = cells.ticker if self.names_instruments else unit_in(cells.quantity)
        currency = cells.currency or self._currency_beside(cells)
        pair = None if cells.isin else self.pair(ticker)
        return pair or (ticker, currency)

    def _pair(self, ticker: str) -> tuple[str, str] | None:
        """A coin and what it is traded for: of BTC-EUR, and in a column of pairs of BTCEUR."""
        parted = _PAIR.fullmatch(ticker) or (self.has_pairs and _OLD_PAIR.fullmatch(ticker))
        if parted and (parted[2] in QUOTE_COINS or is_money(parted[2])):
            return _OLD_COINS.get(parted[1], parted[1]), parted[2]
        if not self.has_pairs or not ticker.isalnum():
            return None
        for quote in _QUOTES:
            coin = ticker.removesuffix(quote)
            if coin != ticker and len(coin) >= _LEAST_COIN:
                return _OLD_COINS.get(coin, coin), quote
        return None

    def _currency_beside(self, cells: Cells) -> str:
        """Of the figure of the money, “€5” or “5 CHF”; there are dollars of many countries."""
        money = next(filter(None, (*cells.sums, cells.price)), "")
        currency = currency_in(money)
        is_open = not is_money(currency) or (self.layout.currency and "$" in money)
        return "" if is_open else currency

    def is_in_hundredths(
        self, quantity: Decimal | None, price: Decimal | None, amount: Decimal | None
    ) -> bool:
        """Whether the price is in pence beside pounds, or in per cent as that of a bond."""
        if not quantity or not price:
            return False
        if not amount:
            return self.is_in_pence
        times = EXACT.divide(EXACT.multiply(quantity, price), amount).copy_abs()
        if self.is_in_pence:
            # However much of the amount are charges, it is nearer to a hundred than to one.
            return times > TEN
        return LEAST_HUNDRED < times < MOST_HUNDRED

    def _when(self, day: str, time: str) -> tuple[datetime, bool]:
        text = moment(day, time, self.layout.dates)
        if self.zone and len(text) == LOCAL_LENGTH:
            text += self.zone
        try:
            return datetime.fromisoformat(text), len(text) > DAY_LENGTH
        except ValueError as error:
            order = {"y": "year", "m": "month", "d": "day"}
            parts = ", ".join(order[letter] for letter in self.layout.dates.value)
            shown = f"{day} {time}".strip()[:40]
            raise RowError(f"“{shown}” is not a date in the order {parts}") from error

    def _name_of(self, role: Role) -> str:
        place = self.layout.columns.get(role)
        return "" if place is None else self.layout.header[place]


def meaning_of(layout: Layout, name: str, cells: Cells) -> str:
    """What the row’s word means in the mapping; nothing where what came and went says all."""
    found = layout.kinds.get(word_of(cells.type, cells.subtype, is_text=layout.is_text))
    if Role.TYPE not in layout.columns or (layout.is_text and found is None):
        return ""
    if found is None:
        raise RowError(
            f"the type “{cells.word}” has no meaning in the mapping “{name}” yet; give it one"
        )
    return "" if found == TOLD else found


def left_out(line: int, cells: Cells) -> Ignored:
    return Ignored(line, f"the type “{cells.word}”, which the mapping leaves out")


def _is_figure(text: str) -> bool:
    """A number, with a currency or unit at most."""
    with suppress(NumberError):
        return number(text) is not None and len(text.split()) <= FIGURE_WORDS
    return False


def isin_in(text: str) -> tuple[str, str]:
    """An ISIN that a name carries, “World Fund / ISIN IE00BK5BQT80”, and the name without it."""
    found = _ISIN.search(text)
    if found is None or not is_isin(found[1]):
        return "", text
    return found[1], (text[: found.start()] + text[found.end() :]).strip()


def _zone(name: str) -> str:
    """The zone that the name of a column of times has in it, “Time (UTC+08:00)”."""
    found = _ZONE.search(name)
    if found is None:
        return ""
    return f"{found[1]}:{found[2]}" if found[1] else "+00:00"


def is_coin(unit: str) -> bool:
    return bool(unit) and not is_money(unit)


def unit_in(text: str) -> str:
    """The coin or currency that a quantity carries, “0.01 BTC”."""
    found = _UNIT.search(text)
    return found[1].upper() if found else ""


def unit_beside(text: str) -> str:
    """What stands behind a figure, of any length and as it is written: “0.5 stETH”, “5 1INCH”."""
    figure, _, unit = text.partition(" ")
    found = None if unit else _GLUED.fullmatch(figure)
    return found[1] if found else unit.strip()
