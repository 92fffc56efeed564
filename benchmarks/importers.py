"""How fast rows are understood: python benchmarks/importers.py [ROWS] [FORMAT …]

For every importer of CSV the rows of its own fixture that it understands are repeated to ROWS distinct rows,
and only parsed: no database. Prints a line of JSON for each, with rows a second and the ratio to the
floor of the same run, which is csv.reader over the same bytes. Best of three, slowest importer first.
"""

import argparse
import csv
import io
import json
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pricing.readers import Header, Source  # noqa: E402
from tests.transactions.importers import golden  # noqa: E402
from transactions.importers import IMPORTERS  # noqa: E402
from transactions.importers.base import Importer, Rejected  # noqa: E402

RUNS = 3
# Every repetition is a day later, so that no two rows are equal and events stay whole.
ISO_DAY = re.compile(r"\b(20[012]\d)-(\d\d)-(\d\d)\b")
GERMAN_DAY = re.compile(r"\b(\d\d)([./-])(\d\d)\2(20[012]\d)\b")
FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
DAYS = 36_000


def benchmarked(importer: Importer, rows: int) -> dict[str, object] | None:
    """The figures of one importer; None for one that reads no table."""
    fixture = max(golden.fixtures(importer.format), key=lambda path: understood(importer, path))
    if fixture.suffix != ".csv":
        return None
    source = repeated(importer, fixture, rows)
    count = len(list(source.records(header_of(source))))
    parsing = best(lambda: list(importer.parse(Source(source.name, source.data))))
    floor = best(lambda: list(csv.reader(io.StringIO(source.text()))))
    return {
        "format": importer.format,
        "rows": count,
        "rows_per_second": round(count / parsing),
        "times_the_floor": round(parsing / floor, 1),
    }


def understood(importer: Importer, path: Path) -> int:
    """How many rows of a fixture are not rejected."""
    if path.suffix != ".csv":
        return 0
    outcomes = importer.parse(golden.source_of(path))
    return sum(1 if not isinstance(outcome, Rejected) else -1 for outcome in outcomes)


def header_of(source: Source) -> Header:
    header = source.find_header(lambda cells: len(cells) > 3)
    assert header is not None
    return header


def repeated(importer: Importer, fixture: Path, rows: int) -> Source:
    """The fixture with its understood records repeated day after day."""
    source = golden.source_of(fixture)
    rejected = {one.line for one in importer.parse(source) if isinstance(one, Rejected)}
    lines = source.text().splitlines(keepends=True)
    starts = list(source.record_lines)
    ends = [*starts[1:], len(lines) + 1]
    records = [
        "".join(lines[start - 1 : end - 1])
        for start, end in zip(starts, ends, strict=True)
        if start not in rejected
    ]
    records = [record if record.endswith("\n") else record + "\n" for record in records]
    body = "".join(records)
    head = "".join(lines[: starts[0] - 1])
    copies = [moved(body, number) for number in range(-(-rows // len(records)))]
    return Source(fixture.name, (head + "".join(copies)).encode(source.encoding))


def moved(text: str, days: int) -> str:
    """The text with all of its dates so many days later, around the end of the century."""

    def later(year: str, month: str, day: str) -> datetime:
        try:
            then = datetime(int(year), int(month), int(day), tzinfo=UTC) + timedelta(days)
        except ValueError:
            then = FIRST_DAY
        return FIRST_DAY + (then - FIRST_DAY) % timedelta(DAYS)

    text = ISO_DAY.sub(lambda found: f"{later(*found.groups()):%Y-%m-%d}", text)

    def shifted(found: re.Match[str]) -> str:
        first, mark, second, year = found.groups()
        # Month first or day first is one and the same here, as long as the order stays legible.
        month_first = int(second) > 12
        month, day = (first, second) if month_first else (second, first)
        then = later(year, month, day)
        parts = (f"{then:%m}", f"{then:%d}") if month_first else (f"{then:%d}", f"{then:%m}")
        return mark.join([*parts, str(then.year)])

    return GERMAN_DAY.sub(shifted, text)


def best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of the runs."""
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    parser.add_argument("formats", nargs="*", help="only these")
    options = parser.parse_args()
    figures = [
        found
        for importer in IMPORTERS
        if not options.formats or importer.format in options.formats
        if (found := benchmarked(importer, options.rows)) is not None
    ]
    for found in sorted(figures, key=lambda found: str(found["rows_per_second"]).zfill(9)):
        print(json.dumps(found))


if __name__ == "__main__":
    main()
