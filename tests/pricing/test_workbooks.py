"""Excel workbooks as text: what a cell becomes, which sheets there are, and what is refused."""

import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter

from pricing.archives import MOST_MEMBERS, unpacked
from pricing.readers import ImporterError
from pricing.workbooks import MOST_CELLS, file_of, is_workbook, open_source, sheets

PLENTY = 10**7
OLD = Path(__file__).parent / "data" / "trades.xls"


def workbook(**named) -> bytes:
    """A workbook with sheets of rows; dates are written as Excel does."""
    stream = io.BytesIO()
    formats = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm:ss.000", time: "hh:mm:ss"}
    with xlsxwriter.Workbook(stream) as book:
        styles = {kind: book.add_format({"num_format": text}) for kind, text in formats.items()}
        for name, rows in named.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if type(value) in styles:
                        sheet.write_datetime(number, column, value, styles[type(value)])
                    elif value is not None:
                        sheet.write(number, column, value)
    return stream.getvalue()


def archive(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return stream.getvalue()


def text(*row) -> str:
    (source,) = sheets("x.xlsx", workbook(One=[row]), PLENTY)
    return source.text().rstrip("\n")


def test_numbers_are_what_was_typed():
    assert (
        text(10, 0.1, 0.1 + 0.2, 1234567.89, -5.5, 1e-7) == "10,0.1,0.3,1234567.89,-5.5,0.0000001"
    )
    assert text(1 / 3, 12345678901234570) == "0.3333333333333333,12345678901234570"


def test_dates_times_and_truth_are_written_as_iso():
    cells = text(date(2024, 1, 5), datetime(2024, 1, 5, 9, 30, 15), time(9, 30), True, False)  # noqa: DTZ001
    assert cells == "2024-01-05,2024-01-05 09:30:15,09:30:00,TRUE,FALSE"


def test_a_line_break_within_a_cell_moves_no_line():
    assert text("a\nb", 'say "x", y') == 'a b,"say ""x"", y"'


def test_lines_are_the_rows_of_the_sheet():
    rows = [["Title"], [], ["a", "b"], [None, 1]]
    (source,) = sheets("x.xlsx", workbook(One=rows), PLENTY)
    assert source.text() == "Title,\n,\na,b\n,1\n"


def test_sheets_have_names_know_each_other_and_blank_ones_are_left_out():
    found = sheets("book.xlsx", workbook(**{"A b": [["x"]], "Empty": [], "C": [["y"]]}), PLENTY)
    assert [source.name for source in found] == ["book.xlsx › A b", "book.xlsx › C"]
    assert found[0].sheets == tuple(found)
    assert [source.sheet for source in found[0].again().sheets] == ["A b", "C"]
    assert file_of(found[0].name) == "book.xlsx"
    assert file_of("plain.csv") == "plain.csv"


def test_a_sheet_is_opened_by_the_name_it_was_given():
    data = workbook(Trades=[["x"]], OldTrades=[["y"]])
    assert open_source("b.xlsx › OldTrades", data, PLENTY).text() == "y\n"
    assert open_source("b.xlsx › Trades", data, PLENTY).text() == "x\n"
    assert open_source("b.xlsx", workbook(One=[["z"]]), PLENTY).text() == "z\n"
    assert open_source("b.csv", b"plain", PLENTY).text() == "plain"
    with pytest.raises(ImporterError, match="has several sheets"):
        open_source("b.xlsx", data, PLENTY)


def test_old_workbooks_are_read_too():
    (source,) = sheets("trades.xls", OLD.read_bytes(), PLENTY)
    assert source.text().splitlines()[1] == "2024-01-05,BUY,AAA,10,0.1,1,EUR"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (workbook(One=[]), "The workbook is empty."),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "damaged or no Excel workbook"),
        (workbook(One=[["x"]])[:-200] + b"\x00" * 200, "damaged"),
    ],
    ids=["empty", "old", "cut"],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(data, sentence):
    with pytest.raises(ImporterError, match=sentence):
        sheets("x.xlsx", data, PLENTY)


def test_a_cell_in_the_last_corner_does_not_fill_the_memory():
    rows = 1_000_000
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, 1)
        sheet.write(rows - 1, MOST_CELLS // rows + 1, 1)
    with pytest.raises(ImporterError, match="reaches to row 1,000,000"):
        sheets("x.xlsx", stream.getvalue(), PLENTY)


def test_other_archives_are_no_workbooks():
    assert is_workbook(workbook(One=[["x"]]))
    assert not is_workbook(archive(a=b"1"))
    assert not is_workbook(b"PK\x03\x04rest")
    assert not is_workbook(b"a,b")


def test_an_archive_gives_its_files_and_passes_over_what_macos_adds():
    data = archive(**{"a/x.csv": b"1", "__MACOSX/a/x.csv": b"2", ".DS_Store": b"3", "y.csv": b"4"})
    assert list(unpacked(data, PLENTY)) == [("a/x.csv", b"1"), ("y.csv", b"4")]


def encrypted() -> bytes:
    data = bytearray(archive(a=b"1"))
    at = data.index(b"PK\x01\x02") + 8
    data[at] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04rest", "The archive is damaged"),
        (archive(a=b"0" * 1000), "Unpacked the archive has"),
        (archive(**{str(n): b"" for n in range(MOST_MEMBERS + 1)}), "has 501 files"),
        (encrypted(), "protected by a password"),
    ],
    ids=["damaged", "bomb", "many", "password"],
)
def test_archives_that_are_refused(data, sentence):
    with pytest.raises(ImporterError, match=sentence):
        list(unpacked(data, 999))
