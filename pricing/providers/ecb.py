"""The European Central Bank's reference rates: units per euro, on every day its payment system is open.

Three files tell the same: the last day, the last ninety days, and everything since 1999. A currency
that was not quoted on a day is missing or “N/A” there, and one that ended has no newer rates.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from defusedxml import ElementTree

from pricing.providers.base import number, understood
from pricing.providers.http import Service

NAME = "ecb"
LABEL = "The European Central Bank"
SERVICE = Service(NAME, LABEL)
DAILY, NINETY_DAYS, HISTORY = "eurofxref-daily.xml", "eurofxref-hist-90d.xml", "eurofxref-hist.zip"
# The history has 3 MB; more than this is no list of rates.
LARGEST_HISTORY = 64 * 1024 * 1024
_NOT_QUOTED = {"", "N/A"}
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


class DailyRate(NamedTuple):
    """Units of a currency per euro."""

    day: date
    currency: str
    rate: Decimal


def latest() -> list[DailyRate]:
    """The rates of the last day on which there were any."""
    return _from_xml(DAILY)


def ninety_days() -> list[DailyRate]:
    return _from_xml(NINETY_DAYS)


def history() -> list[DailyRate]:
    """All rates since 1999."""
    with understood(LABEL):
        return list(from_zip(SERVICE.get(HISTORY).content))


def _from_xml(path: str) -> list[DailyRate]:
    with understood(LABEL):
        root = ElementTree.fromstring(SERVICE.get(path).content)
        return [
            DailyRate(date.fromisoformat(day.attrib["time"]), one.attrib["currency"], rate)
            for day in root.iter(_CUBE)
            if "time" in day.attrib
            for one in day.iter(_CUBE)
            if "currency" in one.attrib and (rate := number(one.attrib["rate"])) > 0
        ]


def from_zip(data: bytes) -> Iterator[DailyRate]:
    """The rates in the zipped history. Raises ValueError when it is something else."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = archive.infolist()[0]
            if member.file_size > LARGEST_HISTORY:
                raise ValueError("the archive is too large")
            yield from from_csv(archive.read(member).decode("ascii"))
    except zipfile.BadZipFile as error:
        raise ValueError("it is no zip archive") from error


def from_csv(text: str) -> Iterator[DailyRate]:
    """The rates in the table of the history: a day a row, a currency a column."""
    rows = csv.reader(text.splitlines())
    header = [name.strip() for name in next(rows, [])]
    if header[0] != "Date" or not all(map(_is_code, header[1:])):
        raise ValueError("the columns are not Date and currencies")
    for day, *cells in rows:
        for currency, cell in zip(header[1:], cells, strict=False):
            if currency and cell.strip() not in _NOT_QUOTED:
                yield DailyRate(date.fromisoformat(day.strip()), currency, number(cell.strip()))


def _is_code(name: str) -> bool:
    """Three capitals; the line ends with a comma, so the last name is empty."""
    return not name or (len(name) == 3 and name.isascii() and name.isupper())
