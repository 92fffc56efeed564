"""Whether a stored or a new price is believed beside the last good one of its instrument."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings

from pricing.closes import Close, close_of, close_series, closes_on, price_in_units_of, splits_of
from pricing.jumps import doubt
from pricing.models import PriceHistory

# After so long without any price every move is possible, only another unit still shows.
JUMP_DAYS = timedelta(days=90)


class Judge:
    """Compares each price with the last good one before it, both in the same units."""

    def __init__(self, ticker: str, first: date) -> None:
        """Knows what is before ``first``; what comes then is for ``note``, oldest first."""
        self.splits = splits_of([ticker])[ticker]
        self.last = closes_on([ticker], first - timedelta(days=1)).get(ticker)
        rows = PriceHistory.objects.filter(instrument__ticker=ticker, date__lt=first)
        # Also one in quarantine: as long as the jump is not judged, time does not make it true.
        self.last_day = rows.order_by("-date").values_list("date", flat=True).first()

    def doubt(self, close: Close) -> str:
        """Why the price is not believed, or ``""``."""
        if self.last is None or self.last_day is None or self.last.currency != close.currency:
            return ""
        is_near = close.day - self.last_day <= JUMP_DAYS
        last = price_in_units_of(self.last, self.splits, close.unit_day)
        return doubt(last, close.price, settings.PRICE_JUMP_FACTOR if is_near else None)

    def note(self, close: Close, reason: str) -> None:
        self.last_day = close.day
        if not reason:
            self.last = close

    def are_equal(self, one: Close, other: Close) -> bool:
        """Whether two prices of a day say the same about a unit of that day."""
        return one.currency == other.currency and price_in_units_of(
            one, self.splits, one.day
        ) == price_in_units_of(other, self.splits, other.day)


def release(ticker: str) -> date | None:
    """Let go of prices in quarantine that fit what is known now, after a judgement or a split.

    Returns the first day that has a price more.
    """
    rows = list(
        PriceHistory.objects.filter(instrument__ticker=ticker)
        .exclude(quarantine="")
        .order_by("date", "source")
    )
    if not rows:
        return None
    judge = Judge(ticker, rows[0].date)
    good = close_series([ticker], rows[0].date, rows[-1].date)[ticker]
    good = [close for close in good if close.day >= rows[0].date]
    released = []
    for row in rows:
        while good and good[0].day < row.date:
            judge.note(good.pop(0), "")
        close = close_of(row)
        reason = judge.doubt(close) if judge.last is not None else row.quarantine
        judge.note(close, reason)
        if not reason:
            released.append(row)
    PriceHistory.objects.filter(pk__in=[row.pk for row in released]).update(quarantine="")
    return released[0].date if released else None
