"""What the golden files of OFX do not show: files as a whole, and how tolerant the reader is."""

import pytest

from pricing.readers import ImporterError, Source
from transactions.importers.base import AccountFacts, Outcome
from transactions.importers.ofx import Ofx
from transactions.importers.ofx_reader import DEEPEST, read_tree
from transactions.kinds import Kind

TRADED = "<INVTRAN><FITID>f<DTTRADE>20240102</INVTRAN><SECID><UNIQUEID>111111111</SECID>"


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


def parse_events(*events: str) -> list[Outcome]:
    text = (
        f"<OFX><INVSTMTRS><CURDEF>USD<INVTRANLIST>{''.join(events)}</INVTRANLIST></INVSTMTRS></OFX>"
    )
    return list(Ofx().parse(Source("x.ofx", text.encode())))


def test_contracts_that_no_list_has_count_the_shares_that_their_trade_states() -> None:
    bought, closed = parse_events(
        f"<BUYOPT><INVBUY>{TRADED}<UNITS>1<TOTAL>-200</INVBUY><SHPERCTRCT>100</BUYOPT>",
        f"<CLOSUREOPT>{TRADED}<OPTACTION>EXPIRE<UNITS>-1<SHPERCTRCT>100</CLOSUREOPT>",
    )
    assert (bought.kind, bought.quantity, bought.price) == (Kind.BUY, 100, 2)
    assert (closed.kind, closed.quantity, closed.amount) == (Kind.SELL, 100, 0)


def test_interest_and_fees_need_no_security_but_dividends_do() -> None:
    when = "<INVTRAN><FITID>f<DTTRADE>20240102</INVTRAN>"
    interest, fee, dividend = parse_events(
        f"<INCOME>{when}<INCOMETYPE>INTEREST<TOTAL>3</INCOME>",
        f"<INVEXPENSE>{when}<TOTAL>-2</INVEXPENSE>",
        f"<INCOME>{when}<INCOMETYPE>DIV<TOTAL>3</INCOME>",
    )
    assert (interest.kind, interest.amount, interest.security) == (Kind.INTEREST, 3, None)
    assert (fee.kind, fee.amount, fee.security) == (Kind.FEE, 2, None)
    assert dividend.reason == "<INCOME> f: the security is missing (SECID)"


def test_a_lone_comma_is_decimal() -> None:
    when = "<TRNTYPE>CREDIT<DTPOSTED>20240102"
    found = parse_events(
        f"<STMTTRN>{when}<TRNAMT>1,234</STMTTRN>", f"<STMTTRN>{when}<TRNAMT>1,234.50</STMTTRN>"
    )
    assert [str(one.amount) for one in found] == ["1.234", "1234.50"]


def test_every_account_of_a_file_has_its_own_currency() -> None:
    statement = "<STMTRS><CURDEF>{}<BANKACCTFROM><ACCTID>{}</BANKACCTFROM></STMTRS>"
    text = f"<OFX>{statement.format('EUR', 1)}{statement.format('usd', 2)}</OFX>"
    assert Ofx().depots(Source("x.ofx", text.encode())) == {
        "": AccountFacts("EUR"),
        "2": AccountFacts("USD"),
    }
    assert Ofx().depots(Source("x.ofx", b"<OFX></OFX>")) == {}
