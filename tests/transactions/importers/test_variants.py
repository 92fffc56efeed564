"""Every fixture as a spreadsheet or its owner would have saved it: read the same, or refused."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from tests.transactions.importers.variants import VARIANTS, Table, table_of
from transactions.importers import by_format, recognise
from transactions.importers.base import Importer, ParsedTransaction, Rejected

# What is no table: nobody opens it in a spreadsheet.
NO_TABLES = frozenset({"ghostfolio-json", "ibkr-flex-xml", "ofx", "schwab-equity-awards-json"})
# Lines of many tables, each with marks in front that are no names of columns.
OF_SECTIONS = frozenset({"ibkr-activity", "ibkr-flex-csv", "ibkr-transaction-history"})
NAMES_CHANGED = frozenset({"capitals", "small-letters", "blanks-around-names", "columns-turned"})
# Their columns are known by their places: most have names in a dozen languages, or none.
BY_PLACE = frozenset(
    {
        "cointracking",
        "degiro-account",
        "degiro-portfolio",
        "degiro-transactions",
        "trade-republic-pytr",
    }
)
# Another column could as well be another generation of the export; our own CSV names what it does not know.
EXACT_COLUMNS = frozenset(
    {"degiro-portfolio", "degiro-transactions", "generic-csv", "trade-republic-pytr"}
)
WIDTH_CHANGED = frozenset({"blank-columns", "one-width", "own-column", "columns-turned"})


def is_refused(format_: str, variant: str) -> bool:
    return (variant == "columns-turned" and format_ in BY_PLACE) or (
        variant == "own-column" and format_ in EXACT_COLUMNS
    )


def makes_no_sense(path: Path, variant: str) -> bool:
    if path.parent.name in OF_SECTIONS and variant in NAMES_CHANGED:
        return True
    # Rows that are broken because they are too short or long are so no more.
    is_broken = path.stem.startswith("broken") or path.stem == "2024_shifted_ids"
    return is_broken and variant in WIDTH_CHANGED


CASES = [
    pytest.param(path, variant, id=f"{golden.fixture_id(path)}-{variant}")
    for path in golden.fixtures()
    for variant in VARIANTS
    if path.parent.name not in NO_TABLES and not makes_no_sense(path, variant)
]


@lru_cache(maxsize=8)
def taken_apart(path: Path) -> Table:
    table = table_of(path.name, path.read_bytes(), by_format(path.parent.name))
    assert table is not None
    return table


@lru_cache(maxsize=8)
def told_by(path: Path) -> tuple[Counter[Any], int]:
    return told(by_format(path.parent.name), golden.source_of(path))


def told(importer: Importer, source: Source) -> tuple[Counter[Any], int]:
    """The transactions, without the lines in which they are, and how many records were rejected."""
    outcomes = list(importer.parse(source))
    assert golden.lines_without_outcome(source, outcomes) == []
    parsed = (one for one in outcomes if isinstance(one, ParsedTransaction))
    return (
        Counter(map(_without_lines, parsed)),
        sum(isinstance(one, Rejected) for one in outcomes),
    )


def _without_lines(one: ParsedTransaction) -> ParsedTransaction:
    # Names of columns may be in the text, and line ends of the file.
    text = " ".join(one.description.casefold().split())
    return one._replace(
        line=0, merged_lines=(), order=0, group=str(bool(one.group)), description=text
    )


@pytest.mark.parametrize(("path", "variant"), CASES)
def test_it_says_the_same_or_is_refused(path: Path, variant: str) -> None:
    try:
        data = VARIANTS[variant](taken_apart(path))
    except UnicodeEncodeError:
        pytest.skip("the signs of this file are not those of an old Windows")
    source = Source(path.name, data)
    if is_refused(path.parent.name, variant):
        with pytest.raises(ImporterError):
            recognise(source)
        return
    importer = recognise(source)
    assert importer.format == path.parent.name
    transactions, rejects = told(importer, source)
    expected, rejects_expected = told_by(path)
    assert transactions == expected
    # Lines of totals are known by their first cell.
    assert rejects == rejects_expected or variant == "columns-turned"
