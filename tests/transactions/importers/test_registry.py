"""The list of importers: keys are unique and every fixture belongs to exactly one of them."""

import json
from pathlib import Path

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers import IMPORTERS, by_format, recognise


@pytest.mark.parametrize("fixture", list(golden.fixtures()), ids=golden.fixture_id)
def test_fixture_is_recognised_by_exactly_one_importer(fixture: Path) -> None:
    recognised_by = [
        importer.format for importer in IMPORTERS if importer.recognises(golden.source_of(fixture))
    ]
    assert len(recognised_by) == 1, recognised_by


def test_formats_are_unique() -> None:
    formats = [importer.format for importer in IMPORTERS]
    assert sorted(set(formats)) == sorted(formats)


def test_importer_is_found_by_its_format() -> None:
    assert [by_format(importer.format) for importer in IMPORTERS] == list(IMPORTERS)


def test_unknown_format_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(ImporterError, match=r"There is no format “quicken”\. Known formats: "):
        by_format("quicken")


@pytest.mark.parametrize(
    "data",
    [b"Name,Phone\nAda,1\n", b"just one line", b",,,,,\n" * 100, b'"""""\n"', b"{}", b"<a/>"],
    ids=["other table", "text", "commas", "quotes", "empty JSON", "other XML"],
)
def test_file_of_no_known_format_is_refused(data: bytes) -> None:
    with pytest.raises(ImporterError, match=r"^The format is not known: "):
        recognise(Source("unknown", data))


@pytest.mark.parametrize("importer", IMPORTERS, ids=lambda importer: importer.format)
@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\xff\xfe\x01", b"\xff\xfe\x00", b"{", b"[1]", b"<", b'"', b"\n\n\n"],
    ids=["empty", "binary", "broken utf-16", "brace", "list", "angle", "quote", "blank"],
)
def test_recognising_never_raises(importer, data: bytes) -> None:
    assert importer.recognises(Source("garbage", data)) is False


def test_records_of_a_file_without_line_breaks_are_counted_one_by_one() -> None:
    activity = {
        "type": "BUY", "symbol": "AAA", "quantity": 1, "unitPrice": 5, "fee": 0,
        "currency": "EUR", "date": "2024-01-05T00:00:00.000Z", "dataSource": "YAHOO",
    }  # fmt: skip
    source = Source("export.json", json.dumps({"activities": [activity] * 3}).encode())
    lines = [outcome.line for outcome in recognise(source).parse(source)]
    assert lines == [1, 2, 3]
    assert list(source.record_lines) == [1, 2, 3]


def test_a_missing_column_is_named() -> None:
    header = Source("a.csv", b"one,two\n").find_header(lambda cells: True)
    assert header is not None
    with pytest.raises(ImporterError, match="The column “three” is missing in the header line"):
        header.index("three")
