"""Over which days performance is told.

Pure. A period runs from the end of its first day to the end of its last: what happened on the first day is
in the value that it starts from.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import NamedTuple

# No row of a ledger is older.
EARLIEST = date(1900, 1, 1)
ALL, CUSTOM = "all", "custom"
MONTHS = {"1m": 1, "1y": 12, "3y": 36}
LABELS = {"1m": "1M", "ytd": "YTD", "1y": "1Y", "3y": "3Y", ALL: "All"}
DEFAULT = ALL


class Period(NamedTuple):
    """``start`` is None for all there is; ``end`` is the last day that is asked for."""

    name: str
    start: date | None
    end: date


def period(name: str, today: date, since: date | None = None, until: date | None = None) -> Period:
    """The named period up to yesterday, the last day that is over, or a custom one.

    A name that is none, and custom days in the wrong order or before EARLIEST, give everything there is.
    """
    end = date.fromordinal(today.toordinal() - 1)
    if name == CUSTOM:
        last = min(until or end, end)
        if (since or EARLIEST) < last and (since is None or since >= EARLIEST):
            return Period(CUSTOM, since, last)
    if name in MONTHS:
        return Period(name, months_before(end, MONTHS[name]), end)
    if name == "ytd":
        return Period(name, date(end.year - 1, 12, 31), end)
    return Period(ALL, None, end)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of that month where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
