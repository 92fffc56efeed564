"""Prices and exchange rates, fetched in the background while they change."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.types import JSONValue

from pricing.assets import AssetType
from pricing.models import Instrument, InstrumentQuerySet
from pricing.refresh import needed_days, refresh_prices, refresh_rates

logger = logging.getLogger(__name__)

SATURDAY = 5
# The European Central Bank publishes at about 16:00 in Frankfurt, an hour or two before this.
RATES_AT = "30 16 * * 1-5"
HALF_AN_HOUR = 30 * 60


class RatesUnavailableError(Exception):
    """The rates could not be fetched; the job is tried again."""


@app.task(queue="prices", queueing_lock="fetch_prices")
def fetch_prices(timestamp: int) -> None:
    """Ask the providers of what is traded now. Answers are stored one by one; a failure stops none."""
    now = datetime.fromtimestamp(timestamp, UTC)
    _fetch(due(now), now)


@app.task(queue="prices")
def fetch_now(tickers: Sequence[str]) -> None:
    """Ask for what somebody wants to see now, whatever the hour."""
    now = datetime.now(UTC)
    _fetch(Instrument.objects.filter(ticker__in=tickers).exclude(provider=""), now)


def _fetch(instruments: InstrumentQuerySet, now: datetime) -> None:
    for one in refresh_prices(needed_days(instruments, now.date()), now):
        if one.error:
            logger.warning("%s has no new price: %s", one.ticker, one.error)


def queue_fetch(tickers: Collection[str], who: str) -> bool:
    """Have a worker ask for prices; False when ``who`` (a user, an instrument) waits for that already."""
    try:
        # A savepoint: the refusal must not undo what it happens in.
        with transaction.atomic():
            job = fetch_now.configure(queueing_lock=f"fetch_now-{who}")
            names: list[JSONValue] = [*sorted(tickers)]
            job.defer(tickers=names)
    except AlreadyEnqueued:
        return False
    return True


# 0 leaves it to manage.py fetch_prices.
if settings.PRICE_REFRESH_MINUTES:
    app.periodic(cron=f"*/{settings.PRICE_REFRESH_MINUTES} * * * *")(fetch_prices)


def due(now: datetime) -> InstrumentQuerySet:
    """Instruments with a provider whose market may be open: crypto always, others by day and hour.

    Which exchange trades an instrument is not known. The hours, in UTC, span from the opening in Europe
    to after the close in America, and a holiday costs some requests that answer nothing new.
    """
    found = Instrument.objects.exclude(provider="")
    first, last = settings.PRICE_REFRESH_HOURS
    if now.weekday() < SATURDAY and first <= now.hour < last:
        return found
    return found.filter(asset_type=AssetType.CRYPTO)


@app.periodic(cron=RATES_AT)
@app.task(
    queue="prices",
    queueing_lock="fetch_rates",
    retry=RetryStrategy(max_attempts=4, wait=HALF_AN_HOUR),
)
def fetch_rates(timestamp: int) -> None:
    """Fetch the exchange rates that are missing until today."""
    result = refresh_rates(datetime.fromtimestamp(timestamp, UTC))
    if result.error:
        raise RatesUnavailableError(result.error)


def queue_rates() -> bool:
    """Have a worker fetch the rates; False when that waits already."""
    try:
        with transaction.atomic():
            fetch_rates.configure().defer(timestamp=int(datetime.now(UTC).timestamp()))
    except AlreadyEnqueued:
        return False
    return True
