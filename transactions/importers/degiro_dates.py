"""DEGIRO's dates: ``dd-mm-yyyy`` and ``hh:mm`` in two columns, local time of the account."""

import re
from datetime import datetime
from functools import lru_cache

from transactions.importers.base import RowError

# The first column of both exports in the languages of DEGIRO; the other names vary too much to rely on.
DATE_COLUMN = frozenset({"date", "datum", "fecha", "data", "dato"})

_DATE = re.compile(r"^(\d{1,2})[-./](\d{1,2})[-./](\d{4})$")
_TIME = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$")


def moment(date: str, time: str) -> datetime:
    """The time of a row by its two cells; RowError names what they should look like."""
    year, month, day = _day(date.strip())
    hour, minute, second = _clock(time.strip())
    try:
        # Naive on purpose: local time, placed by the account's time zone later.
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
    except ValueError as error:
        raise RowError(f"“{date.strip()} {time.strip()}” is not a date") from error


# A year has few days and a day few minutes: most rows share both with others.
@lru_cache(maxsize=4096)
def _day(text: str) -> tuple[int, int, int]:
    found = _DATE.match(text)
    if found is None:
        raise RowError(f"“{text}” is not a date like 31-12-2025")
    return int(found[3]), int(found[2]), int(found[1])


@lru_cache(maxsize=2048)
def _clock(text: str) -> tuple[int, int, int]:
    found = _TIME.match(text or "00:00")
    if found is None:
        raise RowError(f"“{text}” is not a time like 09:30")
    return int(found[1]), int(found[2]), int(found[3] or 0)
