"""What the golden files of revolut-invest do not show: reasons, order of dates, cost of hostile files."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, Rejected
from transactions.importers.revolut_corporate_actions import MOST_TO_MATCH
from transactions.importers.revolut_invest import RevolutInvest
from transactions.kinds import Kind

HEADER = "Date,Ticker,Type,Quantity,Price per share,Total Amount,Currency,FX Rate"


def parse(*rows: str, header: str = HEADER) -> list[Outcome]:
    source = Source("statement.csv", "\n".join([header, *rows]).encode())
    return list(RevolutInvest().parse(source))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",X,BUY,1,1,1,USD,1", "“” is not a date"),
        ("2024-01-02T10:00:00Z,X,,1,1,1,USD,1", "the type of the row is missing"),
        ("2024-01-02T10:00:00Z,X,BUY,,1,1,USD,1", "the quantity is missing"),
        ("2024-01-02T10:00:00Z,X,BUY,ten,1,1,USD,1", "“ten” is not a number"),
        ("2024-01-02T10:00:00Z,X,BUY,1,1,,USD,1", "the total amount is missing"),
        ("2024-01-02T10:00:00Z,,BUY,1,1,1,USD,1", "the ticker is missing"),
        ("2024-01-02T10:00:00Z,,CUSTODY FEE,,,,USD,1", "the total amount is missing"),
        ("2024-01-02T10:00:00Z,,CUSTODY FEE,,,5,,1", "the currency is missing"),
        ("2024-01-02T10:00:00Z,X,BUY,1,1,1,USD,-1", "the FX rate “-1” cannot be one"),
        ("2024-01-02T10:00:00Z,X,BUY,1,1,1,USD,1,1", "the row has 9 cells, the header only 8"),
        ("2024-01-02T10:00:00Z,X,BUY,1,1,1", "the row has only 6 of 8 cells"),
        (
            "2024-01-02T10:00:00Z,X,SSP,0,,0,USD,1",
            "a “SSP” needs a quantity of shares other than zero",
        ),
        (
            "2024-01-02T10:00:00Z,X,MERGER - CASH,,,0,USD,1",
            "a “MERGER - CASH” without quantity and without amount",
        ),
    ],
)
def test_row_that_cannot_be_read_is_rejected_with_its_reason_and_text(
    row: str, reason: str
) -> None:
    assert parse(row) == [Rejected(2, reason, row)]


def test_unknown_type_is_named_together_with_the_known_ones() -> None:
    (outcome,) = parse("2024-01-02T10:00:00Z,X,LENDING INCOME,,,$0.55,USD,1")
    assert isinstance(outcome, Rejected)
    assert outcome.reason.startswith("the type “LENDING INCOME” is not known; known are BUY, ")


def test_rejected_row_does_not_stop_the_rows_after_it() -> None:
    outcomes = parse("x", "2024-01-02T10:00:00Z,X,BUY,1,1,1,USD,1")
    assert [type(outcome) for outcome in outcomes] == [Rejected, ParsedTransaction]


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        (["03/04/2021 10:00:00", "31/05/2021 10:00:00"], datetime(2021, 4, 3, 10, tzinfo=UTC)),
        (["03/04/2021 10:00:00", "05/31/2021 10:00:00"], datetime(2021, 3, 4, 10, tzinfo=UTC)),
        (["03/04/2021 10:00:00"], datetime(2021, 4, 3, 10, tzinfo=UTC)),
    ],
    ids=["day first", "month first", "open, as Revolut writes"],
)
def test_order_of_day_and_month_is_known_from_a_day_above_12(
    dates: list[str], first: datetime
) -> None:
    assert parse(*(f"{date},,CASH TOP-UP,,,5,USD,1" for date in dates))[0].when == first


def test_amount_without_time_zone_but_with_time_is_utc_and_a_day_alone_is_local() -> None:
    with_time, day = parse(
        "2024-11-01T14:30:00,X,DIVIDEND,,,1,USD,1", "2024-11-01,X,DIVIDEND,,,1,USD,1"
    )
    assert (with_time.when, with_time.has_time) == (datetime(2024, 11, 1, 14, 30, tzinfo=UTC), True)
    assert (day.when, day.has_time) == (datetime(2024, 11, 1), False)  # noqa: DTZ001


def test_rows_of_one_security_share_one_object() -> None:
    row = "2024-01-02T10:00:00Z,X,BUY,1,1,1,USD,1"
    first, second, euro = parse(row, row, row.replace("USD", "EUR"))
    assert first.security is second.security
    assert euro.security == first.security._replace(currency="EUR")


def test_negative_price_and_quantity_of_an_old_sale_are_positive() -> None:
    (sale,) = parse("2024-01-02T10:00:00Z,X,SELL,-2,-5,-10,USD,1")
    assert (sale.kind, sale.quantity, sale.price, sale.amount) == (Kind.SELL, 2, 5, 10)


def test_quantity_keeps_all_of_its_digits() -> None:
    (bought,) = parse(
        "2024-01-02T10:00:00Z,X,BUY,12345678901234567890.123456789012345678,1,1,USD,1"
    )
    assert bought.quantity == Decimal("12345678901234567890.123456789012345678")


def test_file_full_of_mergers_of_one_day_is_not_matched_row_by_row() -> None:
    rows = [
        f"2024-01-02T10:00:00Z,X{i},MERGER - STOCK,{-1 if i % 2 else 1},,0,USD,1"
        for i in range(MOST_TO_MATCH + 1)
    ]
    assert {outcome.group for outcome in parse(*rows)} == {""}


def test_more_payments_than_can_be_a_takeover_are_not_matched() -> None:
    cash = ["2024-01-02T10:00:00Z,X,MERGER - CASH,,,1,USD,1"] * (MOST_TO_MATCH + 1)
    kinds = {o.kind for o in parse("2024-01-02T10:00:00Z,X,MERGER - STOCK,-1,,0,USD,1", *cash)}
    assert kinds == {Kind.TRANSFER_OUT, Kind.RETURN_OF_CAPITAL}


def test_payment_long_after_the_shares_went_is_no_part_of_the_sale() -> None:
    gone, paid = parse(
        "2024-01-02T10:00:00Z,X,MERGER - STOCK,-1,,0,USD,1",
        "2024-03-02T10:00:00Z,X,MERGER - CASH,,,9,USD,1",
    )
    assert (gone.kind, paid.kind) == (Kind.TRANSFER_OUT, Kind.RETURN_OF_CAPITAL)


def test_move_to_another_company_of_the_group_is_ignored_by_a_named_rule() -> None:
    row = "2023-08-06T09:06:58Z,X,TRANSFER FROM REVOLUT A TO REVOLUT B,5,,$0,USD,1"
    assert parse(row) == [
        Ignored(2, "move to another company of the Revolut group, holdings stay as they are")
    ]


def test_file_of_another_format_is_refused_as_a_whole() -> None:
    with pytest.raises(ImporterError, match="header line of a Revolut trading statement"):
        parse("1,2", header="a,b")
