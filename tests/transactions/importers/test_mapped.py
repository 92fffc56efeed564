"""Tables of formats that nobody wrote: what is guessed, and what a mapping makes of their rows."""

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers.base import Ignored, RowError
from transactions.importers.free_dates import DateOrder, moment
from transactions.importers.guessing import find_table, guess
from transactions.importers.guessing_types import meanings
from transactions.importers.layouts import IGNORE, MONEY, TRADE, Layout, Role
from transactions.importers.mapped import Mapped
from transactions.kinds import Kind

GERMAN = """Depotauszug;;;;;;;
Kunde 4711;;;;;;;

Datum;Uhrzeit;Vorgang;Bezeichnung;ISIN;Stück;Kurs;Gebühr;Betrag;Währung
31.01.2024;09:30;Kauf;SAP SE;DE0007164600;10;150,00;5,90;-1.505,90;EUR
15.05.2024;;Dividende;SAP SE;DE0007164600;;;;22,00;EUR
03.06.2024;10:00;Verkauf;SAP SE;DE0007164600;-4;170,25;5,90;675,10;EUR
04.06.2024;;Depotführung;;;;;;-3,00;EUR
"""
ENGLISH = """Trade Date,Action,Symbol,Qty,Price,Commission,Total
01/31/2024,Bought,AAPL,10,180.5,1,-1806
02/28/2024,Sold,AAPL,4,190,1,759
"""


def table_of(text: str):
    table = find_table(Source("x.csv", text.encode()))
    assert table is not None
    return table


def parse(text: str, layout: Layout):
    return list(Mapped("1", "Mine", layout).parse(Source("x.csv", text.encode())))


def with_choices(layout: Layout, **changes) -> Layout:
    return Layout.from_json(layout.as_json() | changes)


def test_a_german_statement_is_guessed_and_read():
    table = table_of(GERMAN)
    found = guess(table)
    assert (table.header.line, found.dates, found.decimal, found.is_signed) == (
        4,
        DateOrder.DAY_FIRST,
        ",",
        True,
    )
    assert found.kinds == {"kauf": "BUY", "dividende": "DIVIDEND", "verkauf": "SELL"}
    bought, paid, sold, unknown = parse(GERMAN, with_choices(found, has_fees=True))
    assert (bought.kind, bought.amount, bought.fee, bought.price) == (
        Kind.BUY,
        Decimal("1500.00"),
        Decimal("5.90"),
        150,
    )
    assert bought.when.isoformat() == "2024-01-31T09:30:00"
    assert (paid.kind, paid.amount, paid.quantity, paid.has_time) == (
        Kind.DIVIDEND,
        22,
        None,
        False,
    )
    assert (sold.kind, sold.quantity, sold.amount) == (Kind.SELL, 4, Decimal("681.00"))
    assert unknown.reason == (
        "the type “Depotführung” has no meaning in the mapping “Mine” yet; give it one"
    )


def test_an_english_statement_has_months_first():
    found = guess(table_of(ENGLISH))
    assert (found.dates, found.decimal) == (DateOrder.MONTH_FIRST, ".")
    bought, sold = parse(ENGLISH, with_choices(found, currency="USD"))
    assert (bought.kind, bought.when.date().isoformat(), bought.amount, bought.fee) == (
        Kind.BUY,
        "2024-01-31",
        1805,
        1,
    )
    assert (sold.kind, sold.security.ticker, sold.currency) == (Kind.SELL, "AAPL", "USD")


def test_signs_tell_the_type_where_there_is_no_column_of_it():
    text = "Date,Symbol,Shares,Value\n2024-01-02,AAA,5,-50\n2024-01-03,AAA,-2,30\n2024-01-04,AAA,2,30\n"
    found = with_choices(guess(table_of(text)), currency="EUR")
    assert [one.kind for one in parse(text, found)] == [Kind.BUY, Kind.SELL, Kind.SELL]
    money = "Date,Amount,Note\n2024-01-02,50,a\n2024-01-03,-30,b\n2024-01-04,,c\n"
    found = with_choices(guess(table_of(money)), currency="EUR")
    paid_in, paid_out, nothing = parse(money, found)
    assert [(one.kind, one.amount) for one in (paid_in, paid_out)] == [
        (Kind.DEPOSIT, 50),
        (Kind.WITHDRAWAL, 30),
    ]
    assert "whose sign tells the type" in nothing.reason


