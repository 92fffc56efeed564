"""Spoiled copies of fixtures, and the promise every importer keeps for them.

Whatever the bytes: only ImporterError may escape, and otherwise every record ends in an outcome.
"""

import random
from pathlib import Path

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers.base import Importer, ParsedTransaction

# Cells that have broken importers before: other languages, other signs, numbers that are none.
JUNK = (
    *("", " ", "-", "0", "1", "-1", "1e400", "1e19", "NaN", "inf", "1.234,56", "1,234.56", "−5"),
    *(
        "2026-02-30",
        "31-12-2025",
        "24:61",
        "EUR",
        "GBX",
        "USD",
        "€",
        "\ufeff",
        "é",
        "\x00",
        "x" * 300,
    ),
    *("Market sell", "Koop 1.234 @ 5,00 EUR", "FX Debit", "SPLIT: 5 X @ 0 EUR", "BUY", "EOF12345"),
)


def mutant(folder: str, number: int) -> Source:
    """A spoiled copy of a fixture of one format; the same number gives the same copy."""
    paths = list(golden.fixtures(folder))
    return mutant_of(paths[number % len(paths)], number)


def mutant_of(path: Path, number: int) -> Source:
    """A spoiled copy of one file."""
    spoil = _spoil_bytes if number % 3 == 0 else _spoil_cells
    return Source(f"{path.name} #{number}", spoil(path, random.Random(number)))


def keeps_its_promise(importer: Importer, source: Source) -> None:
    """Assert the promise of the module for one file."""
    if not importer.recognises(source):
        return
    try:
        outcomes = list(importer.parse(source))
    except ImporterError:
        return
    assert golden.lines_without_outcome(source, outcomes) == [], source.name
    for outcome in outcomes:
        if isinstance(outcome, ParsedTransaction):
            assert outcome.quantity != 0, (source.name, outcome)
            assert outcome.currency, (source.name, outcome)


def _spoil_cells(path: Path, chance: random.Random) -> bytes:
    text = golden.source_of(path).text()
    lines = text.splitlines()
    if len(lines) < 2:
        return _spoil_bytes(path, chance)
    for _ in range(chance.randint(1, 6)):
        row = chance.randrange(1, len(lines))
        delimiter = ";" if lines[0].count(";") > lines[0].count(",") else ","
        cells = lines[row].split(delimiter)
        place = chance.randrange(len(cells))
        match chance.randrange(5):
            case 0:
                cells[place] = chance.choice(JUNK)
            case 1:
                del cells[place:]
            case 2:
                cells.insert(place, chance.choice(JUNK))
            case 3:
                other = chance.randrange(len(cells))
                cells[place], cells[other] = cells[other], cells[place]
            case _:
                lines.insert(row, lines[chance.randrange(1, len(lines))])
                continue
        lines[row] = delimiter.join(cells)
    return "\n".join(lines).encode("utf-8", errors="replace")


def _spoil_bytes(path: Path, chance: random.Random) -> bytes:
    data = bytearray(path.read_bytes())
    # Below the first line, where there are more.
    start = data.find(b"\n") + 1 if data.count(b"\n") > 1 else 0
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(start, len(data))] = chance.randrange(256)
    return bytes(data[: chance.randrange(start, len(data) + 1)])
