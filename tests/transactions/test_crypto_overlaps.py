"""Overlapping exports of a crypto exchange give the positions of one, in either order."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from portfolio.models import Position
from pricing.readers import Source
from tests.transactions.importers import golden
from transactions import ingest
from transactions.importers import recognise
from transactions.importers.base import Ignored, ParsedTransaction

FOLDERS = ("binance", "bitvavo", "coinbase", "cointracking", "crypto-com", "kraken-ledgers")
FIXTURES = [
    path for folder in FOLDERS for path in golden.fixtures(folder) if path.name != "broken_rows.csv"
]


def halves(path: Path) -> tuple[bytes, bytes]:
    """The first and the last two thirds of a file, cut where no event spans the cut.

    Exports are made by day, so that the rows of one second are never in different files.
    """
    source = golden.source_of(path)
    outcomes = list(recognise(source).parse(source))
    events = [
        {outcome.line, *outcome.merged_lines}
        for outcome in outcomes
        if isinstance(outcome, ParsedTransaction)
    ]
    # Two sides of what was held all along.
    ignored = {outcome.line for outcome in outcomes if isinstance(outcome, Ignored)}
    events += [{line, line + 1} for line in ignored if line + 1 in ignored]
    lines = source.text().splitlines(keepends=True)
    records = list(source.record_lines)
    cuts = [
        line for line in records[1:] if not any(min(event) < line <= max(event) for event in events)
    ] or [records[-1]]
    late, early = cuts[len(cuts) * 2 // 3 - 1], cuts[len(cuts) // 3]
    head = lines[: records[0] - 1]
    first, last = lines[: max(late, early) - 1], [*head, *lines[min(late, early) - 1 :]]
    return "".join(first).encode(), "".join(last).encode()


def held(name: str, *files: bytes) -> dict[str, tuple[Decimal, Decimal | None]]:
    """What somebody with nothing else holds after importing the files, and at what cost."""
    # Of their own, because transfers between accounts of one owner find each other.
    owner, _ = User.objects.get_or_create(username=name)
    for data in files:
        ingest.run(ingest.stage(owner, "export.csv", data, currency="EUR"))
    return {
        position.instrument.ticker: (position.quantity, position.total_cost)
        for position in Position.objects.filter(account__owner=owner).select_related("instrument")
    }


@pytest.mark.django_db
@pytest.mark.parametrize("path", FIXTURES, ids=golden.fixture_id)
def test_overlapping_files_are_one_in_either_order(path: Path) -> None:
    first, last = halves(path)
    whole = held("whole", path.read_bytes())
    assert held("in order", first, last) == whole
    assert held("backwards", last, first) == whole
    assert held("in order", path.read_bytes()) == whole


def test_halves_overlap_and_are_the_whole() -> None:
    for path in FIXTURES:
        first, last = halves(path)
        lines = set(path.read_bytes().splitlines())
        assert set(first.splitlines()) | set(last.splitlines()) >= lines - {b""}
        assert recognise(Source("first", first)) is recognise(Source("last", last))
