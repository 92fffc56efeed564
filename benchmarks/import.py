"""How fast a file becomes a ledger: python benchmarks/import.py ROWS [--keep]

Writes a synthetic Revolut export (200 tickers; 60 % buys, 35 % sells, 5 % dividends), imports it
through the command's own code into a throwaway database, and prints one line of JSON. The floor is
taken in the same run: csv.DictReader and COPY of the same columns into a table with the same indexes
and checks, without parsing, matching or lots.
"""

import argparse
import csv
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django  # noqa: E402

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from pricing.bulk import copy_rows  # noqa: E402
from transactions.files import Choices, import_path  # noqa: E402
from transactions.models import Import  # noqa: E402
from transactions.writing import COLUMNS  # noqa: E402

TICKERS = 200
HEADER = "Date,Ticker,Type,Quantity,Price per share,Total Amount,Currency,FX Rate"
START = datetime(2015, 1, 2, 9, 0, tzinfo=UTC)
# Five minutes apart, so that a million rows span ten years.
STEP = timedelta(minutes=5)


def write_export(path: Path, rows: int, start: datetime, seed: int) -> None:
    """A Revolut invest export of so many rows that never sells more than it holds."""
    chance = random.Random(seed)
    held = dict.fromkeys((f"TKR{number:03}" for number in range(TICKERS)), 0)
    tickers = list(held)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER.split(","))
        for number in range(rows):
            at = start + STEP * number + timedelta(milliseconds=chance.randrange(1000))
            writer.writerow(_row(chance, chance.choice(tickers), at, held))


def _row(chance: random.Random, ticker: str, at: datetime, held: dict[str, int]) -> list[str]:
    when = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    draw = chance.random()
    if draw < 0.05:
        paid = Decimal(chance.randrange(1, 5000)).scaleb(-2)
        return [when, ticker, "DIVIDEND", "", "", f"${paid}", "USD", "1.0841"]
    units = chance.randrange(1, 10**9)  # of 1e-8 shares
    price = Decimal(chance.randrange(500, 50_000)).scaleb(-2)
    kind = "BUY - MARKET"
    if draw < 0.40 and held[ticker] > 0:
        kind = "SELL - MARKET"
        units = min(units, held[ticker])
    held[ticker] += units if kind.startswith("BUY") else -units
    quantity = Decimal(units).scaleb(-8)
    total = f"${quantity * price:.2f}"
    return [when, ticker, kind, f"{quantity:f}", f"${price}", total, "USD", "1.0841"]


def measure(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def floor(path: Path, record: int, account: int) -> float:
    """Seconds that reading with csv.DictReader and COPY into an identical table take."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS floor")
        cursor.execute("CREATE TABLE floor (LIKE transactions INCLUDING ALL)")

    def load() -> None:
        with transaction.atomic():
            copy_rows("floor", COLUMNS, _floor_rows(path, record, account))

    return measure(load)


def _floor_rows(path: Path, record: int, account: int) -> Iterator[tuple[object, ...]]:
    now = datetime.now(UTC)
    with path.open(newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            when = row["Date"]
            yield (
                account, when, when[:10], True, row["Type"][:4].strip().replace("DIVI", "DIVIDEND"),
                row["Ticker"], row["Quantity"] or None, row["Price per share"][1:] or None,
                row["Total Amount"][1:], row["Currency"], 0, "", 0, row["FX Rate"], row["Type"],
                record, path.name, line, line, "", 1, now, now,
            )  # fmt: skip


def no_progress(phase: str, done: int, total: int) -> None:
    pass


def run(rows: int, folder: Path) -> dict[str, object]:
    owner = User.objects.create(username="benchmark")
    path, newer = folder / "benchmark.csv", folder / "newer.csv"
    write_export(path, rows, START, seed=1)
    write_export(newer, 1_000, START + STEP * rows + timedelta(days=2), seed=2)

    def load(file: Path) -> None:
        (outcome,) = import_path(owner, file, Choices(), no_progress)
        if outcome.error:
            raise SystemExit(outcome.error)

    first = measure(lambda: load(path))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    again = measure(lambda: load(path))
    appended = measure(lambda: load(newer))
    record = Import.objects.defer("content").earliest("pk")
    lowest = floor(path, record.pk, record.account_id)
    return {
        "rows": rows,
        "rows_per_second": round(rows / first),
        "floor_rows_per_second": round(rows / lowest),
        "ratio": round(lowest / first, 3),
        "again_ratio": round(lowest / again, 3),
        "append_1000_seconds": round(appended, 3),
        "peak_mib": peak // 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    rows = parser.parse_args().rows
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(run(rows, Path(folder))))
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
