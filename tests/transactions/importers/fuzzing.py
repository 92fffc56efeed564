"""Mutated exports: whatever the bytes, a parser ends in outcomes for every record or ImporterError."""

import random

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers.base import Importer

_JUNK = (
    "", " ", "-", "0", "-1", "1e400", "1e-400", "NaN", "Infinity", "99999999999999999999999", "1_000",
    "1.2.3", "1,2,3", "€", "$", "--5", "(5", "\u0000", "ﾊ", "٣", "²", "0000-00-00", "9999-12-31",
    "0001-01-01T00:00:00Z", "31/31/31", "a,b", 'a"b', "a\nb", "COMPLETED", "BTC;1", "x" * 300,
)  # fmt: skip


def assert_accounts_for_every_record(importer: Importer, folder: str, seed: int) -> None:
    """Mutate one of the fixtures of a folder and parse what came out, recognised or not."""
    originals = [path.read_bytes() for path in golden.fixtures(folder)]
    assert originals, folder
    chance = random.Random(seed)
    source = Source(f"seed {seed}", _mutated(chance.choice(originals), chance))
    importer.recognises(source)
    try:
        outcomes = list(importer.parse(source))
    except ImporterError:
        return
    assert golden.lines_without_outcome(source, outcomes) == [], seed


def _mutated(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 12)):
        data = chance.choice((_cell, _cell, _cell, _bytes, _cut, _twice, _shift))(data, chance)
    return data


def _cell(data: bytes, chance: random.Random) -> bytes:
    """One cell, quoted or not, becomes junk or another cell of the file."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    mark = b";" if lines[at].count(b";") > lines[at].count(b",") else b","
    cells = lines[at].split(mark)
    other = chance.choice(chance.choice(lines).split(mark))
    junk = chance.choice(_JUNK).encode("utf-8", errors="replace")
    cells[chance.randrange(len(cells))] = chance.choice((junk, junk, other))
    lines[at] = mark.join(cells)
    return b"\n".join(lines)


def _bytes(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.randint(1, 3)) + data[at + chance.randint(0, 3) :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)] if chance.random() < 0.2 else data


def _twice(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return b"\n".join(lines)


def _shift(data: bytes, chance: random.Random) -> bytes:
    """A row whose cells moved by one, as exports do whose texts have unquoted delimiters."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    lines[at] = b"," + lines[at] if chance.random() < 0.5 else lines[at].replace(b",", b"", 1)
    return b"\n".join(lines)
