"""What is in a file of prices or exchange rates. Pure: text in, rows and rejects out.

Recognised by content: our own tables, downloads from Yahoo and Stooq, and the European Central
Bank's history, as a table or zipped as it comes. docs/prices.md describes them for people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pricing.currencies import is_money
from pricing.money import DecimalMark, NumberError, decimal_mark, parse_number
from pricing.readers import Header, ImporterError, Source, cell, has_columns, parse_instant

ZIP = b"PK\x03\x04"
LEAST_RATES = 5
LONGEST_UNITS = 7
NO_PRICE = {"", "null", "nan", "-"}
_STOOQ = ("date", "open", "high", "low", "close")
_STOOQ_POLISH = ("data", "otwarcie", "najwyzszy", "najnizszy", "zamkniecie")
_EXACT_FALSE = {"no", "false", "0", "n"}
_EXACT_TRUE = {"yes", "true", "1", "y"}


class PriceRow(NamedTuple):
    """One day as the file tells it; what the file does not say is empty or None."""

    line: int
    ticker: str
    day: date
    close: Decimal
    currency: str
    adjusted: bool | None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    volume: Decimal | None = None


class RateRow(NamedTuple):
    """Units of a currency per euro."""

    line: int
    day: date
    currency: str
    rate: Decimal


class SplitRow(NamedTuple):
    """``denominator`` old units become ``numerator`` new ones at the start of the day."""

    line: int
    ticker: str
    day: date
    numerator: int
    denominator: int


class Ignored(NamedTuple):
    line: int
    reason: str


class Reject(NamedTuple):
    line: int
    reason: str


Row = PriceRow | RateRow | SplitRow | Ignored | Reject


@dataclass(frozen=True)
class Format:
    """``adjusted``: whether its prices are adjusted for splits where the file does not say.

    ``needs_ticker``: whether it does not say either whose prices they are.
    """

    name: str
    label: str
    adjusted: bool
    needs_ticker: bool
    matches: Callable[[list[str]], bool]
    read: Callable[[Source, Header], Iterator[Row]]


def recognise(source: Source) -> tuple[Format, Header]:
    """The format of a file. Raises ImporterError with a sentence when there is none."""
    source.refuse_garbage()
    for one in FORMATS:
        header = source.find_header(one.matches)
        if header is not None:
            return one, header
    known = ", ".join(one.label for one in FORMATS)
    raise ImporterError(
        f"This is no file of prices or exchange rates that is known here ({known}). "
        f"A table needs at least the columns Date, Ticker, Close and Currency, or Date, Currency and Rate."
    )


def _own_prices(source: Source, header: Header) -> Iterator[Row]:
    place = {
        name: header.find(*names)
        for name, names in {
            "ticker": ("Ticker", "Symbol", "ISIN"),
            "close": ("Close", "Price"),
            "currency": ("Currency",),
            "adjusted": ("Adjusted",),
        }.items()
    }
    yield from _prices(source, header, header.index("Date"), place)


def _yahoo(source: Source, header: Header) -> Iterator[Row]:
    # Close is adjusted for splits. Adj Close is adjusted for dividends too: nobody ever paid it.
    yield from _prices(source, header, header.index("Date"), {"close": header.index("Close")})


def _stooq(source: Source, header: Header) -> Iterator[Row]:
    yield from _prices(source, header, 0, {"close": 4})


def _prices(
    source: Source, header: Header, day_at: int, place: dict[str, int | None]
) -> Iterator[Row]:
    records = list(source.records(header))
    mark = decimal_mark(cell(cells, place["close"]) for _, cells in records)
    others = {name: header.find(name) for name in ("Open", "High", "Low", "Volume")}
    for line, cells in records:
        text = cell(cells, place["close"])
        try:
            day = _day(cell(cells, day_at))
            if text.lower() in NO_PRICE:
                yield Ignored(line, "there is no price of that day")
                continue
            yield PriceRow(
                line,
                cell(cells, place.get("ticker")),
                day,
                _positive(text, mark),
                cell(cells, place.get("currency")),
                _flag(cell(cells, place.get("adjusted"))),
                *(_optional(cell(cells, at), mark) for at in others.values()),
            )
        except ValueError as error:
            yield Reject(line, str(error))


def _own_rates(source: Source, header: Header) -> Iterator[Row]:
    day, currency, rate = (header.index(name) for name in ("Date", "Currency", "Rate"))
    records = list(source.records(header))
    mark = decimal_mark(cell(cells, rate) for _, cells in records)
    for line, cells in records:
        try:
            yield RateRow(
                line,
                _day(cell(cells, day)),
                _currency(cell(cells, currency)),
                _positive(cell(cells, rate), mark),
            )
        except ValueError as error:
            yield Reject(line, str(error))


def _own_splits(source: Source, header: Header) -> Iterator[Row]:
    day, new, old = (header.index(name) for name in ("Date", "New", "Old"))
    ticker = header.index("Ticker", "Symbol", "ISIN")
    for line, cells in source.records(header):
        try:
            yield SplitRow(
                line,
                cell(cells, ticker),
                _day(cell(cells, day)),
                _units(cell(cells, new)),
                _units(cell(cells, old)),
            )
        except ValueError as error:
            yield Reject(line, str(error))


def _ecb(source: Source, header: Header) -> Iterator[Row]:
    """A day a row and a currency a column: each row counts once for every rate in it."""
    for line, cells in source.records(header):
        for currency, text in zip(header.cells[1:], cells[1:], strict=False):
            if not currency or text.strip() in {"", "N/A"}:
                continue
            try:
                yield RateRow(line, _day(cell(cells, 0)), _currency(currency), _positive(text, "."))
            except ValueError as error:
                yield Reject(line, str(error))


def _day(text: str) -> date:
    return parse_instant(text, "%d.%m.%Y", "%Y%m%d").date()


def _positive(text: str, mark: DecimalMark | None) -> Decimal:
    value = parse_number(text, mark)
    if value is None or value <= 0:
        raise NumberError(f"“{text}” is not a price")
    return value


def _units(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < len(text) <= LONGEST_UNITS and int(text)):
        raise ValueError(f"“{text[:40]}” is not a whole number of units")
    return int(text)


def _optional(text: str, mark: DecimalMark | None) -> Decimal | None:
    return None if text.lower() in NO_PRICE else parse_number(text, mark)


def _flag(text: str) -> bool | None:
    if text.lower() in _EXACT_TRUE | _EXACT_FALSE:
        return text.lower() in _EXACT_TRUE
    if text:
        raise ValueError(f"the column “Adjusted” says “{text}”, which is neither yes nor no")
    return None


def _currency(text: str) -> str:
    if text == "EUR":
        raise ValueError("rates are per euro, so the euro has none")
    if not is_money(text):
        raise ValueError(f"“{text}” is not a currency")
    return text


def _all_of(*groups: Iterable[str]) -> Callable[[list[str]], bool]:
    """A predicate: at least one name of each group is among the cells."""

    def matches(cells: list[str]) -> bool:
        found = {one.casefold() for one in cells}
        return all(found & set(group) for group in groups)

    return matches


def _is_stooq(cells: Sequence[str]) -> bool:
    found = tuple(one.casefold() for one in cells)
    return found[:5] in {_STOOQ, _STOOQ_POLISH} and len(found) <= len(_STOOQ) + 1


def _is_ecb(cells: Sequence[str]) -> bool:
    codes = [one for one in cells[1:] if one]
    return cells[0] == "Date" and len(codes) >= LEAST_RATES and all(map(is_money, codes))


FORMATS = (
    Format(
        "splits",
        "our splits",
        adjusted=False,
        needs_ticker=False,
        matches=_all_of(["date"], ["new"], ["old"], ["ticker", "symbol", "isin"]),
        read=_own_splits,
    ),
    Format(
        "rates",
        "our exchange rates",
        adjusted=False,
        needs_ticker=False,
        matches=has_columns("Date", "Currency", "Rate"),
        read=_own_rates,
    ),
    Format(
        "ecb",
        "the history of the European Central Bank",
        adjusted=False,
        needs_ticker=False,
        matches=_is_ecb,
        read=_ecb,
    ),
    Format(
        "yahoo",
        "Yahoo",
        adjusted=True,
        needs_ticker=True,
        matches=has_columns("Date", "Open", "High", "Low", "Close", "Adj Close"),
        read=_yahoo,
    ),
    Format("stooq", "Stooq", adjusted=True, needs_ticker=True, matches=_is_stooq, read=_stooq),
    Format(
        "prices",
        "our prices",
        adjusted=False,
        needs_ticker=False,
        matches=_all_of(["date"], ["close", "price"], ["ticker", "symbol", "isin", "currency"]),
        read=_own_prices,
    ),
)
