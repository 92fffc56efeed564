"""Instants of OFX: ``20240131``, ``20240131153005.123[-5:EST]``."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from transactions.importers.base import RowError

_DATE = re.compile(
    r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?(?:\.\d+)?)?\s*(?:\[([+-]?\d{1,2}(?:\.\d+)?)[^\]]*\])?"
)
_MADE_UP_TIMES = frozenset({(0, 0, 0), (12, 0, 0)})


def moment(text: str) -> tuple[datetime, bool]:
    """The instant, or the day alone where the time is midnight or noon. Raises ValueError for all else."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise _none(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    offset = timedelta(minutes=int(Decimal(found[7] or 0) * 60))
    try:
        day_alone = datetime(year, month, day)  # noqa: DTZ001 - the account's day
        zone = timezone(offset) if offset else UTC
        instant = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        raise _none(text) from None
    return (day_alone, False) if (hour, minute, second) in _MADE_UP_TIMES else (instant, True)


def _none(text: str) -> RowError:
    return RowError(f"“{text[:40]}” is not a date of OFX (YYYYMMDDHHMMSS)")
