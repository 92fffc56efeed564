"""Dates as people and programs write them, for tables of which only their owner knows the format."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

from transactions.importers.base import RowError

_DAY = re.compile(r"(\d{1,4})\s*[./\- ]\s*(\d{1,2}|[^\W\d_]{2,10})\.?,?\s*[./\- ]\s*(\d{1,4})")
_AMERICAN = re.compile(r"([^\W\d_]{2,10})\.?\s+(\d{1,2}),?\s+(\d{4})")
_TIME = re.compile(
    r"[T,\s]*(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AaPp])?\.?[Mm]?\.?\s*"
    r"(?:([A-Z]{1,4})|(?:UTC|GMT)?([+-]\d{2}(?::?\d{2})?))?(?:\s*\([^)]*\))?"
)
# Seconds or milliseconds since 1970, from 2001 on.
_EPOCH = re.compile(r"(1\d{9})(?:\d{3}|\.\d+)?", re.ASCII)
_WEEKDAY = re.compile(r"[^\W\d_]{2,9}\.?,?\s+(?=[^\W_]{1,9}\.?\s)")
# Of where brokers are; hours and minutes from Greenwich.
_ZONES = {
    **dict.fromkeys(("Z", "UTC", "GMT", "WET"), "+00:00"),
    "BST": "+01:00",
    "WEST": "+01:00",
    "CET": "+01:00",
    "CEST": "+02:00",
    "EET": "+02:00",
    "EEST": "+03:00",
    "IST": "+05:30",
    "SGT": "+08:00",
    "HKT": "+08:00",
    "JST": "+09:00",
    "AEST": "+10:00",
    "AEDT": "+11:00",
    "NZST": "+12:00",
    "NZDT": "+13:00",
    "EST": "-05:00",
    "EDT": "-04:00",
    "CST": "-06:00",
    "CDT": "-05:00",
    "MST": "-07:00",
    "MDT": "-06:00",
    "PST": "-08:00",
    "PDT": "-07:00",
}
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *(
                "jan ene gen 一月 янв",
                "feb fév 二月 фев",
                "mar mär mrt 三月 мар",
                "apr avr abr 四月 апр",
            ),
            *("may mai mei maj mag 五月 май", "jun juin giu 六月 июн", "jul juil lug 七月 июл"),
            *("aug aoû ago 八月 авг", "sep set 九月 сен", "oct okt ott out 十月 окт"),
            *("nov 十一月 ноя", "dec dez déc dic 十二月 дек"),
        ),
        start=1,
    )
    for name in names.split()
}


class DateOrder(StrEnum):
    YEAR_FIRST = "ymd"
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


# Dates repeat, times hardly do.
@lru_cache(maxsize=4096)
def moment(day: str, time: str, order: DateOrder) -> str:
    """A date of any common form, with the time behind it or in a cell of its own, in ISO's form.

    Raises RowError naming the text.
    """
    if seconds := _EPOCH.fullmatch(day.strip()):
        return datetime.fromtimestamp(int(seconds[1]), UTC).isoformat()
    found = _day(day.strip(), order) or _day(_WEEKDAY.sub("", day.strip(), count=1), order)
    if found is None:
        raise RowError(f"“{day[:40]}” is not a date")
    (year, month, number), rest = found
    text = f"{year:04}-{month:02}-{number:02}"
    clock = _TIME.fullmatch((rest.strip() or time).strip())
    if clock is None:
        if rest.strip() or time.strip():
            raise RowError(f"“{(rest or time).strip()[:40]}” is not a time")
        return text
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[4]:
        hour = hour % 12 + (12 if clock[4] in "Pp" else 0)
    zone = clock[6] or ""
    if clock[5]:
        zone = _ZONES.get(clock[5], "")
        if not zone:
            raise RowError(f"“{clock[5]}” is not a time zone that is known")
    return f"{text}T{hour:02}:{minute:02}:{second:02}{zone}"


def _day(text: str, order: DateOrder) -> tuple[tuple[int, int, int], str] | None:
    """Year, month and day at the beginning of a text, and what is behind them."""
    if found := _COMPACT.match(text):
        parts = found.groups()
    elif found := _AMERICAN.match(text):
        parts = (found[3], _month(found[1]), found[2])
    elif found := _DAY.match(text):
        parts = _sorted(found[1], found[2], found[3], order)
    else:
        return None
    year, month, day = (int(part) for part in parts)
    return (year + 2000 if year < 100 else year, month, day), text[found.end() :]


def _sorted(first: str, middle: str, last: str, order: DateOrder) -> tuple[str, str, str]:
    """Year, month and day; a part with four digits is the year wherever it stands."""
    if middle.isalpha():
        return (last, _month(middle), first) if len(first) < 3 else (first, _month(middle), last)
    if len(first) > 2 or (order is DateOrder.YEAR_FIRST and len(last) < 3):
        return first, middle, last
    return (last, first, middle) if order is DateOrder.MONTH_FIRST else (last, middle, first)


def _month(name: str) -> str:
    """The number of a month in a few languages; RowError where it is none."""
    month = _MONTHS.get(name[:4].lower()) or _MONTHS.get(name[:3].lower())
    if month is None:
        raise RowError(f"“{name}” is not a month")
    return str(month)
