"""Our own CSV: what a row needs, what is refused by name, and that an export comes back as it was."""

import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.assets import AssetType
from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.downloads import Table, csv_text
from transactions.importers.base import AccountFacts, ParsedTransaction, Security
from transactions.importers.generic_csv import (
    COLUMNS,
    GenericCsv,
    as_cells,
    guarded,
    unguarded,
)
from transactions.kinds import MOVES_UNITS, Kind

IMPORTER = GenericCsv()


def outcomes(name):
    source = golden.source_of(golden.DATA / "generic-csv" / name)
    return {outcome.line: outcome for outcome in IMPORTER.parse(source)}


def parse(text):
    return list(IMPORTER.parse(Source("x.csv", text.encode())))


# ---- the header ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ("date,type,currency,amount", True),
        ("Currency;TYPE; Date ;Amount", True),
        ("transaction_date,transaction_type,total_amount,currency", True),
        ("date,type,currency,amnt", True),
        ("date,type,currency,amnt,tikcer", True),
        ("date,type,currency,one,two,three", False),
        ("date,type,amount", False),
        ("Date,Ticker,Type,Quantity,Price per share,Total Amount,Currency,FX Rate", False),
    ],
)
def test_header_is_recognised_unless_it_is_somebody_elses(header, known):
    assert IMPORTER.recognises(Source("x", f"{header}\n".encode())) is known


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "date,type,currency,amnt,tikcer",
            f"The columns “amnt”, “tikcer” are not known; known are {', '.join(COLUMNS)}.",
        ),
        (
            "date,type,currency,amount,Amount",
            "The column “amount” occurs twice in the header line.",
        ),
        (
            "date,type,currency,amount,total_amount",
            "The column “amount” occurs twice in the header line.",
        ),
        ("date,amount", "A header line with the columns “date”, “type”, “currency” is missing."),
    ],
)
def test_header_is_refused_by_name(header, message):
    with pytest.raises(ImporterError) as caught:
        parse(f"{header}\n")
    assert str(caught.value) == message


def test_columns_may_lack_a_name_where_they_are_empty():
    whole, empty, filled = parse(
        "date,type,currency,amount,,\n2024-01-01,fee,EUR,1\n2024-01-01,fee,EUR,1,,\n2024-01-01,fee,EUR,1,,x\n"
    )
    assert (whole.amount, empty.amount) == (1, 1)
    assert filled.reason == "the row has cells for which the header has no name"


def test_columns_of_the_replaced_tracker_are_understood():
    found = outcomes("old_tracker.csv")
    assert (found[2].amount, found[2].external_id, found[2].description) == (
        Decimal("425.25"),
        "e1",
        "Bought, with a comma",
    )
    assert found[3].description == "Two\nlines"
    # Short of the last columns.
    assert (found[5].kind, found[5].amount) == (Kind.DEPOSIT, 500)


def test_decimal_comma_and_windows_encoding_are_understood():
    found = outcomes("semicolon_cp1252.csv")
    assert found[3].security.name == "Münchener Rück"
    assert (found[3].quantity, found[3].price, found[3].fee) == (
        1234,
        Decimal("380.50"),
        Decimal("4.90"),
    )
    assert (found[5].quantity, found[5].price) == (Decimal("2.5"), Decimal("1381.5"))


# ---- the rows ------------------------------------------------------------------------------------


def test_a_zero_is_no_quantity_of_a_dividend():
    (found,) = parse("date,type,ticker,quantity,amount,currency\n2024-01-05,DIVIDEND,AAA,0,5,EUR\n")
    assert (found.quantity, found.amount) == (None, 5)


def test_missing_amount_of_a_trade_is_quantity_times_price():
    (found,) = parse(
        "date,type,ticker,quantity,price,currency\n"
        "2024-01-01,buy,A,12345678901234567890.123456789012345678,1.000000000000000001,EUR\n"
    )
    assert str(found.amount) == "12345678901234567902.469135690246913568123456789012345678"


def test_unknown_amount_stays_unknown_even_with_a_price():
    (found,) = parse(
        "date,type,ticker,quantity,price,amount,currency\n2024-01-01,buy,A,1,2,Unknown,EUR\n"
    )
    assert (found.price, found.amount) == (2, None)


def test_instruments_are_shared_between_rows():
    found = outcomes("all_kinds.csv")
    assert found[3].security is found[5].security
    assert found[3].security == Security(
        "MSFT", "US5949181045", "Microsoft", AssetType.STOCK, "USD"
    )


