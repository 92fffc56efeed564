"""Rows of a fixture repeated with other dates, figures and identifiers.

Equal cells would flatter an importer that remembers what it read. Of copy N all dates are N days later,
all figures N+1 times as large, so that what adds up still does, and identifiers end in N, so that rows of
one event stay together and those of two copies apart. Names of instruments and texts repeat, as they do in
a file; days do too, of which the records of one copy have several: what is kept of them helps here as much.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
ISO = re.compile(r"(?<!\d)(?P<year>20[0-4]\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)")
COMPACT = re.compile(r"^(?P<year>20[0-4]\d)(?P<month>\d\d)(?P<day>\d\d)(?=$|;)")
DAY_FIRST = re.compile(
    r"(?<!\d)(?P<day>\d\d)(?P<mark>[./-])(?P<month>\d\d)(?P=mark)(?P<year>20\d\d)"
)
MONTH_FIRST = re.compile(
    r"(?<!\d)(?P<month>\d\d)(?P<mark>[./-])(?P<day>\d\d)(?P=mark)(?P<year>20\d\d)"
)
NAMED = "|".join(MONTHS)
DAY_AND_NAME = re.compile(
    rf"\b(?P<day>\d\d?)(?P<mark>[ -])(?P<name>{NAMED})(?P=mark)(?P<year>20\d\d)\b"
)
NAME_AND_DAY = re.compile(rf"\b(?P<name>{NAMED}) (?P<day>\d\d?)(?P<comma>,?) (?P<year>20\d\d)\b")
# Days begin anew before they leave the century, which no date of an export does.
DAYS = 18_000
FIRST_DAY = date(2000, 1, 1)

SIGNED = r"[-−+($€£ ]*(?:[A-Z]{3} -?)?"
DIGITS = r"\d(?:[\d.,' \u00a0]*\d)?"
FIGURE = re.compile(
    rf"^(?P<before>{SIGNED}\$?)(?P<digits>{DIGITS})(?P<after>\)?(?: ?[A-Z]{{3}})?)$"
)
# In text that says what was traded: Buy 3 @ 139.74 USD.
PRICE = re.compile(r"(?<=@ )(?P<before>)(?P<digits>\d+[.,]\d+)(?P<after>)")
# Longer whole numbers are accounts and identifiers.
LONGEST_WHOLE = 5
IDENTIFIER = re.compile(
    r"^(?:id|id \(.*|txid|refid|trade ?id|transaction[ _]?id|order[ _]?id|position id|auftrag #)$",
    re.IGNORECASE,
)

Cell = Callable[[int], str]


class Variation(NamedTuple):
    """What of the cells changes from copy to copy."""

    figures: bool
    month_first: bool

    def cell(self, name: str, text: str) -> Cell:
        """Gives the cell of every copy; ``name`` is that of its column."""
        if IDENTIFIER.match(name) and text.strip("0- "):
            return lambda copy: f"{text}{copy}"
        numeric = MONTH_FIRST if self.month_first else DAY_FIRST
        for pattern in (ISO, COMPACT, numeric, DAY_AND_NAME, NAME_AND_DAY):
            if pattern.search(text):
                return lambda copy: pattern.sub(lambda found: later(found, copy), text)
        pattern = FIGURE if FIGURE.match(text.strip()) else PRICE
        if self.figures and pattern.search(text.strip()):
            return lambda copy: pattern.sub(lambda found: times(found, copy + 1), text.strip())
        return lambda copy: text


def copies(
    names: Sequence[str], records: Sequence[Sequence[str]], count: int, *, figures: bool
) -> list[list[str]]:
    """So many copies of the records one after the other."""
    variation = Variation(figures, month_first(records))
    last = len(names) - 1
    wanted = [
        [variation.cell(names[at] if at <= last else "", text) for at, text in enumerate(record)]
        for record in records
    ]
    return [[cell(copy) for cell in record] for copy in range(count) for record in wanted]


def month_first(records: Sequence[Sequence[str]]) -> bool:
    """Whether a date of the file has a number in second place that is no month."""
    found = (DAY_FIRST.search(text) for record in records for text in record)
    return any(int(one["month"]) > 12 for one in found if one)


def later(found: re.Match[str], days: int) -> str:
    """The date so many days later, written as it was."""
    parts = found.groupdict()
    named = parts.get("name")
    month = MONTHS.index(named) + 1 if named else int(parts["month"])
    try:
        then = date(int(parts["year"]), month, int(parts["day"])) - FIRST_DAY + timedelta(days)
    except ValueError:
        return found[0]
    day = FIRST_DAY + then % timedelta(DAYS)
    pieces = {"year": f"{day:%Y}", "month": f"{day:%m}", "name": MONTHS[day.month - 1]}
    pieces["day"] = f"{day:%d}" if len(parts["day"]) == 2 else str(day.day)
    written = found[0]
    for start, end, piece in sorted(
        ((*found.span(key), piece) for key, piece in pieces.items() if key in parts), reverse=True
    ):
        offset = found.start()
        written = written[: start - offset] + piece + written[end - offset :]
    return written


def times(found: re.Match[str], factor: int) -> str:
    """The figure so many times as large, with as many decimals, grouped if it was."""
    digits = found["digits"]
    mark = max(digits.rfind("."), digits.rfind(","))
    whole, decimals = (digits, "") if mark < 0 else (digits[:mark], digits[mark + 1 :])
    plain = re.sub(r"\D", "", whole)
    if mark < 0 and (len(plain) > LONGEST_WHOLE or plain.startswith("0")):
        return found[0]
    large, rest = divmod(int(plain + decimals) * factor, 10 ** len(decimals))
    separator = re.sub(r"\d", "", whole)[:1]
    written = f"{large:,}".replace(",", separator) if separator else str(large)
    if decimals:
        written += f"{digits[mark]}{rest:0{len(decimals)}}"
    return f"{found['before']}{written}{found['after']}"
