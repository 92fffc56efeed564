"""Importing files of prices and exchange rates: every row is accounted for, and a file is all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby

from django.db import transaction

from pricing.corrections import add_split
from pricing.models import IMPORTED, Instrument
from pricing.money import is_isin
from pricing.price_formats import (
    ZIP,
    Format,
    Ignored,
    PriceRow,
    RateRow,
    Reject,
    Row,
    SplitRow,
    recognise,
)
from pricing.providers import ecb
from pricing.providers.base import Quote, quote
from pricing.readers import ImporterError, Source
from pricing.writing import Series, store_quotes, store_rates

LONGEST_CURRENCY = 12


@dataclass(frozen=True)
class PriceChoices:
    """What the file does not say, or says for others.

    With a ticker, rows about another one are rejected. ``adjusted`` overrides the format's rule.
    """

    ticker: str = ""
    currency: str = ""
    source: str = ""
    adjusted: bool | None = None
    keep_rejects: bool = False


@dataclass
class PriceFileResult:
    """``rows`` is the sum of all other counts, unless nothing was stored because of rejects."""

    file: str
    format: str = ""
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    ignored: int = 0
    rejects: list[Reject] = field(default_factory=list)
    is_stored: bool = True

    @property
    def rejected(self) -> int:
        return len(self.rejects)


def import_prices(name: str, data: bytes, choices: PriceChoices, now: datetime) -> PriceFileResult:
    """Store the prices or rates of one file in one database transaction.

    With rejects nothing is stored, unless they are to be kept out. Raises ImporterError when the
    file as a whole is of no use.
    """
    if data.startswith(ZIP):
        found, rows = "ecb", _zipped(data)
    else:
        source = Source(name, data)
        format_, header = recognise(source)
        found, rows = format_.name, list(format_.read(source, header))
        choices = _settled(choices, format_)
    if choices.ticker and any(isinstance(row, RateRow) for row in rows):
        raise ImporterError("This file has exchange rates, not prices.")
    placing = _Placing(rows, choices, now.astimezone(UTC).date())
    placed = [placing.place(row) for row in rows]
    result = PriceFileResult(name, found, rows=len(rows))
    result.ignored = sum(isinstance(row, Ignored) for row in placed)
    result.rejects = [row for row in placed if isinstance(row, Reject)]
    result.is_stored = not result.rejects or choices.keep_rejects
    if result.is_stored:
        with transaction.atomic():
            prices = [row for row in placed if isinstance(row, _Placed)]
            _store_prices(result, prices, choices, now)
            rates = [row for row in placed if isinstance(row, RateRow)]
            publisher = ecb.NAME if found == "ecb" else IMPORTED
            _store_rates(result, rates, choices.source or publisher, now)
            _store_splits(result, [row for row in placed if isinstance(row, SplitRow)])
    return result


def _zipped(data: bytes) -> list[Row]:
    try:
        return [
            RateRow(line, rate.day, rate.currency, rate.rate)
            for line, rate in enumerate(ecb.from_zip(data), start=2)
        ]
    except (ValueError, LookupError) as error:
        raise ImporterError(
            f"This zip archive is not the history of the European Central Bank ({error}). "
            f"Unpack other archives first."
        ) from error


def _settled(choices: PriceChoices, format_: Format) -> PriceChoices:
    """The choices with what the format decides; ImporterError where nobody does."""
    if format_.needs_ticker and not choices.ticker:
        raise ImporterError(
            f"A file of {format_.label} does not say whose prices it has. Import it on the page of the "
            f"instrument, or name it with --ticker."
        )
    adjusted = format_.adjusted if choices.adjusted is None else choices.adjusted
    return PriceChoices(
        choices.ticker, choices.currency, choices.source, adjusted, choices.keep_rejects
    )


@dataclass(frozen=True)
class _Placed:
    ticker: str
    adjusted: bool
    quote: Quote


class _Placing:
    """Finds the instrument of each row, its currency, and what no two rows may tell differently."""

    def __init__(self, rows: Iterable[Row], choices: PriceChoices, today: date) -> None:
        named = [row.ticker for row in rows if isinstance(row, PriceRow | SplitRow)]
        self.directory = _Directory([*named, choices.ticker])
        self.choices = choices
        self.today = today
        self.seen: dict[tuple[str, date], int] = {}

    def place(self, row: Row) -> _Placed | RateRow | SplitRow | Ignored | Reject:
        try:
            if isinstance(row, SplitRow):
                return self._split(row)
            if isinstance(row, RateRow):
                self._require_first(row.currency, row)
                return row
            if isinstance(row, PriceRow):
                return self._priced(row)
        except ValueError as error:
            return Reject(row.line, str(error))
        return row

    def _priced(self, row: PriceRow) -> _Placed:
        instrument = self.directory.find(row.ticker, self.choices.ticker)
        self._require_first(instrument.ticker, row)
        adjusted = self.choices.adjusted if row.adjusted is None else row.adjusted
        return _Placed(instrument.ticker, bool(adjusted), _quote(row, instrument, self.choices))

    def _split(self, row: SplitRow) -> SplitRow:
        instrument = self.directory.find(row.ticker, self.choices.ticker)
        self._require_first(instrument.ticker, row)
        known = instrument.splits.filter(date=row.day).first()
        if known is not None and (known.numerator, known.denominator) != row[3:]:
            raise ValueError(f"there is another split of {known}")
        return row._replace(ticker=instrument.ticker)

    def _require_first(self, name: str, row: PriceRow | RateRow | SplitRow) -> None:
        if row.day > self.today:
            raise ValueError(f"{row.day} is in the future")
        line = self.seen.setdefault((name, row.day), row.line)
        if line != row.line:
            raise ValueError(f"line {line} tells {name} on {row.day} already")


class _Directory:
    """The instruments that a file names, by ticker or ISIN."""

    def __init__(self, names: Iterable[str]) -> None:
        names = {name for name in names if name}
        self.by_name = {
            instrument.isin: instrument
            for instrument in Instrument.objects.filter(isin__in=filter(is_isin, names))
        }
        self.by_name |= {
            instrument.ticker: instrument
            for instrument in Instrument.objects.filter(ticker__in=names)
        }

    def find(self, name: str, chosen: str) -> Instrument:
        """The instrument of a row; ValueError says why there is none."""
        if not (name or chosen):
            raise ValueError("the row does not say whose price it is")
        found = self.by_name.get(name or chosen)
        if found is None:
            raise ValueError(
                f"there is no instrument “{name or chosen}”: import its transactions first"
            )
        if chosen and found.ticker != chosen:
            raise ValueError(f"it is about {found.ticker}, not about {chosen}")
        return found


def _quote(row: PriceRow, instrument: Instrument, choices: PriceChoices) -> Quote:
    currency = row.currency or choices.currency or instrument.currency
    if not currency:
        raise ValueError(
            f"the currency is missing: add a column Currency, or set that of {instrument.ticker}"
        )
    if not (currency.isalnum() and len(currency) <= LONGEST_CURRENCY):
        raise ValueError(f"“{currency[:40]}” is not a currency")
    others: dict[str, Decimal | None] = {
        "open": row.open, "high": row.high, "low": row.low, "volume": row.volume,
    }  # fmt: skip
    found = quote(row.day, row.close, currency, **others)
    if not found.close:
        raise ValueError("the price is too small to be kept")
    return found


def _store_prices(
    result: PriceFileResult, placed: list[_Placed], choices: PriceChoices, now: datetime
) -> None:
    def key(row: _Placed) -> tuple[str, bool]:
        return row.ticker, row.adjusted

    counts: Counter[str] = Counter()
    for (ticker, adjusted), rows in groupby(sorted(placed, key=key), key):
        series = Series(ticker, choices.source or IMPORTED, adjusted, now)
        stored = store_quotes(series, [row.quote for row in rows])
        counts.update(stored._replace(since=None)._asdict() | {"since": 0})
    result.new += counts["new"]
    result.changed += counts["changed"]
    result.unchanged += counts["unchanged"]
    result.quarantined += counts["quarantined"]


def _store_rates(result: PriceFileResult, rates: list[RateRow], source: str, now: datetime) -> None:
    if not rates:
        return
    stored = store_rates([ecb.DailyRate(*row[1:]) for row in rates], source, now)
    result.new += stored.new
    result.changed += stored.changed
    result.unchanged += stored.unchanged


def _store_splits(result: PriceFileResult, rows: list[SplitRow]) -> None:
    for row in rows:
        instrument = Instrument.objects.get(ticker=row.ticker)
        if instrument.splits.filter(date=row.day).exists():
            result.unchanged += 1
        else:
            add_split(instrument, row.day, row.numerator, row.denominator, IMPORTED)
            result.new += 1