def test_minor_units_become_whole_ones():
    found = outcomes("all_kinds.csv")
    assert (
        found[23].currency,
        found[23].price,
        found[23].amount,
        found[23].fee,
        found[23].tax,
    ) == (
        "GBP",
        Decimal("0.4512"),
        Decimal("45.12"),
        Decimal("1.5"),
        Decimal("0.2256"),
    )
    assert (found[24].amount, found[24].fee) == (45, 0)
    assert (found[27].fee, found[27].fee_currency) == (Decimal("0.99"), "GBP")
    assert found[23].security.currency == "GBP"


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("BUY", Kind.BUY),
        ("buy", Kind.BUY),
        (" Cash in ", Kind.DEPOSIT),
        ("top-up", Kind.DEPOSIT),
        ("Return of Capital", Kind.RETURN_OF_CAPITAL),
        ("withholding tax", Kind.TAX),
    ],
)
def test_type_is_understood_in_friendly_spellings(written, kind):
    (found,) = parse(f"date,type,ticker,quantity,amount,currency\n2024-01-01,{written},A,1,1,EUR\n")
    assert found.kind is kind


def test_every_reject_of_the_broken_file_names_its_reason():
    found = outcomes("broken.csv")
    types = "STOCK, ETF, FUND, BOND, CRYPTO, METAL, OPTION, CASH, OTHER"
    assert {line: one.reason for line, one in found.items() if line != 3} == {
        2: "“2024-13-01” is not a date; write 2024-01-31, or 2024-01-31T15:30:00 with or without Z",
        4: "the currency is missing",
        5: "“Euro” is not a currency",
        6: "DEPOSIT needs an amount",
        7: "amount: “1.2.3” is not grouped like a number",
        8: "BUY needs a ticker or an ISIN",
        9: "the instrument “Nameless” has neither ticker nor ISIN",
        10: "“US0378” is not an ISIN",
        11: f"the asset type “SPACESHIP” is not known; known are {types}",
        12: "BUY needs a quantity other than zero",
        13: "the quantity -1 is negative; the type tells the direction",
        14: "TRANSFER_IN of money needs an amount",
        15: "DIVIDEND needs an amount",
        16: "the row has cells for which the header has no name",
        17: "the currency is missing",
    }
    assert found[3].reason.startswith("the type “gift” is not known; known are BUY, SELL, ")
    assert found[17].raw == "2024-01-01,tax"


# ---- there and back ------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=12)
names = st.one_of(texts, st.sampled_from(['a "quoted" name', "semi;colon", "comma, comma", "=1+1"]))
quantities = st.decimals(min_value="1e-18", max_value="9999999999", places=18)
amounts = st.decimals(min_value="-9999999999", max_value="9999999999", places=8)
known_or_not = st.one_of(st.none(), amounts)
# An empty cell of a transfer without units is a mistake, not an unknown amount.
UNITS_OR_MONEY = {Kind.TRANSFER_IN, Kind.TRANSFER_OUT}
currencies = st.sampled_from(["EUR", "USD", "GBP", "USDT"])
# Not a time zone by name: the export writes the offset.
zones = st.sampled_from([None, UTC, timezone(timedelta(hours=5, minutes=30))])


@st.composite
def securities(draw):
    ticker = draw(texts)
    isin = draw(st.sampled_from(["", "US0378331005", "XF000BTC0017"]))
    return Security(
        ticker if ticker or isin else "A",
        isin,
        draw(names),
        draw(st.sampled_from(AssetType)),
        draw(st.one_of(st.just(""), currencies)),
    )


