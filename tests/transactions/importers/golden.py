"""Golden files of the importers: every fixture below ``data/`` has its outcomes beside it as JSON.

A fixture is any file ``data/<format>/<name>`` with a sibling ``<name>.expected.json``.
``GOLDEN_WRITE=1`` rewrites the expected files, and makes one for every fixture named on the spot;
the diff is then reviewed like code. Defaults of an outcome are left out and decimals are strings, so that
the files show only what the importer said.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pricing.readers import Source
from transactions.importers.base import (
    Ignored,
    Outcome,
    ParsedTransaction,
    Rejected,
    Security,
    Stated,
)

DATA = Path(__file__).parent / "data"
EXPECTED = ".expected.json"
# Notices of the fixtures' licences lie in the same folders.
NO_FIXTURES = frozenset({"README.md"})

_LABELS: dict[type, str] = {
    ParsedTransaction: "transaction",
    Ignored: "ignored",
    Rejected: "rejected",
    Stated: "stated",
}


def fixtures(folder: str = "*") -> Iterator[Path]:
    """All input files below ``data/``, sorted, or those of one format's folder."""
    for path in sorted(DATA.glob(f"{folder}/*")):
        if path.is_file() and path.name not in NO_FIXTURES and not path.name.endswith(EXPECTED):
            yield path


def fixture_id(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def expected_path(fixture: Path) -> Path:
    return fixture.with_name(fixture.name + EXPECTED)


def source_of(path: Path) -> Source:
    return Source(path.name, path.read_bytes())


def as_json(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    return [_outcome_json(outcome) for outcome in outcomes]


def write(fixture: Path, outcomes: list[dict[str, Any]]) -> None:
    """One outcome a line, so that a diff shows the row that changed."""
    lines = ",\n".join(json.dumps(outcome, ensure_ascii=False) for outcome in outcomes)
    expected_path(fixture).write_text(f"[\n{lines}\n]\n" if lines else "[]\n", encoding="utf-8")


def read(fixture: Path) -> Any:
    return json.loads(expected_path(fixture).read_text(encoding="utf-8"))


def events(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes without what the file states of balances, for tests that are not about them."""
    return [outcome for outcome in outcomes if not isinstance(outcome, Stated)]


def lines_without_outcome(source: Source, outcomes: Iterable[Outcome]) -> list[int]:
    """Records of a parsed source that ended in nothing, and outcomes of lines that were no record.

    Empty when the importer accounted for every record, as the contract asks.
    """
    accounted: set[int] = set()
    for outcome in outcomes:
        if isinstance(outcome, Stated):
            continue
        accounted.add(outcome.line)
        if isinstance(outcome, ParsedTransaction):
            accounted.update(outcome.merged_lines)
    return sorted(accounted ^ set(source.record_lines))


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    defaults = outcome._field_defaults
    stated = {
        name: _plain(value)
        for name, value in outcome._asdict().items()
        if name not in defaults or value != defaults[name]
    }
    return {"outcome": _LABELS[type(outcome)], **stated}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        # Not str(): 1E+3 and 1000 are one value, and the file should read the same.
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Security):
        return {name: part for name, part in value._asdict().items() if part}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value
