"""Spoiled files of every importer as tables that nobody knows: guessed and read, or refused with a sentence.

Tables with two assets in a row also as their owner mapped them, and rows of any two amounts with any fee.

``FUZZ`` and ``SEED`` as in test_fuzzing.
"""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path

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
from tests.transactions.importers.test_unknown_two_assets import OF_TWO, held, layout_of
from transactions.importers.base import Rejected
from transactions.importers.guessing import find_table, guess, possible_headers
from transactions.importers.layouts import EXCHANGE, MONEY, SIDES, TOLD, TRADE, Layout, Role
from transactions.importers.mapped import Mapped
from transactions.kinds import Kind

OF_ROWS = (Role.DATE, Role.TYPE, *SIDES, Role.FEE, Role.FEE_CURRENCY, Role.AMOUNT, Role.CURRENCY)
WORDS = (*(kind.value for kind in Kind), TRADE, MONEY, EXCHANGE, TOLD)
ROWS = Layout(
    tuple(OF_ROWS),
    {role: place for place, role in enumerate(OF_ROWS)},
    currency="EUR",
    kinds={word.casefold(): word for word in WORDS},
)
amounts = st.sampled_from(["", "0", "0.5", "1", "2.25", "1e-8", "900", "-3", "1.234,5", "x"])
assets = st.sampled_from(["", "BTC", "ETH", "EUR", "USD", "btc", "BNB;1", "-", "X" * 50])
positive = st.decimals("0.01", "900", places=2)
names = st.sampled_from(["BTC", "ETH", "EUR", "USD", "BNB"])

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


@pytest.mark.parametrize("path", OF_TWO, ids=lambda path: path.stem)
def test_spoiled_tables_of_two_assets_lose_no_row(path: Path) -> None:
    mapped = Mapped("1", "Mine", layout_of(path))
    for seed in range(SEED, SEED + (FUZZ + 9) // 10):
        with says_how_to_repeat(path.stem, seed=seed):
            spoiled = mutations.mutant_of(path, seed)
            read_as_unknown(spoiled)
            mutations.keeps_its_promise(mapped, spoiled.again())


@as_often_as_told
@given(st.data())
def test_no_cells_break_the_reading_of_two_assets(data: st.DataObject) -> None:
    kinds = [amounts, assets] * 4
    cells = [data.draw(of, label=role) for role, of in zip(OF_ROWS[2:], kinds, strict=True)]
    word = data.draw(st.sampled_from(WORDS))
    is_signed, has_fees = data.draw(st.booleans()), data.draw(st.booleans())
    layout = replace(ROWS, is_signed=is_signed, has_fees=has_fees)
    mutations.keeps_its_promise(Mapped("1", "Mine", layout), row_of(word, *cells))


@as_often_as_told
@given(
    st.sampled_from([TRADE, MONEY, EXCHANGE, TOLD, Kind.BUY, Kind.SELL, Kind.TRANSFER_IN]),
    *(st.tuples(positive, names), st.tuples(positive, names)),
    st.none() | st.tuples(positive, names),
    st.booleans(),
)
def test_trades_of_two_assets_move_what_the_row_says(
    word: str,
    out: tuple[Decimal, str],
    into: tuple[Decimal, str],
    fee: tuple[Decimal, str] | None,
    has_fees: bool,
) -> None:
    if out[1] == into[1]:
        return
    source = row_of(word, *map(str, (*out, *into, *(fee or ("", "")))), "", "")
    outcomes = list(Mapped("1", "Mine", replace(ROWS, has_fees=has_fees)).parse(source))
    if isinstance(outcomes[0], Rejected):
        assert "is not less than the amount it is in" in outcomes[0].reason
        return
    expected = Counter({out[1]: -out[0]})
    expected[into[1]] += into[0]
    if fee and not (has_fees and fee[1] in {out[1], into[1]}):
        expected[fee[1]] -= fee[0]
    assert held(outcomes) == {name: units for name, units in expected.items() if units}


def row_of(*cells: str) -> Source:
    header, row = ("\t".join(texts) for texts in (OF_ROWS, ("2024-01-02", *cells)))
    return Source("x.csv", f"{header}\n{row}\n".encode())
