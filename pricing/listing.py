"""What the price pages list, and the picture of a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.db.models import DateField, Exists, OuterRef, Q, QuerySet, Subquery

from pricing.assets import AssetType
from pricing.closes import Close, close_series, closes_on, price_in_units_of, splits_of
from pricing.models import Instrument, InstrumentQuerySet, PriceHistory, Split
from pricing.staleness import is_stale, oldest_fresh

INSTRUMENTS_A_PAGE = 50
PRICES_A_PAGE = 50
CHART_DAYS = 365
CHART_WIDTH, CHART_HEIGHT = 1000, 200


@dataclass(frozen=True)
class PriceLine:
    """One instrument with its last good price; ``close`` is None while there is none."""

    instrument: Instrument
    close: Close | None
    days_old: int
    is_held: bool
    is_stale: bool
    is_waiting: bool


def priced(user_id: int, on: date) -> InstrumentQuerySet:
    """The user's instruments with ``is_held``, ``last_day`` of a good price and ``is_waiting``."""
    rows = PriceHistory.objects.filter(instrument=OuterRef("ticker"))
    good = rows.filter(quarantine="", date__lte=on).order_by("-date").values("date")[:1]
    return (
        Instrument.objects.owned_by(user_id)
        .with_is_held(user_id)
        .annotate(
            last_day=Subquery(good, output_field=DateField()),
            is_waiting=Exists(rows.exclude(quarantine="")),
        )
        .order_by("ticker")
    )


def stale(on: date) -> Q:
    """What is held and has a price that is too old for its kind."""
    too_old = Q()
    for kind in AssetType:
        too_old |= Q(asset_type=kind, last_day__lt=oldest_fresh(kind, on))
    return Q(is_held=True) & too_old


MISSING = Q(is_held=True, last_day=None)


def price_lines(found: InstrumentQuerySet, on: date, number: str) -> Page[PriceLine]:
    """A page of the list; its prices are read at once."""
    page: Page[Instrument] = Paginator(found, INSTRUMENTS_A_PAGE).get_page(number)
    instruments = list(page.object_list)
    closes = closes_on([one.ticker for one in instruments], on)
    lines = [line_of(one, closes.get(one.ticker), on) for one in instruments]
    page.object_list = lines  # type: ignore[assignment] # what the template reads
    return page  # type: ignore[return-value]


def line_of(instrument: Instrument, close: Close | None, on: date) -> PriceLine:
    is_held = getattr(instrument, "is_held", False)
    return PriceLine(
        instrument,
        close,
        (on - close.day).days if close else 0,
        is_held,
        close is not None and is_held and is_stale(instrument.asset_type, close.day, on),
        getattr(instrument, "is_waiting", False),
    )


def price_rows(instrument: Instrument, number: str) -> Page[PriceHistory]:
    """All prices of all sources, newest first."""
    rows = PriceHistory.objects.filter(instrument=instrument).order_by("-date", "source")
    return Paginator(rows, PRICES_A_PAGE).get_page(number)


def waiting_rows(user_id: int) -> QuerySet[PriceHistory]:
    """The prices in quarantine of the user's instruments, oldest first: later ones depend on them."""
    owned = Instrument.objects.owned_by(user_id).values("ticker")
    rows = PriceHistory.objects.exclude(quarantine="").filter(instrument__ticker__in=owned)
    return rows.select_related("instrument").order_by("instrument", "date", "source")


def splits_without_record(instrument: Instrument, user_id: int) -> list[date]:
    """Days of SPLIT rows in the user's ledger for which the instrument has no split."""
    rows = Instrument.objects.filter(
        pk=instrument.pk,
        transaction__transaction_type="SPLIT",
        transaction__account__owner=user_id,
    )
    days = set(rows.values_list("transaction__trade_date", flat=True))
    known = Split.objects.filter(instrument=instrument).values_list("date", flat=True)
    # A broker may book it a few days later.
    return sorted(day for day in days if not any(abs((day - other).days) <= 7 for other in known))


@dataclass(frozen=True)
class Chart:
    """The last year in units of today as the points of a line, the highest price at the top."""

    points: str
    low: Decimal
    high: Decimal
    first: date
    last: date
    currency: str


def chart(instrument: Instrument, on: date) -> Chart | None:
    """None when there are fewer than two days in the currency of the last one."""
    start = on - timedelta(days=CHART_DAYS)
    series = close_series([instrument.ticker], start, on)[instrument.ticker]
    closes = [close for close in series if close.day >= start]
    closes = [close for close in closes if close.currency == closes[-1].currency]
    if len(closes) < 2:
        return None
    splits = splits_of([instrument.ticker])[instrument.ticker]
    prices = [price_in_units_of(close, splits, on) for close in closes]
    return Chart(
        points([close.day for close in closes], prices),
        min(prices),
        max(prices),
        closes[0].day,
        closes[-1].day,
        closes[-1].currency,
    )


def points(days: Sequence[date], prices: Sequence[Decimal]) -> str:
    """``x,y`` pairs in a box of CHART_WIDTH by CHART_HEIGHT; a constant price runs in the middle."""
    low, high = min(prices), max(prices)
    span = (days[-1] - days[0]).days
    pairs = []
    for day, price in zip(days, prices, strict=True):
        x = CHART_WIDTH * (day - days[0]).days // span
        y = (high - price) / (high - low) * CHART_HEIGHT if high != low else CHART_HEIGHT / 2
        pairs.append(f"{x},{round(y)}")
    return " ".join(pairs)
