"""What the golden files of OFX do not show: files as a whole, and how tolerant the reader is."""

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import fuzzing, mutations
from transactions.importers.ofx import Ofx
from transactions.importers.ofx_reader import DEEPEST, read_tree


def test_values_may_be_closed_or_not_and_lines_are_told() -> None:
    tree = read_tree("OFXHEADER:100\n\n<OFX><A><B>1<C>x &amp; y</C>\n<D></A><E/></ofx>")
    assert (tree.value("OFX", "A", "B"), tree.value("OFX", "A", "C")) == ("1", "x & y")
    assert [(node.tag, node.line) for node in tree.all("A", "E")] == [("A", 3), ("E", 4)]
    assert tree.value("OFX", "A", "D", "none") == tree.value("OFX", "Z") == ""


def test_a_document_type_in_front_is_no_part_of_the_statement() -> None:
    text = '<!DOCTYPE OFX [<!ENTITY a "b">]><OFX><A>&a;</A></OFX>'
    assert read_tree(text).value("OFX", "A") == "&a;"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<a/>", "The tag <OFX>"),
        (b"<OFX></OFX>", "holds no statement"),
        (b"<OFX>" + b"<A>" * (DEEPEST + 1) + b"</A>", "nest deeper"),
    ],
    ids=["no root", "no statement", "deep"],
)
def test_what_is_no_statement_is_refused_with_a_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(ImporterError, match=reason):
        list(Ofx().parse(Source("x.ofx", data)))


def test_currency_of_the_account_is_that_of_the_first_statement() -> None:
    assert Ofx().account_currency(Source("x.ofx", b"<OFX><CURDEF>chf<X>")) == "CHF"
    assert Ofx().account_currency(Source("x.ofx", b"<OFX>")) == ""


def test_an_event_without_any_currency_is_rejected() -> None:
    data = b"<OFX><STMTRS><BANKTRANLIST><STMTTRN><FITID>1</STMTTRN></BANKTRANLIST></STMTRS></OFX>"
    (found,) = Ofx().parse(Source("x.ofx", data))
    assert found.reason == "<STMTTRN> 1: the currency is missing (CURDEF)"


def test_mutated_files_account_for_every_record() -> None:
    fuzzing.assert_accounts_for_every_record(Ofx(), "ofx")
    for source in mutations.mutants("ofx", 200):
        mutations.keeps_its_promise(Ofx(), source)
