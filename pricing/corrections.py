"""What people do about prices: enter, delete, judge, and tell of splits.

Each in one database transaction, in which whoever values by prices learns what changed.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Min

from pricing.models import MANUAL, Instrument, PriceHistory, Split
from pricing.quarantine import release
from pricing.signals import prices_changed


@transaction.atomic
def enter_price(
    instrument: Instrument, day: date, price: Decimal, currency: str, now: datetime
) -> Decimal | None:
    """Store a price by hand, per unit as on that day; returns the one by hand that it replaces."""
    _lock(instrument.ticker)
    rows = PriceHistory.objects.filter(instrument=instrument, date=day, source=MANUAL)
    before = rows.values_list("close_price", flat=True).first()
    PriceHistory.objects.update_or_create(
        instrument=instrument,
        date=day,
        source=MANUAL,
        defaults={"close_price": price, "currency": currency, "quarantine": "", "created_at": now},
    )
    tell(instrument.ticker, day)
    return before


@transaction.atomic
def delete_price(row: PriceHistory) -> None:
    """Remove a price; the next source or the price of an earlier day takes its place."""
    row.delete()
    tell(row.instrument.ticker, row.date)


@transaction.atomic
def accept_price(row: PriceHistory) -> None:
    """Believe a price in quarantine, and with it later ones that fit it."""
    _lock(row.instrument.ticker)
    PriceHistory.objects.filter(pk=row.pk).update(quarantine="")
    tell(row.instrument.ticker, row.date)


@transaction.atomic
def reject_price(row: PriceHistory) -> None:
    """Delete a price in quarantine. It was not in use, so nothing changes."""
    PriceHistory.objects.filter(pk=row.pk).exclude(quarantine="").delete()


@transaction.atomic
def choose_provider(
    instrument: Instrument, provider: str, provider_symbol: str, currency: str
) -> None:
    """Set who is asked for prices, under which symbol; what was asked before no longer counts.

    Stored prices stay, but those of the instrument's provider outrank those of a former one.
    """
    _lock(instrument.ticker)
    before = (instrument.provider, instrument.provider_symbol, instrument.currency)
    if before == (provider, provider_symbol, currency):
        return
    instrument.provider, instrument.provider_symbol = provider, provider_symbol
    instrument.currency = currency
    instrument.prices_since, instrument.price_error = None, ""
    instrument.save(
        update_fields=("provider", "provider_symbol", "currency", "prices_since", "price_error")
    )
    first = _first_day(instrument)
    if first is not None and before[0] != provider:
        tell(instrument.ticker, first)


def describe(instrument: Instrument, name: str, asset_type: str) -> None:
    """Say what it is; prices and ledgers do not depend on that."""
    instrument.name, instrument.asset_type = name, asset_type or instrument.asset_type
    instrument.save(update_fields=("name", "asset_type"))


@transaction.atomic
def add_split(
    instrument: Instrument, day: date, numerator: int, denominator: int, source: str = MANUAL
) -> None:
    """From a day on, ``denominator`` old units are ``numerator`` new ones."""
    _lock(instrument.ticker)
    Split.objects.create(
        instrument=instrument,
        date=day,
        numerator=numerator,
        denominator=denominator,
        source=source,
    )
    tell_split(instrument, day)


@transaction.atomic
def delete_split(split: Split) -> None:
    _lock(split.instrument.ticker)
    split.delete()
    tell_split(split.instrument, split.date)


def _lock(ticker: str) -> None:
    """One at a time: a refresh must not judge by what is about to change."""
    Instrument.objects.select_for_update(no_key=True).get(ticker=ticker)


def tell(ticker: str, since: date) -> None:
    """Say that prices changed, after letting go of what is believed beside them now."""
    released = release(ticker)
    since = min(since, released) if released else since
    prices_changed.send(sender=None, since={ticker: since})


def tell_split(instrument: Instrument, day: date) -> None:
    """A split may change what adjusted prices before it mean, down to the first one."""
    tell(instrument.ticker, min(_first_day(instrument) or day, day))


def _first_day(instrument: Instrument) -> date | None:
    rows = PriceHistory.objects.filter(instrument=instrument)
    first: date | None = rows.aggregate(first=Min("date"))["first"]
    return first