def test_words_may_leave_rows_out_or_let_the_sign_tell():
    text = "Date,Type,Symbol,Shares,Amount,Currency\n" + "".join(
        f"2024-01-0{day},{kind},AAA,{units},{amount},EUR\n"
        for day, (kind, units, amount) in enumerate(
            [("Order", 1, -5), ("Order", -1, 6), ("Cash", "", 9), ("Memo", "", 0)], start=1
        )
    )
    layout = with_choices(
        guess(table_of(text)), kinds={"order": TRADE, "cash": MONEY, "memo": IGNORE}
    )
    bought, sold, paid, left = parse(text, layout)
    assert [one.kind for one in (bought, sold, paid)] == [Kind.BUY, Kind.SELL, Kind.DEPOSIT]
    assert left == Ignored(5, "the type “Memo”, which the mapping leaves out")
    assert Mapped("1", "Mine", layout).tracks_cash


def test_an_amount_that_is_not_stated_is_quantity_times_price():
    text = "Date,Type,Symbol,Shares,Price,Amount,Currency\n2024-01-01,Buy,AAA,2,5.5,,EUR\n"
    (found,) = parse(text, guess(table_of(text)))
    assert found.amount == 11


def test_unsigned_amounts_are_taken_as_they_are():
    text = "Date,Type,Amount,Currency\n2024-01-01,Withdrawal,50,EUR\n2024-01-02,Fee,2,EUR\n"
    assert [one.amount for one in parse(text, guess(table_of(text)))] == [50, 2]


def test_a_row_with_more_cells_than_the_header_is_rejected():
    text = "Date,Type,Amount,Currency\n2024-01-01,Deposit,1,EUR,5\n2024-01-01,Deposit,x,EUR\n"
    reasons = [one.reason for one in parse(text, guess(table_of(text)))]
    assert reasons == [
        "the row has 5 cells, the header only 4",
        "amount: “x” is not a number",
    ]


def test_an_instrument_without_ticker_is_known_by_its_name():
    text = "Date,Type,Name,Units,Amount,Currency\n2024-01-01,Buy,A Fund,1,-5,EUR\n"
    (found,) = parse(text, guess(table_of(text)))
    assert (found.security.ticker, found.security.name) == ("A Fund", "A Fund")


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2024-03-09", "dmy", "2024-03-09"),
        ("09/03/2024", "dmy", "2024-03-09"),
        ("09/03/2024", "mdy", "2024-09-03"),
        ("9.3.24", "dmy", "2024-03-09"),
        ("24/03/09", "ymd", "2024-03-09"),
        ("09-03-2024", "ymd", "2024-03-09"),
        ("20240309", "dmy", "2024-03-09"),
        ("20240309 101112", "dmy", "no time"),
        ("9 Mar 2024", "dmy", "2024-03-09"),
        ("09-Mär-2024", "dmy", "2024-03-09"),
        ("2024 Dec 09", "dmy", "2024-12-09"),
        ("March 9, 2024", "dmy", "2024-03-09"),
        ("2024-03-09T10:11:12.345Z", "ymd", "2024-03-09T10:11:12+00:00"),
        ("03/09/2024, 10:11:12 PM", "mdy", "2024-03-09T22:11:12"),
        ("2024-03-09 12:05 AM", "ymd", "2024-03-09T00:05:00"),
        ("2024-03-09 10:11:12 +0200", "ymd", "2024-03-09T10:11:12+0200"),
        ("03/09/2024 09:30:00 EST", "mdy", "2024-03-09T09:30:00-05:00"),
        ("2024-03-09 10:11:12 CEST", "ymd", "2024-03-09T10:11:12+02:00"),
        ("2024-03-09 10:11:12 XYZ", "ymd", "no zone"),
        ("Sat Mar 09 2024 10:11:12 GMT+0100 (Standard Time)", "dmy", "2024-03-09T10:11:12+0100"),
        ("2024-03-09T10:11:12+00", "dmy", "2024-03-09T10:11:12+00"),
        ("Sat, 09 Mar 2024 10:11:12 GMT", "dmy", "2024-03-09T10:11:12+00:00"),
        ("Jan. 15, 2026, 10:30 AM", "dmy", "2026-01-15T10:30:00"),
        ("9 Foo 2024", "dmy", "no month"),
        ("Foo 9, 2024", "dmy", "no month"),
        ("yesterday", "dmy", "no date"),
        ("1704189600", "dmy", "2024-01-02T10:00:00+00:00"),
        ("1704189600123", "dmy", "2024-01-02T10:00:00+00:00"),
    ],
)
def test_dates_of_many_forms(text, order, expected):
    if expected.startswith("no "):
        with pytest.raises(RowError):
            moment(text, "", DateOrder(order))
    else:
        assert moment(text, "", DateOrder(order)) == expected


