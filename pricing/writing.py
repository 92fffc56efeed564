"""Storing prices and rates: exactly what changed, judged, and told to whoever values by them.

All of it in one database transaction, in which the signals are sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from pricing.bulk import copy_rows
from pricing.closes import Close, close_of
from pricing.models import IMPORTED, ExchangeRate, Instrument, PriceHistory
from pricing.money import LARGEST, ZERO
from pricing.providers.base import Quote
from pricing.providers.ecb import DailyRate
from pricing.quarantine import Judge
from pricing.signals import prices_changed, rates_changed

WRITTEN = (
    "open_price", "high_price", "low_price", "close_price", "volume", "currency",
    "adjusted_for_splits", "quarantine", "created_at",
)  # fmt: skip
RATES_A_STATEMENT = 5_000


class Series(NamedTuple):
    """Whose prices they are, from whom, in which units, and when they were recorded."""

    ticker: str
    source: str
    adjusted_for_splits: bool
    recorded: datetime

    def unit_day(self, day: date) -> date:
        return self.recorded.astimezone(UTC).date() if self.adjusted_for_splits else day

    def close(self, quote: Quote) -> Close:
        return Close(
            quote.day,
            quote.close,
            quote.currency,
            self.source,
            self.adjusted_for_splits,
            self.unit_day(quote.day),
        )


class Stored(NamedTuple):
    """What became of the quotes; the five counts add up to their number.

    ``since`` is the first day on which the price in use may be another one now.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    unusable: int = 0
    since: date | None = None


@transaction.atomic
def store_quotes(series: Series, quotes: Iterable[Quote]) -> Stored:
    """Add or replace prices of one series; those of other sources are never touched.

    A price that jumps waits in quarantine; one of zero or less is no price. A row that did not
    change keeps what a person decided about it.
    """
    # Two refreshes at once would judge beside the same last price.
    Instrument.objects.select_for_update(no_key=True).get(ticker=series.ticker)
    by_day = {quote.day: quote for quote in quotes}
    usable = sorted(quote for quote in by_day.values() if ZERO < quote.close < LARGEST)
    unusable = len(by_day) - len(usable)
    if not usable:
        return Stored(unusable=unusable)
    judge = Judge(series.ticker, usable[0].day)
    known = _known(series, usable[0].day, usable[-1].day)
    judged = [_judged(series, quote, known.get(quote.day), judge) for quote in usable]
    PriceHistory.objects.bulk_create(
        [one.row for one in judged if one.row is not None],
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=("instrument", "date", "source"),
        update_fields=WRITTEN,
    )
    since = next((one.day for one in judged if one.is_felt), None)
    if since is not None:
        prices_changed.send(sender=None, since={series.ticker: since})
    counts = Counter(one.verdict for one in judged)
    return Stored(
        counts["new"],
        counts["changed"],
        counts["unchanged"],
        counts["quarantined"],
        unusable,
        since,
    )


class _Judged(NamedTuple):
    """What becomes of one quote: the row to write, and whether another price is in use then."""

    day: date
    verdict: str
    row: PriceHistory | None = None
    is_felt: bool = False


def _judged(series: Series, quote: Quote, before: PriceHistory | None, judge: Judge) -> _Judged:
    close = series.close(quote)
    if before is not None and judge.are_equal(close_of(before), close):
        judge.note(close, before.quarantine)
        return _Judged(quote.day, "unchanged")
    reason = judge.doubt(close)
    judge.note(close, reason)
    verdict = "quarantined" if reason else "new" if before is None else "changed"
    was_used = before is not None and not before.quarantine
    return _Judged(quote.day, verdict, _row(series, quote, reason), was_used or not reason)


def _known(series: Series, first: date, last: date) -> dict[date, PriceHistory]:
    rows = PriceHistory.objects.filter(
        instrument__ticker=series.ticker, source=series.source, date__range=(first, last)
    )
    return {row.date: row for row in rows}


def _row(series: Series, quote: Quote, reason: str) -> PriceHistory:
    return PriceHistory(
        instrument_id=series.ticker,
        date=quote.day,
        open_price=quote.open,
        high_price=quote.high,
        low_price=quote.low,
        close_price=quote.close,
        volume=quote.volume,
        currency=quote.currency,
        source=series.source,
        adjusted_for_splits=series.adjusted_for_splits,
        quarantine=reason[:200],
        created_at=series.recorded,
    )


class StoredRates(NamedTuple):
    """The counts add up to the number of rates; ``since`` is the first changed day per currency."""

    new: int
    changed: int
    unchanged: int
    since: dict[str, date]


@transaction.atomic
def store_rates(rates: Sequence[DailyRate], source: str, recorded: datetime) -> StoredRates:
    """Write the rates that are new or differ.

    There is one rate per currency and day, whoever published it. A rate from a file replaces any
    other; one of a provider only its own.
    """
    with connection.cursor() as cursor:
        # Of two refreshes at once the second one waits, and finds the rates of the first.
        cursor.execute("LOCK TABLE exchange_rates IN SHARE ROW EXCLUSIVE MODE")
    by_key = {(rate.currency, rate.day): rate.rate for rate in rates}
    known = _known_rates(by_key)
    new = {key: rate for key, rate in by_key.items() if key not in known}
    changed = {
        key: rate
        for key, rate in by_key.items()
        if key in known and known[key].rate != rate and source in {known[key].source, IMPORTED}
    }
    copy_rows(
        "exchange_rates",
        ("currency", "date", "rate", "source", "created_at"),
        ((*key, rate, source, recorded) for key, rate in new.items()),
    )
    _replace_rates(changed, source)
    since: dict[str, date] = {}
    for currency, day in [*new, *changed]:
        since[currency] = min(day, since.get(currency, day))
    if since:
        rates_changed.send(sender=None, since=since)
    return StoredRates(len(new), len(changed), len(by_key) - len(new) - len(changed), since)


class _KnownRate(NamedTuple):
    rate: Decimal
    source: str


def _replace_rates(changed: Mapping[tuple[str, date], Decimal], source: str) -> None:
    ExchangeRate.objects.bulk_create(
        [
            ExchangeRate(currency=currency, date=day, rate=rate, source=source)
            for (currency, day), rate in changed.items()
        ],
        batch_size=RATES_A_STATEMENT,
        update_conflicts=True,
        unique_fields=("currency", "date"),
        update_fields=("rate", "source", "created_at"),
    )


def _known_rates(
    wanted: Collection[tuple[str, date]],
) -> dict[tuple[str, date], _KnownRate]:
    days = [day for _, day in wanted]
    rows = ExchangeRate.objects.filter(
        currency__in={currency for currency, _ in wanted},
        date__range=(min(days, default=date.min), max(days, default=date.min)),
    )
    columns = ("currency", "date", "rate", "source")
    return {
        (currency, day): _KnownRate(rate, source)
        for currency, day, rate, source in rows.values_list(*columns)
    }
