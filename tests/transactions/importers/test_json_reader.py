"""Reading JSON: lines of records, numbers as text, and damage."""

import pytest

from pricing.readers import ImporterError
from transactions.importers.json_reader import Document, Item, read_document


def test_records_come_with_their_lines_and_numbers_as_text():
    text = '\ufeff{"n": 1.10,\n"list": [ 1e5,\n\n {"x": -0}, "a" ], "z": [true, null]}\n'
    assert read_document(text, "list") == Document(
        {"n": "1.10", "z": [True, None]}, [Item(2, "1e5"), Item(4, {"x": "-0"}), Item(4, "a")]
    )


def test_second_name_of_the_list_is_understood():
    assert read_document('{"orders": [1]}', "activities", "orders").items == [Item(1, "1")]


def test_empty_object_and_list_are_read():
    assert read_document('{"list": []}', "list") == Document({}, [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "The JSON has no list “list”."),
        ('{"list": {}}', "The JSON has no list “list”."),
        ('{"list": NaN}', "The JSON cannot be read: NaN is not a number of JSON."),
        ("[1]", "Line 1: the JSON is damaged or breaks off (Expecting '{')."),
        ('{"list": [1\n', "Line 2: the JSON is damaged or breaks off (Expecting ',')."),
        ('{"list": [1,]}', "Line 1: the JSON is damaged or breaks off (Expecting value)."),
        ('{"list" 1}', "Line 1: the JSON is damaged or breaks off (Expecting ':')."),
        ('{"list": []} x', "Line 1: the JSON is damaged or breaks off (Extra data)."),
        (
            '{\n"list": ["a\n',
            "Line 2: the JSON is damaged or breaks off (Invalid control character at).",
        ),
    ],
)
def test_damaged_document_is_refused(text, message):
    with pytest.raises(ImporterError) as caught:
        read_document(text, "list")
    assert str(caught.value).removesuffix(" Export the file again unchanged.") == message


def test_endless_nesting_is_refused():
    with pytest.raises(ImporterError, match=r"^The JSON cannot be read: "):
        read_document('{"list": [' + "[" * 100_000, "list")
