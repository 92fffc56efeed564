"""Spoiled files of every importer as tables that nobody knows: guessed and read, or refused with a sentence.

``FUZZ`` and ``SEED`` as in test_fuzzing.
"""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden, mutations
from tests.transactions.importers.test_fuzzing import (
    FORMATS,
    FUZZ,
    SEED,
    as_often_as_told,
    says_how_to_repeat,
)
from transactions.importers.guessing import find_table, guess, possible_headers
from transactions.importers.layouts import Layout, Role
from transactions.importers.mapped import Mapped

junk = st.sampled_from([b",", b";", b"\t", b"\n", b'"', b"\xff", b"\x00", b"Date", b"Amount", b"1"])


def read_as_unknown(source: Source, line: int = 0) -> None:
    """What a person's upload goes through; every record must end in an outcome."""
    try:
        source.refuse_garbage()
        table = find_table(source, line=line)
    except ImporterError:
        return
    if table is None:
        return
    found = guess(table)
    layout = Layout.from_json(found.as_json())
    assert layout == found
    columns = {Role.DATE: 0, **layout.columns}
    complete = Layout.from_json(
        layout.as_json() | {"columns": columns, "currency": layout.currency or "EUR"}
    )
    mutations.keeps_its_promise(Mapped("1", "Mine", complete), source)


@pytest.mark.parametrize("format_", FORMATS)
def test_spoiled_fixtures_read_as_unknown_tables_lose_no_row(format_: str) -> None:
    for seed in range(SEED, SEED + (FUZZ + 9) // 10):
        with says_how_to_repeat(format_, seed=seed):
            read_as_unknown(mutations.mutant(format_, seed))


@pytest.mark.parametrize("format_", FORMATS)
def test_fixtures_are_read_from_whatever_line_is_said_to_be_the_header(format_: str) -> None:
    for path in islice(golden.fixtures(format_), 2):
        source = golden.source_of(path)
        for header in possible_headers(source)[:3]:
            read_as_unknown(source.again(), header.line)


@as_often_as_told
@given(st.binary(max_size=400))
def test_no_bytes_break_guess_or_reading(data: bytes) -> None:
    read_as_unknown(Source("x", data))


@as_often_as_told
@given(st.lists(junk, max_size=60))
def test_no_pieces_of_tables_break_guess_or_reading(pieces: list[bytes]) -> None:
    read_as_unknown(Source("x", b"".join(pieces)))