@st.composite
def transactions(draw):
    kind = draw(st.sampled_from(Kind))
    money_only = kind not in MOVES_UNITS and kind not in {Kind.DIVIDEND, Kind.RETURN_OF_CAPITAL}
    transfer = kind in {Kind.TRANSFER_IN, Kind.TRANSFER_OUT}
    security = draw(st.none() if money_only else securities())
    if transfer and draw(st.booleans()):
        security = None
    quantity = draw(quantities) if security and kind in MOVES_UNITS else None
    if kind is Kind.SPLIT and draw(st.booleans()):
        quantity = -quantity
    has_time = draw(st.booleans())
    when = draw(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001
    when = (
        when.replace(tzinfo=draw(zones))
        if has_time
        else when.replace(hour=0, minute=0, second=0, microsecond=0)
    )
    fee = draw(amounts)
    return ParsedTransaction(
        line=0,
        when=when,
        kind=kind,
        currency=draw(currencies),
        amount=draw(amounts if kind in UNITS_OR_MONEY and not security else known_or_not),
        security=security,
        quantity=quantity,
        price=draw(st.one_of(st.none(), quantities)),
        fee=fee,
        fee_currency=draw(st.one_of(st.just(""), currencies)),
        tax=draw(amounts),
        fx_rate=draw(st.one_of(st.none(), quantities)),
        has_time=has_time,
        external_id=draw(texts),
        group=draw(texts),
        description=draw(st.one_of(names, st.just("two\nlines"), st.just("  spaces  "))),
        portfolio=draw(texts),
        order=draw(st.integers(0, 10**12 - 1)),
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(transactions(), min_size=1, max_size=5), st.sampled_from([",", ";"]))
def test_what_is_exported_comes_back_as_it_was(originals, delimiter):
    text = "".join(csv_text(Table("export", COLUMNS, map(as_cells, originals))))
    if delimiter != ",":
        written = io.StringIO(newline="")
        writer = csv.writer(written, delimiter=delimiter)
        writer.writerows(csv.reader(io.StringIO(text, newline="")))
        text = written.getvalue()
    source = Source("export.csv", text.encode())

    assert IMPORTER.recognises(source)
    assert [one._replace(line=0) for one in IMPORTER.parse(source)] == originals


def test_golden_transactions_come_back_as_they_were():
    originals = list(outcomes("all_kinds.csv").values())
    again = parse("".join(csv_text(Table("export", COLUMNS, map(as_cells, originals)))))
    assert [one._replace(line=0) for one in again] == [one._replace(line=0) for one in originals]


def test_all_digits_are_written():
    (row,) = parse("date,type,currency,amount\n2024-01-01,deposit,EUR,1E+3\n")
    (_, written) = csv.reader("".join(csv_text(Table("x", COLUMNS, [as_cells(row)]))).splitlines())
    assert written[COLUMNS.index("amount")] == "1000"


@given(st.text(max_size=6), st.sampled_from(["", "=", "'=", "''+1", "-5", "@", "\t", "＝", "'a"]))
def test_what_is_guarded_against_spreadsheets_comes_back_as_it_was(text, front):
    written = guarded(front + text)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert unguarded(written) == front + text


def test_accounts_are_described_by_the_first_row_of_each_depot():
    text = (
        "date,type,currency,amount,portfolio,account_currency,time_zone,tracks_cash\n"
        "2024-01-01,deposit,EUR,1,,USD,America/New_York,yes\n"
        "2024-01-01,deposit,EUR,1,'=Two,CHF,,No\n"
        "2024-01-01,deposit,EUR,1,'=Two,EUR,Europe/Zurich,\n"
    )
    assert IMPORTER.depots(Source("x", text.encode())) == {
        "": AccountFacts("USD", "America/New_York", True),
        "=Two": AccountFacts("CHF", "", False),
    }
    assert IMPORTER.depots(Source("x", b"date,type,currency\n2024-01-01,fee,EUR\n")) == {}
    assert IMPORTER.depots(Source("x", b"date,type\n")) == {}


def test_only_some_facts_of_an_account_need_a_column():
    text = "date,type,currency,amount,time_zone\n2024-01-01,deposit,EUR,1,Asia/Tokyo\n"
    assert IMPORTER.depots(Source("x", text.encode())) == {"": AccountFacts("", "Asia/Tokyo")}


@pytest.mark.parametrize("order", ["-1", "1.5", "x", "²", "1" * 13])
def test_an_order_is_a_whole_number(order):
    (one,) = parse(f"date,type,currency,amount,order\n2024-01-01,deposit,EUR,1,{order}\n")
    assert one.reason == f"the order “{order}” is not a whole number"


@pytest.mark.parametrize("kind", ["dividend", "interest", "deposit", "transfer in"])
def test_any_amount_may_be_said_to_be_unknown(kind):
    (one,) = parse(
        f"date,type,ticker,quantity,amount,currency\n2024-01-01,{kind},A,1,unknown,EUR\n"
    )
    assert one.amount is None


# ---- damage --------------------------------------------------------------------------------------
