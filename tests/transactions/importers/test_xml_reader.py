"""Reading XML: lines and parents of elements, and what is refused before it is read."""

import pytest

from pricing.readers import ImporterError
from transactions.importers.xml_reader import CHUNK, Element, read_elements


def test_elements_come_with_line_and_parent():
    text = '<?xml version="1.0"?>\n<a>\n  <b\n    x="1"/><c y="&lt;ü"/>\n</a>'
    assert list(read_elements(text, "a")) == [
        Element("a", 2, "", {}),
        Element("b", 3, "a", {"x": "1"}),
        Element("c", 4, "a", {"y": "<ü"}),
    ]


def test_declared_encoding_is_overridden_because_the_text_is_decoded():
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><a x="ü"/>'
    assert list(read_elements(text, "a")) == [Element("a", 1, "", {"x": "ü"})]


def test_large_document_is_read_in_pieces():
    text = "<a>" + "<b/>\n" * CHUNK + "</a>"
    assert sum(1 for _ in read_elements(text, "a")) == CHUNK + 1


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;">]><a>&y;</a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<!DOCTYPE a><a/>",
    ],
)
def test_document_type_is_refused_before_any_entity_is_declared(text):
    with pytest.raises(ImporterError, match=r"^The XML declares a document type or entities"):
        list(read_elements(text, "a"))


def test_other_root_is_refused_by_name():
    with pytest.raises(ImporterError) as caught:
        list(read_elements("<html/>", "FlexQueryResponse"))
    assert str(caught.value) == (
        "The XML begins with <html>; an export begins with <FlexQueryResponse>."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<a>\n<b", "Line 2: the XML is damaged or breaks off (unclosed token)."),
        ("<a>\n<b/>", "Line 2: the XML is damaged or breaks off (no element found)."),
        ("<a>\n\n</b>", "Line 3: the XML is damaged or breaks off (mismatched tag)."),
        ("<a>&b;</a>", "Line 1: the XML is damaged or breaks off (undefined entity)."),
    ],
)
def test_damaged_document_is_refused_with_its_line(text, message):
    with pytest.raises(ImporterError) as caught:
        list(read_elements(text, "a"))
    assert str(caught.value) == f"{message} Export the file again unchanged."


def test_half_a_surrogate_pair_does_no_harm():
    assert [element.values for element in read_elements('<a x="\ud83e"/>', "a")] == [{"x": "?"}]
