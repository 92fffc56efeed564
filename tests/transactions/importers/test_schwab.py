"""Charles Schwab: what the golden files cannot say by themselves."""

from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers.base import Outcome, ParsedTransaction, Rejected
from transactions.importers.schwab import Schwab
from transactions.kinds import CASH_SIGN, Kind

FOLDER = golden.DATA / "schwab"
HEADER = "Date,Action,Symbol,Description,Quantity,Price,Fees & Comm,Amount"


def parse(name: str) -> list[Outcome]:
    return list(Schwab().parse(golden.source_of(FOLDER / name)))


def parse_rows(*rows: str) -> list[Outcome]:
    return list(Schwab().parse(Source("x.csv", "\n".join([HEADER, *rows]).encode())))


def booked(outcomes: list[Outcome]) -> list[ParsedTransaction]:
    return [found for found in outcomes if isinstance(found, ParsedTransaction)]


def cash(outcomes: list[Outcome]) -> Decimal:
    """The cash that the transactions leave."""
    total = Decimal(0)
    for found in booked(outcomes):
        moves = found.kind not in {Kind.TRANSFER_IN, Kind.TRANSFER_OUT} or not found.security
        total += (CASH_SIGN[found.kind] if moves else 0) * (found.amount or 0) - found.fee
    return total


def test_the_cash_is_the_balance_that_is_known() -> None:
    assert cash(parse("2023_rounding.csv")) == Decimal("1019826.86")


def test_the_cash_is_the_total_that_the_file_states() -> None:
    assert cash(parse("older_columns.csv")) == Decimal("-932.92")


def test_a_merger_takes_out_the_shares_by_the_ticker_they_were_bought_under() -> None:
    merger = [found for found in booked(parse("older_columns.csv")) if found.line in {15, 16}]

    assert [(one.kind, one.security.ticker, one.quantity, one.amount) for one in merger] == [
        (Kind.TRANSFER_IN, "NEWC", 50, None),
        (Kind.TRANSFER_OUT, "TAKEN", 100, None),
        (Kind.RETURN_OF_CAPITAL, "TAKEN", None, 25),
    ]
    assert {one.group for one in merger} == {"exchange-16", ""}


def test_a_reverse_split_removes_shares_of_one_instrument() -> None:
    [split] = [one for one in booked(parse("older_columns.csv")) if one.kind is Kind.SPLIT]

    assert (split.security.ticker, split.quantity, split.merged_lines) == ("REV", -90, (14,))


def test_contracts_count_as_their_shares_and_bonds_have_the_price_of_their_cash() -> None:
    by_line = {one.line: one for one in booked(parse("older_columns.csv"))}

    assert (by_line[11].quantity, by_line[11].price) == (100, Decimal("1.20"))
    assert (by_line[10].quantity, by_line[10].price) == (1000, Decimal("0.995"))
    assert (by_line[6].kind, by_line[6].quantity, by_line[6].amount) == (Kind.BUY, 100, 0)
    assert (by_line[7].kind, by_line[7].quantity, by_line[7].amount) == (Kind.SELL, 200, 0)


def test_a_cancellation_is_the_opposite_trade_with_its_charges() -> None:
    sale, taken_back = booked(
        parse_rows(
            "01/02/2024,Sell,ABC 03/18/2024 50.00 C,CALL ABC,1,$1,$1,$99",
            "01/03/2024,Cancel Sell,ABC 03/18/2024 50.00 C,CALL ABC,1,$1,$1,-$99",
        )
    )

    assert (sale.kind, sale.quantity, sale.amount, sale.fee) == (Kind.SELL, 100, 100, 1)
    assert (taken_back.kind, taken_back.quantity, taken_back.amount, taken_back.fee) == (
        *(Kind.BUY, 100, 100, -1),
    )
    assert (sale.external_id, taken_back.external_id) == ("", "cancels")


def test_a_change_of_name_that_the_file_does_not_explain_keeps_the_cusip() -> None:
    outcomes = parse_rows(
        "01/02/2024,Name Change,NEWX,NEW X,10,,,",
        "01/02/2024,Name Change,123456789,OLD X XXXNAME CHANGE,-10,,,",
        "01/02/2024,Conversion,PREF,PREF X,-10,,,",
        "01/02/2024,Conversion,COMM,COMMON X,1,,,",
        "01/02/2024,Exchange,SAME,SAME X,-10,,,",
        "01/02/2024,Exchange,SAME,SAME X,20,,,",
    )

    assert [(one.kind, one.security.ticker, one.quantity) for one in booked(outcomes)] == [
        (Kind.TRANSFER_IN, "NEWX", 10),
        (Kind.TRANSFER_OUT, "123456789", 10),
        (Kind.TRANSFER_OUT, "PREF", 10),
        (Kind.TRANSFER_IN, "COMM", 1),
        (Kind.SPLIT, "SAME", 10),
    ]


def test_contracts_that_get_another_name_count_as_their_shares() -> None:
    outcomes = parse_rows(
        "01/02/2024,Name Change,ABC1 03/18/2024 50.00 C,CALL ABC ADJUSTED,2,,,",
        "01/02/2024,Name Change,ABC 03/18/2024 50.00 C,CALL ABC,-2,,,",
    )

    assert [(one.kind, one.quantity) for one in booked(outcomes)] == [
        (Kind.TRANSFER_IN, 200),
        (Kind.TRANSFER_OUT, 200),
    ]


def test_a_trade_without_a_price_has_that_of_its_cash() -> None:
    [bought] = booked(parse_rows("01/02/2024,Buy,INTC,INTEL CORP,4,,$1,-$81"))

    assert (bought.amount, bought.price) == (80, 20)


def test_the_second_date_is_the_day_of_the_event() -> None:
    [found] = booked(parse_rows("07/15/2024 as of 07/12/2024,Stock Split,AVGO,BROADCOM,9,,,"))

    assert (found.when.isoformat(), found.quantity) == ("2024-07-12T00:00:00", 9)


def test_every_reject_names_its_reason() -> None:
    outcomes = parse("broken.csv")
    reasons = {found.line: found.reason for found in outcomes if isinstance(found, Rejected)}

    assert reasons.pop(4).startswith("the action “Teleport” is not known; known are Buy, Sell")
    assert reasons == {
        2: "“13/01/2024” is not a date like 01/31/2024",
        3: "“2024-01-31” is not a date like 01/31/2024",
        5: "the column “Symbol” is empty",
        6: "the column “Quantity” is empty or zero",
        7: "the column “Amount” is empty",
        8: "the amount $1 does not fit “Buy”",
        9: "“-€1” is not in US dollars",
        10: "“one” is not a number",
        11: "the column “Quantity” is empty or zero",
        12: "the column “Quantity” is empty or zero",
        13: "“Expired” with an amount is not understood",
        14: "a delivery of shares that moves money, too, is not understood",
        15: "the column “Quantity” is empty or zero",
        16: "the row that brings the new shares of the “Name Change” is missing",
        17: "the row that takes the old shares of the “Conversion” out is missing",
        18: "the row that takes the shares out for the money is missing",
        19: "the row with the money for the shares is missing",
        21: "the column “Symbol” is empty",
    }
    assert len(outcomes) == 20


def test_a_file_without_the_header_is_refused() -> None:
    with pytest.raises(ImporterError, match="Fees & Comm is missing"):
        list(Schwab().parse(Source("x", b"a,b\n1,2\n")))


def test_the_account_is_in_dollars() -> None:
    assert Schwab().account_currency(Source("x", b"")) == "USD"
