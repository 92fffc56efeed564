"""Tables as files: exact in every format, and nothing in them that a spreadsheet would run."""

import csv
import io
import json
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from transactions import downloads
from transactions.downloads import Table, respond

# A response that is closed looks after the connection.
pytestmark = pytest.mark.django_db

ROWS = [
    ("=1+1", Decimal("-2.50"), date(2024, 1, 5), True, None),
    ("plain", Decimal("1E+3"), date(1890, 1, 1), False, 7),
    ("'=x", Decimal("0.123456789012345678"), datetime(2024, 1, 5, 9, 30, tzinfo=UTC), False, -1),
]
COLUMNS = ("text", "number", "when", "flag", "count")


def table(rows=ROWS):
    return Table("My table", COLUMNS, iter(rows))


def body(response):
    with closing(response):
        return b"".join(response)


def test_csv_has_all_digits_and_runs_nothing():
    response = respond(table(), "csv")
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="My table.csv"'
    assert list(csv.reader(io.StringIO(body(response).decode()))) == [
        list(COLUMNS),
        ["'=1+1", "-2.5", "2024-01-05", "yes", ""],
        ["plain", "1000", "1890-01-01", "no", "7"],
        ["''=x", "0.123456789012345678", "2024-01-05T09:30:00Z", "no", "-1"],
    ]


def test_json_has_exact_strings_for_numbers_and_null_for_what_is_unknown():
    response = respond(table(), "json")
    assert response["Content-Type"] == "application/json"
    assert json.loads(body(response)) == [
        {"text": "=1+1", "number": "-2.5", "when": "2024-01-05", "flag": True, "count": None},
        {"text": "plain", "number": "1000", "when": "1890-01-01", "flag": False, "count": "7"},
        {
            "text": "'=x",
            "number": "0.123456789012345678",
            "when": "2024-01-05T09:30:00Z",
            "flag": False,
            "count": "-1",
        },
    ]


def test_a_spreadsheet_has_numbers_where_a_double_is_exact_and_text_elsewhere():
    book = CalamineWorkbook.from_filelike(io.BytesIO(body(respond(table(), "xlsx"))))
    assert book.sheet_names == ["My table"]
    assert book.get_sheet_by_index(0).to_python() == [
        list(COLUMNS),
        ["=1+1", -2.5, date(2024, 1, 5), True, ""],
        ["plain", 1000.0, "1890-01-01", False, 7.0],
        ["'=x", "0.123456789012345678", "2024-01-05T09:30:00Z", False, -1.0],
    ]


def test_empty_tables_are_whole_files():
    assert body(respond(table([]), "csv")) == b"text,number,when,flag,count\r\n"
    assert json.loads(body(respond(table([]), "json"))) == []
    book = CalamineWorkbook.from_filelike(io.BytesIO(body(respond(table([]), "xlsx"))))
    assert book.get_sheet_by_index(0).to_python() == [list(COLUMNS)]


@pytest.mark.parametrize("format", ["csv", "json"])
def test_rows_are_read_while_they_are_sent(format):
    read = []

    def rows():
        for number in range(2_000):
            read.append(number)
            yield (number,)

    chunks = iter(respond(Table("t", ["n"], rows()), format))
    next(chunks)
    assert len(read) == 500
    assert len(list(chunks)) == 4


def test_a_spreadsheet_goes_on_on_a_second_sheet(monkeypatch):
    monkeypatch.setattr(downloads, "ROWS_A_SHEET", 3)
    rows = Table("t", ["n"], [(number,) for number in range(3)])
    book = CalamineWorkbook.from_filelike(io.BytesIO(body(respond(rows, "xlsx"))))
    assert list(book.sheet_names) == ["t", "t 2"]
    assert book.get_sheet_by_name("t 2").to_python() == [["n"], [2.0]]


def test_a_cell_that_no_spreadsheet_holds_is_said_and_not_cut():
    rows = Table("t", ["text"], [("x" * 40_000,)])
    with pytest.raises(ValueError, match="A cell of the column “text” is too long"):
        respond(rows, "xlsx")


def test_an_unknown_format_is_an_error():
    with pytest.raises(KeyError):
        respond(table(), "pdf")
