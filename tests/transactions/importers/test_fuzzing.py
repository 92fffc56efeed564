"""Spoiled files of every importer: only ImporterError escapes, and every record ends in an outcome.

``FUZZ`` says how many spoiled fixtures, and how many inputs of hypothesis, each importer gets: 200 here and
in CI, 10,000 with ``make fuzz``. Importers are found by themselves; each needs a fixture in ``data/``.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pricing.readers import Source
from tests.transactions.importers import fuzzing, golden, mutations
from transactions.importers import IMPORTERS, by_format
from transactions.importers.base import Importer

IN_CI = 200
FUZZ = int(os.environ.get("FUZZ", IN_CI))
SEED = int(os.environ.get("SEED", "0"))
FORMATS = [importer.format for importer in IMPORTERS]
HOW_MANY_CELLS = 3
as_often_as_told = settings(
    max_examples=FUZZ,
    # CI proves the same every time; make fuzz looks for what is new.
    derandomize=FUZZ <= IN_CI,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@contextmanager
def says_how_to_repeat(format_: str, count: int = 1, seed: int = 0) -> Iterator[None]:
    """Whatever is raised inside tells the command that raises it again."""
    try:
        yield
    except Exception as error:
        error.add_note(f"Repeat: make fuzz FORMAT={format_} SEED={seed} FUZZ={count}")
        raise


@pytest.mark.parametrize("format_", FORMATS)
def test_spoiled_fixtures_lose_no_row(format_: str) -> None:
    importer = by_format(format_)
    for seed in range(SEED, SEED + (FUZZ + 1) // 2):
        with says_how_to_repeat(format_, seed=seed):
            fuzzing.assert_accounts_for_every_record(importer, format_, seed)
            mutations.keeps_its_promise(importer, mutations.mutant(format_, seed))


@pytest.mark.parametrize("format_", FORMATS)
def test_cells_that_hypothesis_thinks_of_lose_no_row(format_: str) -> None:
    importer = by_format(format_)
    texts = [golden.source_of(path).text() for path in golden.fixtures(format_)]
    assert texts, f"data/{format_} has no fixture"

    @as_often_as_told
    @given(st.data())
    def lose_no_row(data: st.DataObject) -> None:
        text = data.draw(st.sampled_from(texts), label="fixture")
        for _ in range(data.draw(st.integers(1, HOW_MANY_CELLS), label="cells")):
            text = _with_another_cell(text, data)
        spoiled = Source("hypothesis", text.encode("utf-8", errors="replace"))
        mutations.keeps_its_promise(importer, spoiled)

    with says_how_to_repeat(format_, count=FUZZ):
        lose_no_row()


def _with_another_cell(text: str, data: st.DataObject) -> str:
    """The text with one cell, as delimiters and quotes bound it, replaced by any text or another cell."""
    lines = text.split("\n")
    at = data.draw(st.integers(0, len(lines) - 1), label="line")
    mark = max(',;\t"', key=lines[at].count)
    cells = lines[at].split(mark)
    place = data.draw(st.integers(0, len(cells) - 1), label="cell")
    others = st.sampled_from(data.draw(st.sampled_from(lines)).split(mark))
    numbers = st.decimals(allow_nan=True).map(str)
    cells[place] = data.draw(st.one_of(st.text(max_size=30), numbers, others), label="becomes")
    lines[at] = mark.join(cells)
    return "\n".join(lines)


class _Broken(Importer):
    format = "broken"
    broker = "Broken"
    tracks_cash = False

    def recognises(self, source: Source) -> bool:
        return True

    def parse(self, source: Source) -> Iterator[object]:  # type: ignore[override]
        raise KeyError(source.name)


def test_what_escapes_from_an_importer_says_how_to_repeat_it() -> None:
    with pytest.raises(KeyError) as caught, says_how_to_repeat("koinly", seed=7):
        fuzzing.assert_accounts_for_every_record(_Broken(), "koinly", seed=7)
    assert caught.value.__notes__ == ["Repeat: make fuzz FORMAT=koinly SEED=7 FUZZ=1"]


def test_row_without_an_outcome_breaks_the_promise() -> None:
    class Forgetful(_Broken):
        def parse(self, source: Source) -> Iterator[object]:  # type: ignore[override]
            source.note_record(1)
            return iter(())

    with pytest.raises(AssertionError):
        mutations.keeps_its_promise(Forgetful(), Source("x", b"a,b\n"))
