"""From what an importer says to rows as they would be stored."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pricing.readers import Source
from transactions.importers.base import Ignored, Importer, ParsedTransaction, Rejected, Security
from transactions.ingest import no_progress
from transactions.kinds import Kind
from transactions.matching import Verdict
from transactions.reading import PROGRESS_EVERY, RowBuilder, Statement, read_statements

AAA = Security("AAA")
NOON = datetime(2024, 1, 5, 12, tzinfo=UTC)


def parsed(line=2, when=NOON, kind=Kind.BUY, currency="EUR", amount="5", **fields):
    values = {"security": AAA, "quantity": Decimal(1), **fields}
    money = None if amount is None else Decimal(amount)
    return ParsedTransaction(line, when, kind, currency, money, **values)


def build(*transactions, zone="UTC"):
    """The rows and the reasons of those that were rejected."""
    statement = Statement("", list(transactions))
    rows = RowBuilder(zone, {AAA: "AAA"}).build(statement)
    assert all(note.verdict is Verdict.REJECTED for note in statement.notes)
    return rows, [note.detail for note in statement.notes]


def row_of(**fields):
    rows, reasons = build(parsed(**fields))
    assert reasons == []
    return rows[0]


def reason_of(**fields):
    rows, (reason,) = build(parsed(**fields))
    assert rows == []
    return reason


class Fake(Importer):
    format = "fake"
    broker = "Fake Broker"
    tracks_cash = False

    def __init__(self, *outcomes, records=()):
        self.outcomes = outcomes
        self.records = records

    def recognises(self, source):
        return True

    def parse(self, source):
        for line in self.records:
            source.note_record(line)
        yield from self.outcomes


def statements(*outcomes, records=()):
    return read_statements(Source("a.csv", b"\n"), Fake(*outcomes, records=records), no_progress)


# ---- statements ------------------------------------------------------------------------------


def test_a_record_without_an_outcome_is_a_reject_that_says_so():
    (main,) = statements(parsed(2), Ignored(3, "a rule"), records=[2, 3, 4]).values()
    assert [(note.line, note.verdict.name, note.detail) for note in main.notes] == [
        (3, "IGNORED", "a rule"),
        (4, "REJECTED", "the Fake Broker importer did not account for this row"),
    ]


def test_a_record_that_was_folded_into_another_one_is_accounted_for():
    (main,) = statements(parsed(2, merged_lines=(3, 4)), records=[2, 3, 4]).values()
    assert main.notes == []


def test_depots_of_one_file_are_statements_of_their_own_and_notes_are_in_the_main_one():
    found = statements(
        parsed(2), parsed(3, portfolio="Joint"), Rejected(4, "no", "raw"), records=[2, 3, 4]
    )
    assert {name: len(one.parsed) for name, one in found.items()} == {"": 1, "Joint": 1}
    assert [note.raw for note in found[""].notes] == ["raw"]
    assert found["Joint"].notes == []


def test_a_file_of_depots_only_has_no_main_statement():
    assert list(statements(parsed(2, portfolio="Joint"), records=[2])) == ["Joint"]


def test_a_file_without_a_record_is_an_empty_statement():
    assert list(statements()) == [""]


def test_progress_is_told_now_and_then():
    told = []
    outcomes = [Ignored(number, "x") for number in range(PROGRESS_EVERY + 1)]
    source = Source("a.csv", b"\n" * 7)
    read_statements(source, Fake(*outcomes), lambda *args: told.append(args))
    assert told == [("Reading", 0, 7), ("Reading", PROGRESS_EVERY, 7)]


# ---- order and time --------------------------------------------------------------------------


def test_rows_are_sorted_by_instant_and_numbered_by_their_place_in_the_day():
    days = [NOON.replace(day=day) for day in (5, 7, 6, 7)]
    rows, _ = build(*[parsed(line, when) for line, when in enumerate(days)])
    assert [(row.line, row.sequence) for row in rows] == [(0, 0), (2, 0), (1, 0), (3, 1)]


def test_a_day_has_the_same_places_in_a_file_that_begins_later():
    days = [NOON.replace(day=day) for day in (5, 6, 6)]
    whole, _ = build(*[parsed(line, when) for line, when in enumerate(days)])
    part, _ = build(*[parsed(line, when) for line, when in enumerate(days[1:])])
    assert [row.sequence for row in whole[1:]] == [row.sequence for row in part] == [0, 1]


def test_a_file_with_the_newest_row_first_is_numbered_from_its_end():
    days = [NOON.replace(day=day) for day in (7, 5, 5)]
    rows, _ = build(*[parsed(line, when) for line, when in enumerate(days)])
    assert [(row.line, row.sequence) for row in rows] == [(2, 0), (1, 1), (0, 0)]


def test_a_local_time_is_placed_by_the_zone_of_the_account():
    at = datetime(2024, 7, 1, 0, 30)  # noqa: DTZ001
    (row,), _ = build(parsed(when=at), zone="Europe/Berlin")
    assert (row.at, row.day) == (datetime(2024, 6, 30, 22, 30, tzinfo=UTC), date(2024, 7, 1))


def test_the_day_of_an_instant_is_that_of_the_account():
    at = datetime(2024, 1, 5, 23, 30, tzinfo=UTC)
    (row,), _ = build(parsed(when=at), zone="Europe/Berlin")
    assert (row.at, row.day) == (at, date(2024, 1, 6))


@pytest.mark.parametrize("year", [1, 1899, 2201, 9999])
def test_a_date_out_of_range_is_rejected_first_row_or_last(year):
    bad = parsed(9, datetime(year, 1, 1, tzinfo=UTC))
    for order in ([bad, parsed(2)], [parsed(2), bad]):
        rows, reasons = build(*order)
        assert [row.line for row in rows] == [2]
        assert reasons == [f"the date {year:04}-01-01 is out of range"]


# ---- numbers ---------------------------------------------------------------------------------


def test_numbers_are_rounded_half_even_as_they_are_stored():
    row = row_of(
        quantity=Decimal("1.0000000000000000005"),
        price=Decimal("0.0000000000000000015"),
        amount="0.000000005",
        fee=Decimal("0.000000015"),
        tax=Decimal("0.000000025"),
        fx_rate=Decimal("1.23456789012345678951"),
    )
    assert (row.quantity, row.price) == (Decimal(1), Decimal("2e-18"))
    assert (row.amount, row.fee, row.tax) == (0, Decimal("2e-8"), Decimal("2e-8"))
    assert row.fx_rate == Decimal("1.234567890123456790")


@pytest.mark.parametrize("text", ["1", "0.5", "1E+3", "1e-18", "123456789.123456789012345678"])
def test_a_number_that_fits_stays_as_it_is(text):
    assert str(row_of(quantity=Decimal(text)).quantity) == str(Decimal(text))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"quantity": None}, "a BUY needs a quantity"),
        ({"security": None}, "a BUY needs an instrument"),
        ({"kind": Kind.TRANSFER_IN, "quantity": None}, "a TRANSFER_IN needs a quantity"),
        ({"kind": Kind.TRANSFER_OUT, "quantity": None}, "a TRANSFER_OUT needs a quantity"),
        ({"quantity": Decimal(0)}, "the quantity 0 of a BUY must be above zero"),
        ({"quantity": Decimal(-1)}, "the quantity -1 of a BUY must be above zero"),
        ({"kind": Kind.SPLIT, "quantity": Decimal(0)}, "the quantity 0 of a SPLIT must be above zero"),
        ({"quantity": Decimal("1e20")}, "the quantity 1E+20 is too large to be stored"),
        ({"amount": "-1"}, "the amount -1.00000000 of a BUY must not be negative"),
        ({"amount": "1e20"}, "the amount 100000000000000000000.00000000 is too large to be stored"),
        ({"price": Decimal(-1)}, "the price -1 must not be negative"),
        ({"price": Decimal("1e20")}, "the price 1E+20 is too large to be stored"),
        ({"fx_rate": Decimal(0)}, "the exchange rate 0 must be above zero"),
        ({"fee": Decimal("1e20")}, "the number 100000000000000000000.00000000 is too large to be stored"),
        ({"currency": "X" * 13}, "“XXXXXXXXXXXXX” is not a currency"),
        ({"currency": "E\ud800R"}, "“E R” is not a currency"),
        ({"fee_currency": "X" * 13}, "“XXXXXXXXXXXXX” is not a currency"),
        ({"external_id": "a\x00"}, "the id holds characters that cannot be stored"),
        ({"external_id": "a" * 101}, f"the id “{'a' * 40}…” is longer than 100 characters"),
        ({"security": Security("BBB")}, "“BBB” cannot be the name of an instrument"),
    ],
)  # fmt: skip
def test_what_the_database_would_refuse_is_a_reject_of_its_row(fields, reason):
    assert reason_of(**fields) == reason


@pytest.mark.parametrize(
    "fields",
    [
        {"quantity": Decimal("1e-19")},
        {"quantity": Decimal("99999999999999999999.9999999999999999995")},
        {"amount": "99999999999999999999.999999995"},
        {"price": Decimal("99999999999999999999.9999999999999999995")},
        {"fx_rate": Decimal("1e-20")},
        {"tax": Decimal("-99999999999999999999.999999995")},
    ],
)
def test_what_only_rounding_makes_impossible_is_a_reject_too(fields):
    assert reason_of(**fields)


def test_a_split_may_take_units_away_and_a_dividend_be_taken_back():
    assert row_of(kind=Kind.SPLIT, quantity=Decimal(-3)).quantity == -3
    assert row_of(kind=Kind.DIVIDEND, quantity=None, amount="-5").amount == -5


def test_money_moves_without_instrument_and_units():
    row = row_of(kind=Kind.TRANSFER_OUT, security=None, quantity=None)
    assert (row.ticker, row.quantity) == (None, None)


def test_a_description_that_cannot_be_stored_is_made_printable():
    assert row_of(description="a\x00b\ud800c\nd").description == "a b c d"