def test_time_in_a_cell_of_its_own():
    assert moment("2024-03-09", "10:11", DateOrder.YEAR_FIRST) == "2024-03-09T10:11:00"


def test_words_of_types_in_some_languages():
    words = ["aankoop", "venta", "utdelning", "zins", "split", "pending order", "blah"]
    assert meanings(words) == {
        "aankoop": "BUY",
        "venta": "SELL",
        "utdelning": "DIVIDEND",
        "zins": "INTEREST",
        "split": "SPLIT",
        "pending order": IGNORE,
    }


def test_a_column_of_isins_is_known_by_its_cells():
    text = "Datum,Stück,Betrag,Kennung\n2024-01-02,5,-50,DE0007164600\n"
    assert guess(table_of(text)).columns[Role.ISIN] == 3


def test_names_that_nobody_knows_are_still_a_table_and_a_letter_is_none():
    assert table_of("Eins,Zwei,Drei\n1,2,3\n").header.cells == ["Eins", "Zwei", "Drei"]
    assert find_table(Source("x", b"Dear Sir,\nplease find, enclosed\n1,2,3")) is None
    assert guess(table_of("Eins,Zwei,Drei\n1,2,3\n")).columns == {}


def test_another_header_is_refused():
    mapped = Mapped("1", "Mine", guess(table_of(ENGLISH)))
    assert mapped.account_currency(Source("x", b"")) == ""
    assert mapped.recognises(Source("x", ENGLISH.replace("Total", "TOTAL,").encode()))
    assert not mapped.recognises(Source("x", GERMAN.encode()))
    with pytest.raises(ImporterError, match="header line of the mapping “Mine”"):
        list(mapped.parse(Source("x", b"a,b")))


@pytest.mark.parametrize(
    "change",
    [
        {"columns": {"date": 99}},
        {"columns": {"colour": 1}},
        {"decimal": "'"},
        {"kinds": {"a": "SOMETHING"}},
        {"dates": "xyz"},
    ],
)
def test_what_is_no_layout_is_not_read_as_one(change):
    with pytest.raises(ValueError, match=r"is not|column|mark"):
        with_choices(guess(table_of(ENGLISH)), **change)


junk = st.sampled_from(
    ["", "-", "1e9", "NaN", "31/31/31", "a,b", "x" * 300, "\u0000", "2024-01-01"]
)


@given(st.randoms(use_true_random=False), st.lists(junk, max_size=4))
def test_whatever_the_cells_every_record_has_an_outcome(chance: random.Random, pieces):
    lines = GERMAN.splitlines()
    for piece in pieces:
        at = chance.randrange(4, len(lines))
        cells = lines[at].split(";")
        cells[chance.randrange(len(cells))] = piece
        lines[at] = ";".join(cells)
    source = Source("x", "\n".join(lines).encode())
    table = find_table(source)
    assert table is not None
    outcomes = list(Mapped("1", "Mine", guess(table)).parse(source))
    assert golden.lines_without_outcome(source, outcomes) == []


@given(st.binary(max_size=400))
def test_no_bytes_break_the_guess(data):
    try:
        table = find_table(Source("x", data))
    except ImporterError:
        return
    if table is not None:
        guess(table)


@given(st.text(max_size=40), st.text(max_size=12), st.sampled_from(DateOrder))
def test_a_date_is_read_or_refused(day, time, order):
    try:
        found = moment(day, time, order)
    except RowError:
        return
    assert found[:4].isdigit()
