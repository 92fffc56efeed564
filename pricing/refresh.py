"""Asking providers for what is missing. The callers say what is needed and what time it is.

A failure never writes a price: it is kept with the instrument, and the last good price stays in use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max

from pricing.closes import Close, close_of, price_in_units_of, splits_of
from pricing.models import ExchangeRate, Instrument, InstrumentQuerySet, PriceHistory
from pricing.providers import PROVIDERS, ecb
from pricing.providers.base import Answer, Provider, ProviderDown, ProviderError, Quote, Wanted
from pricing.writing import Series, Stored, StoredRates, store_quotes, store_rates

NO_PROVIDER = "No provider is set for it."
NO_SYMBOL = "The symbol under which its provider knows it is not set."
RESTATED = (
    "Its past prices are told anew, as after a split. If there was one, add it on its page under "
    "Prices, so that the days before keep their value."
)
# An answer without prices for so many days means more than a holiday.
SILENT_DAYS = 10
# A provider that rebases its series after a split changes it by far more, a last price of a day that
# was not over yet by less.
REBASED = Decimal("1.2")
# The European Central Bank's second file reaches three months back, with a margin for holidays.
NINETY_DAYS_REACH = timedelta(days=85)
SATURDAY = 5


class Refreshed(NamedTuple):
    """What became of one instrument: counts, or the sentence that says why there are none.

    ``note``: what a person should look at although it went well.
    """

    ticker: str
    provider: str
    stored: Stored
    error: str = ""
    note: str = ""


class _Task(NamedTuple):
    instrument: Instrument
    since: date
    wanted: Wanted


def refresh_prices(needed: Mapping[str, date], now: datetime) -> list[Refreshed]:
    """Fetch what is missing from the first day on which each ticker is needed until today (UTC).

    The last stored day is asked for again, because it may not have been over. One that fails stops
    no other. Each instrument is one database transaction, in which ``prices_changed`` is sent.
    """
    tasks, results = [], []
    for instrument in Instrument.objects.filter(ticker__in=needed).order_by("provider", "ticker"):
        problem = _unaskable(instrument)
        if problem:
            results.append(Refreshed(instrument.ticker, instrument.provider, Stored(), problem))
        else:
            tasks.append((instrument, needed[instrument.ticker]))
    for name, group in groupby(tasks, key=lambda task: task[0].provider):
        results += _refresh(PROVIDERS[name], dict(group), now)
    return sorted(results)


def needed_days(instruments: InstrumentQuerySet, today: date) -> dict[str, date]:
    """The first day for which each instrument's price is needed: its first row in any ledger.

    One that nobody ever held, a benchmark, is needed as long as the oldest of all.
    """
    days = [day for day in Instrument.objects.first_days().values() if day is not None]
    oldest = min(days, default=today)
    return {ticker: day or oldest for ticker, day in instruments.first_days().items()}


def _unaskable(instrument: Instrument) -> str:
    if not instrument.provider:
        return NO_PROVIDER
    if instrument.provider not in PROVIDERS:
        known = ", ".join(PROVIDERS)
        return f"There is no provider “{instrument.provider}”. Choose one of: {known}."
    return "" if instrument.provider_symbol else NO_SYMBOL


def _refresh(
    provider: Provider, needed: Mapping[Instrument, date], now: datetime
) -> list[Refreshed]:
    last_days = _last_days(provider, [instrument.ticker for instrument in needed])
    today = now.astimezone(UTC).date()
    tasks = [
        _task(provider, instrument, since, last_days.get(instrument.ticker), today)
        for instrument, since in needed.items()
    ]
    results, again = [], []
    for task, answer in _ask(provider, tasks):
        if _is_rebased(provider, task, answer):
            again.append(task._replace(wanted=task.wanted._replace(start=task.since)))
        else:
            results.append(_settle(provider, task, answer, now))
    for task, answer in _ask(provider, again):
        results.append(_settle(provider, task, answer, now)._replace(note=RESTATED))
    return results


def _last_days(provider: Provider, tickers: Sequence[str]) -> dict[str, date]:
    rows = PriceHistory.objects.filter(instrument__ticker__in=tickers, source=provider.name)
    last = rows.values_list("instrument__ticker").annotate(last=Max("date")).order_by()
    return dict(last)


def _task(
    provider: Provider, instrument: Instrument, since: date, last: date | None, today: date
) -> _Task:
    if provider.history_days is not None:
        since = max(since, today - timedelta(days=provider.history_days))
    since = min(since, today)
    asked = instrument.prices_since
    start = since if asked is None or last is None or since < asked else max(since, last)
    wanted = Wanted(
        instrument.provider_symbol, min(start, today), today, instrument.currency.upper()
    )
    return _Task(instrument, since, wanted)


def _ask(provider: Provider, tasks: Sequence[_Task]) -> Iterator[tuple[_Task, Answer]]:
    """Every task with its answer, as many at once as the provider takes."""
    down: ProviderDown | None = None
    for place in range(0, len(tasks), provider.batch_size):
        batch = tasks[place : place + provider.batch_size]
        if down is None:
            answers = provider.fetch([task.wanted for task in batch])
            found = [answer for answer in answers.values() if isinstance(answer, ProviderDown)]
            down = found[0] if found else None
            yield from ((task, answers[task.wanted]) for task in batch)
        else:
            for task in batch:
                yield task, down


def _is_rebased(provider: Provider, task: _Task, answer: Answer) -> bool:
    """Whether a series of adjusted prices now tells another price of the last stored day.

    Then there was a split, and all older prices are in units that the provider no longer uses.
    """
    if isinstance(answer, ProviderError) or not provider.adjusted_for_splits or not answer:
        return False
    row = PriceHistory.objects.filter(
        instrument=task.instrument, source=provider.name, date=min(answer).day
    ).first()
    if row is None or not row.close_price or task.wanted.start <= task.since:
        return False
    splits = splits_of([task.instrument.ticker])[task.instrument.ticker]
    stored, told = close_of(row), min(answer)
    before = price_in_units_of(stored, splits, task.wanted.end)
    after = price_in_units_of(_today(told, task.wanted.end), splits, task.wanted.end)
    return bool(before and after) and max(before, after) / min(before, after) >= REBASED


def _today(quote: Quote, today: date) -> Close:
    return Close(quote.day, quote.close, quote.currency, "", True, today)


def _settle(provider: Provider, task: _Task, answer: Answer, now: datetime) -> Refreshed:
    """Store what was answered, or why nothing was."""
    instrument = task.instrument
    days = (task.wanted.end - task.wanted.start).days
    if not isinstance(answer, ProviderError) and not answer and days > SILENT_DAYS:
        answer = ProviderError(
            f"{provider.label} has no prices of “{task.wanted.symbol}” since {task.wanted.start}. "
            f"Check the symbol."
        )
    if isinstance(answer, ProviderError):
        Instrument.objects.filter(pk=instrument.pk).update(
            price_error=str(answer)[:400], prices_checked_at=now
        )
        return Refreshed(instrument.ticker, provider.label, Stored(), str(answer))
    series = Series(instrument.ticker, provider.name, provider.adjusted_for_splits, now)
    with transaction.atomic():
        stored = store_quotes(series, answer)
        Instrument.objects.filter(pk=instrument.pk).update(
            price_error="",
            prices_checked_at=now,
            prices_since=min(task.since, instrument.prices_since or task.since),
        )
    return Refreshed(instrument.ticker, provider.label, stored)


class RefreshedRates(NamedTuple):
    stored: StoredRates
    error: str = ""


def refresh_rates(now: datetime, *, full: bool = False) -> RefreshedRates:
    """Fetch the exchange rates that are missing until today; ``full`` compares all since 1999.

    Only new and changed ones are written, in one database transaction, in which ``rates_changed``
    is sent.
    """
    today = now.astimezone(UTC).date()
    last = ExchangeRate.objects.filter(source=ecb.NAME).aggregate(last=Max("date"))["last"]
    try:
        if full or last is None or today - last > NINETY_DAYS_REACH:
            rates = ecb.history()
        elif last >= _working_day_before(today):
            rates = ecb.latest()
        else:
            rates = ecb.ninety_days()
    except ProviderError as error:
        return RefreshedRates(StoredRates(0, 0, 0, {}), str(error))
    return RefreshedRates(store_rates(rates, ecb.NAME, now))


def _working_day_before(day: date) -> date:
    before = day - timedelta(days=1)
    while before.weekday() >= SATURDAY:
        before -= timedelta(days=1)
    return before
