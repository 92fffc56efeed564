"""Tables in the layout of brokers and banks that nobody wrote an importer for, read as they are guessed.

Each has its outcomes beside it, like the golden files of the importers; ``GOLDEN_WRITE=1`` rewrites them.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.transactions.importers import golden
from transactions.importers import recognise
from transactions.importers.base import (
    Ignored,
    ParsedTransaction,
    Rejected,
    Stated,
    UnknownFormatError,
)
from transactions.importers.guessing import find_table, guess
from transactions.importers.layouts import Layout
from transactions.importers.mapped import Mapped
from transactions.running_balances import check

FOLDER = Path(__file__).parent / "unknown" / "data"
TABLES = sorted(path for path in FOLDER.iterdir() if path.suffix == ".csv")
# What the table does not say, so that its owner has to.
CURRENCIES = {
    **dict.fromkeys(("commsec-account", "commsec-trades", "selfwealth", "selfwealth-cash"), "AUD"),
    **dict.fromkeys(("etrade", "firstrade", "tdameritrade", "vanguard-us", "webull"), "USD"),
    **dict.fromkeys(("blockfi", "delta", "kraken-trades"), "USD"),
    "disnat": "CAD",
    "fineco-conto": "EUR",
    "groww": "INR",
    "zerodha": "INR",
    "kucoin": "USD",
    "vanguard-uk-cash": "GBP",
}
# Trades that one row tells only half.
REJECTED = {"firstrade": 1}


def name_of(path: Path) -> str:
    return path.stem


def guessed(path: Path) -> Layout:
    table = find_table(golden.source_of(path))
    assert table is not None
    found = guess(table)
    assert bool(found.currency) or path.stem in CURRENCIES or "currency" in found.columns
    return replace(found, currency=found.currency or CURRENCIES.get(path.stem, ""))


@pytest.mark.parametrize("path", TABLES, ids=name_of)
def test_no_importer_takes_it_for_its_own(path: Path) -> None:
    with pytest.raises(UnknownFormatError):
        recognise(golden.source_of(path))


@pytest.mark.parametrize("path", TABLES, ids=name_of)
def test_it_is_read_as_guessed(path: Path) -> None:
    source = golden.source_of(path)
    outcomes = list(Mapped("1", "Mine", guessed(path)).parse(source))
    found = golden.as_json(outcomes)
    if os.environ.get("GOLDEN_WRITE"):
        golden.write(path, found)
    assert found == golden.read(path)
    assert golden.lines_without_outcome(source, outcomes) == []
    rejected = [one for one in outcomes if isinstance(one, Rejected)]
    assert len(rejected) == REJECTED.get(path.stem, 0)


@pytest.mark.parametrize("path", TABLES, ids=name_of)
def test_balances_beside_the_rows_agree(path: Path) -> None:
    outcomes = list(Mapped("1", "Mine", guessed(path)).parse(golden.source_of(path)))
    stated = [one for one in outcomes if isinstance(one, Stated)]
    parsed = [one for one in outcomes if isinstance(one, ParsedTransaction)]
    ignored = {one.line for one in outcomes if isinstance(one, Ignored)}
    checked = check(parsed, stated, ignored, ())
    assert (checked.disagreements, checked.left_out) == ([], [])
    assert not stated or checked.agreed == len(stated) - 1
