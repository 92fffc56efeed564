"""Files of prices and rates: recognised by content, read exactly, refused with a reason."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.price_formats import Ignored, PriceRow, RateRow, Reject, SplitRow, recognise
from pricing.readers import ImporterError, Source

MAY_4, MAY_5 = date(2026, 5, 4), date(2026, 5, 5)
YAHOO = (
    "Date,Open,High,Low,Close,Adj Close,Volume\n"
    "2026-05-04,187.149994,189.2,186.899994,188.429993,180.1,45000100\n"
    "2026-05-05,null,null,null,null,null,null\n"
)
STOOQ = "Date,Open,High,Low,Close,Volume\n2026-05-04,187.15,189.2,186.9,188.43,45000100\n"
ECB = "Date,USD,JPY,BGN,CYP,CZK,\n2026-05-05,1.1,160.5,N/A,N/A,25,\n"


def read(text, encoding="utf-8"):
    source = Source("file", text.encode(encoding))
    found, header = recognise(source)
    return found.name, list(found.read(source, header))


def only(text):
    _, (row,) = read(text)
    return row


def test_our_own_table_in_full():
    name, rows = read(
        "Date,Ticker,Close,Currency,Open,High,Low,Volume,Adjusted\n"
        "2026-05-04,AAPL,188.43,USD,187.15,189.2,186.9,45000100,no\n"
        "2026-05-05,AAPL,94.2,USD,,,,,yes\n"
    )
    assert name == "prices"
    assert rows == [
        PriceRow(2, "AAPL", MAY_4, Decimal("188.43"), "USD", False, Decimal("187.15"),
                 Decimal("189.2"), Decimal("186.9"), Decimal(45000100)),
        PriceRow(3, "AAPL", MAY_5, Decimal("94.2"), "USD", True),
    ]  # fmt: skip


def test_our_own_table_with_what_it_needs_least():
    assert read("date;price;isin\n04.05.2026;1.234,56;US0378331005\n04.05.2026;0,5;X\n") == (
        "prices",
        [
            PriceRow(2, "US0378331005", MAY_4, Decimal("1234.56"), "", None),
            PriceRow(3, "X", MAY_4, Decimal("0.5"), "", None),
        ],
    )


def test_yahoo_is_read_by_close_and_never_by_adj_close():
    name, (row, empty) = read(YAHOO)
    assert name == "yahoo"
    assert (row.day, row.close, row.volume) == (MAY_4, Decimal("188.429993"), 45000100)
    assert (row.ticker, row.currency, row.adjusted) == ("", "", None)
    assert empty == Ignored(3, "there is no price of that day")


def test_stooq_is_recognised_with_and_without_volume_and_in_polish():
    polish = "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen\n2026-05-04,1,2,0.5,1.5,7\n"
    short = "Date,Open,High,Low,Close\n2026-05-04,1,2,0.5,1.5\n"
    assert read(STOOQ)[0] == read(polish)[0] == read(short)[0] == "stooq"
    assert only(polish).close == only(short).close == Decimal("1.5")
    assert only(STOOQ).open == Decimal("187.15")


def test_what_a_format_usually_is_about_splits():
    flags = {
        text: recognise(Source("f", text.encode()))[0].adjusted for text in (YAHOO, STOOQ, ECB)
    }
    assert flags == {YAHOO: True, STOOQ: True, ECB: False}


def test_our_table_of_rates():
    assert read("Date,Currency,Rate\n2026-05-04,USD,1.1\n2026-05-04,TWD,34.5\n") == (
        "rates",
        [
            RateRow(2, MAY_4, "USD", Decimal("1.1")),
            RateRow(3, MAY_4, "TWD", Decimal("34.5")),
        ],
    )


def test_our_table_of_splits():
    name, rows = read("Date,Ticker,New,Old\n2024-06-10,NVDA,10,1\n2024-06-11,X,1.5,1\n")
    assert name == "splits"
    assert rows == [
        SplitRow(2, "NVDA", date(2024, 6, 10), 10, 1),
        Reject(3, "“1.5” is not a whole number of units"),
    ]


def test_the_table_of_the_european_central_bank_has_a_rate_a_cell():
    assert read(ECB) == (
        "ecb",
        [
            RateRow(2, MAY_5, "USD", Decimal("1.1")),
            RateRow(2, MAY_5, "JPY", Decimal("160.5")),
            RateRow(2, MAY_5, "CZK", Decimal(25)),
        ],
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("soon,AAPL,1,USD", "“soon” is not a date"),
        ("2026-05-04,AAPL,one,USD", "“one” is not a number"),
        ("2026-05-04,AAPL,0,USD", "“0” is not a price"),
        ("2026-05-04,AAPL,-1,USD", "“-1” is not a price"),
    ],
)
def test_a_row_that_cannot_be_read_is_a_reject_with_its_line(line, reason):
    assert only(f"Date,Ticker,Close,Currency\n{line}\n") == Reject(2, reason)


def test_an_adjusted_column_says_yes_or_no():
    row = only("Date,Ticker,Close,Adjusted\n2026-05-04,AAPL,1,perhaps\n")
    assert row.reason == "the column “Adjusted” says “perhaps”, which is neither yes nor no"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2026-05-04,EUR,1", "rates are per euro, so the euro has none"),
        ("2026-05-04,BTC,60000", "“BTC” is not a currency"),
        ("2026-05-04,USD,0", "“0” is not a price"),
        ("never,USD,1", "“never” is not a date"),
    ],
)
def test_a_rate_that_cannot_be_is_a_reject(line, reason):
    assert only(f"Date,Currency,Rate\n{line}\n") == Reject(2, reason)


def test_a_broken_cell_of_the_central_bank_rejects_only_itself():
    _, rows = read(ECB.replace("160.5", "many"))
    assert rows[1] == Reject(2, "“many” is not a number")
    assert len(rows) == 3


@pytest.mark.parametrize(
    "text", ["", "<html><body>", "Name,Value\na,1\n", "Date,Close\n2026-05-04,1\n"]
)
def test_a_file_that_is_none_of_them_is_refused(text):
    with pytest.raises(ImporterError):
        read(text)


def test_the_refusal_says_what_a_table_needs():
    with pytest.raises(
        ImporterError, match="at least the columns Date, Ticker, Close and Currency"
    ):
        read("Name,Value\na,1\n")


@given(
    st.lists(
        st.text(
            st.characters(exclude_characters="\0\r\n\"'", exclude_categories=["Cs"]), max_size=20
        ),
        max_size=30,
    )
)
def test_whatever_is_in_a_table_every_record_has_an_outcome(cells):
    lines = [f"2026-05-04,{cell.replace(',', ' ')},1,{cell.replace(',', ' ')}" for cell in cells]
    text = "\n".join(["Date,Ticker,Close,Currency", *lines])
    _, rows = read(text)
    assert sorted(row.line for row in rows) == list(range(2, len(lines) + 2))
