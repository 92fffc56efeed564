"""DEGIRO's dates: ``dd-mm-yyyy`` and ``hh:mm`` in two columns, local time of the account."""

import re
from datetime import datetime

from transactions.importers.base import RowError

# The first column of both exports in the languages of DEGIRO; the other names vary too much to rely on.
DATE_COLUMN = frozenset({"date", "datum", "fecha", "data", "dato"})

_DATE = re.compile(r"^(\d{1,2})[-./](\d{1,2})[-./](\d{4})$")
_TIME = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$")


class Moments:
    """Reads dates and times; many rows share one minute, so what was read is kept."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], datetime] = {}

    def at(self, date: str, time: str) -> datetime:
        key = (date, time)
        moment = self._read.get(key)
        if moment is None:
            moment = self._read[key] = _moment(date.strip(), time.strip())
        return moment


def _moment(date: str, time: str) -> datetime:
    day = _DATE.match(date)
    if day is None:
        raise RowError(f"“{date}” is not a date like 31-12-2025")
    clock = _TIME.match(time or "00:00")
    if clock is None:
        raise RowError(f"“{time}” is not a time like 09:30")
    try:
        # Naive on purpose: local time, placed by the account's time zone later.
        return datetime(  # noqa: DTZ001
            int(day[3]), int(day[2]), int(day[1]), int(clock[1]), int(clock[2]), int(clock[3] or 0)
        )
    except ValueError as error:
        raise RowError(f"“{date} {time}” is not a date") from error
