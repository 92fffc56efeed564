"""How fast rows are understood: python benchmarks/importers.py [ROWS] [FORMAT …]

For every importer of CSV the rows of its own fixture that it understands are repeated to ROWS rows with
dates, figures and identifiers of their own (see varied.py), and only parsed: no database. Prints a line
of JSON for each, slowest first, with rows a second and how many times the floor of the same run it takes,
which is csv.reader over the same bytes and three Decimals a row. Seconds are those of the processor, as
other programs are no slowness of ours; the best of three runs.
"""

import argparse
import csv
import gc
import io
import json
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from varied import copies  # noqa: E402

from pricing.readers import Header, Source  # noqa: E402
from tests.transactions.importers import golden  # noqa: E402
from transactions.importers import IMPORTERS  # noqa: E402
from transactions.importers.base import Importer, Rejected  # noqa: E402

RUNS = 3
FLOOR_FIGURES = ("1234.56", "-0.00893541", "87.10")


def benchmarked(importer: Importer, rows: int) -> dict[str, object] | None:
    """The figures of one importer; None for one that reads no table."""
    fixture = max(golden.fixtures(importer.format), key=lambda path: understood(importer, path))
    if fixture.suffix != ".csv":
        return None
    source, varied = repeated(importer, fixture, rows)
    count = len(list(source.again().records(header_of(source))))
    parsing = best(lambda: list(importer.parse(source.again())))
    floor = best(lambda: floor_of(source))
    return {
        "format": importer.format,
        "rows": count,
        "varied": varied,
        "rows_per_second": round(count / parsing),
        "floor_rows_per_second": round(count / floor),
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


def repeated(importer: Importer, fixture: Path, rows: int) -> tuple[Source, str]:
    """The understood records of the fixture again and again, and what of them is varied."""
    dates = source_of(importer, fixture, rows, figures=False)
    everything = source_of(importer, fixture, rows, figures=True)
    # Some read figures only where they agree with each other, such as a quantity times its price.
    if rejections(importer, everything) > rejections(importer, dates):
        return dates, "dates, identifiers"
    return everything, "dates, identifiers, figures"


def rejections(importer: Importer, source: Source) -> int:
    return sum(isinstance(one, Rejected) for one in importer.parse(source.again()))


def source_of(importer: Importer, fixture: Path, rows: int, *, figures: bool) -> Source:
    source = golden.source_of(fixture)
    rejected = {one.line for one in importer.parse(source) if isinstance(one, Rejected)}
    header = header_of(source)
    records = [cells for line, cells in source.again().records(header) if line not in rejected]
    text = io.StringIO()
    text.writelines(source.text().splitlines(keepends=True)[: header.line])
    writer = csv.writer(text, delimiter=header.delimiter, quoting=quoting_of(source, header))
    writer.writerows(copies(header.cells, records, -(-rows // len(records)), figures=figures))
    return Source(fixture.name, text.getvalue().encode(source.encoding))


def quoting_of(source: Source, header: Header) -> Literal[0, 1]:
    """Whether every cell is quoted, as far as the first record tells."""
    first = source.text().splitlines()[header.line]
    return csv.QUOTE_ALL if first.startswith('"') else csv.QUOTE_MINIMAL


def floor_of(source: Source) -> None:
    """What no importer can do without: the cells, and a few of them as numbers."""
    for _ in csv.reader(io.StringIO(source.text())):
        for figure in FLOOR_FIGURES:
            Decimal(figure)


def best(work: Callable[[], object]) -> float:
    """Seconds of the processor of the fastest of the runs."""
    seconds = []
    for _ in range(RUNS):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
        gc.collect()
    return min(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    parser.add_argument("formats", nargs="*", help="only these")
    options = parser.parse_args()
    # As in transactions.ingest.run, in which files are parsed.
    gc.disable()
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
