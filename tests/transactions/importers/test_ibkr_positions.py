"""Interactive Brokers: what its files state of positions and cash at the end of a day."""

from datetime import datetime, time
from decimal import Decimal

import pytest

from pricing.readers import Source
from tests.transactions.importers import golden
from tests.transactions.importers.flex import IMPORTER, INTEL_ATTRIBUTES, flex, outcomes, trade
from transactions.importers.base import Ignored, ParsedTransaction, Stated
from transactions.importers.ibkr_activity_positions import last_day
from transactions.importers.ibkr_activity_statement import IbkrActivityStatement
from transactions.importers.ibkr_flex_csv import IbkrFlexCsv

DIVIDENDS = "Dividends,Header,Currency,Date,Description,Amount"
POSITIONS = "Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Quantity,Mult"
CASH = "Cash Report,Header,Currency Summary,Currency,Total"
YEAR = 'Statement,Data,Period,"January 1, 2021 - December 31, 2021"'


def end_of(year: int, month: int, day: int) -> datetime:
    return datetime.combine(datetime(year, month, day), time.max)  # noqa: DTZ001


def stated(found) -> list[Stated]:
    return [one for one in found if isinstance(one, Stated)]


def told(found) -> list[tuple]:
    return [
        (one.portfolio, one.security.ticker if one.security else one.currency, one.amount)
        for one in stated(found)
    ]


def position(**changes) -> str:
    attributes = {"currency": "USD", "reportDate": "20240105", "position": "2"} | changes
    values = " ".join(f'{name}="{value}"' for name, value in attributes.items() if value)
    return f"<OpenPositions><OpenPosition {INTEL_ATTRIBUTES} {values} /></OpenPositions>"


def balance(**changes) -> str:
    attributes = {"currency": "USD", "toDate": "20240105", "endingCash": "-5.5"} | changes
    values = " ".join(f'{name}="{value}"' for name, value in attributes.items() if value)
    return f"<CashReport><CashReportCurrency {values} /></CashReport>"


def activity(*lines: str):
    return list(IbkrActivityStatement().parse(Source("x", "\n".join(lines).encode())))


# ---- Flex, XML -----------------------------------------------------------------------------------


def test_lists_are_of_the_end_of_their_day_and_name_what_trades_name() -> None:
    found = outcomes(balance(), position(), trade())
    bought, cash, units = found

    assert isinstance(bought, ParsedTransaction)
    assert units == Stated(
        3, end_of(2024, 1, 5), Decimal(2), security=bought.security, is_list=True
    )
    assert units.security is bought.security
    assert cash == Stated(2, end_of(2024, 1, 5), Decimal("-5.5"), "USD", is_list=True)


def test_every_day_of_a_file_is_a_list_of_its_own_and_consolidated_rows_are_told_once() -> None:
    source = golden.source_of(golden.DATA / "ibkr-flex-xml" / "positions.xml")
    found = stated(IMPORTER.parse(source))

    assert [(one.when.day, *rest) for one, rest in zip(found, told(found), strict=True)] == [
        (2, "", "EUR", Decimal("100.25")),
        (2, "", "USD", Decimal("-3050.75")),
        (2, "", "MSFT", Decimal(10)),
        (2, "", "MSFT240621C00420000", Decimal(-200)),
        # The dollars of the 3rd cannot be read, so the money of that day is left out.
        (3, "", "MSFT", Decimal(10)),
        (3, "U0000006", "GBP", Decimal("120.50")),
        (3, "U0000006", "VUSA", Decimal("1.5")),
    ]


def test_an_account_without_records_is_not_the_main_one() -> None:
    text = (
        "<FlexQueryResponse><FlexStatement accountId='U1' toDate='20240105'>{}</FlexStatement>"
        "<FlexStatement accountId='U2' toDate='20240105'>{}</FlexStatement></FlexQueryResponse>"
    )
    both = Source("x", text.format(position(), trade() + position(position="7")).encode())
    assert told(IMPORTER.parse(both)) == [("U1", "INTC", Decimal(2)), ("", "INTC", Decimal(7))]

    none = Source("x", text.format(position(), position(position="7")).encode())
    assert told(IMPORTER.parse(none)) == [("", "INTC", Decimal(2)), ("U2", "INTC", Decimal(7))]


@pytest.mark.parametrize(
    "changes",
    [
        {"position": "many"},
        {"position": None},
        {"reportDate": None},
        {"reportDate": "soon"},
        {"assetCategory": "OPT"},
    ],
    ids=["no number", "no attribute", "no day", "no date", "contracts of how many units"],
)
def test_what_cannot_be_read_leaves_the_list_unstated_and_rejects_nothing(changes) -> None:
    spoiled = position(**changes)
    if "assetCategory" in changes:
        spoiled = spoiled.replace('assetCategory="STK" ', "", 1)
    other = position().replace("INTC", "KO").replace('conid="41" isin="US4581401001"', "")

    assert told(outcomes(other, position(), balance())) == [
        ("", "KO", Decimal(2)),
        ("", "INTC", Decimal(2)),
        ("", "USD", Decimal("-5.5")),
    ]
    assert told(outcomes(other, spoiled, balance())) == [("", "USD", Decimal("-5.5"))]
    assert len(outcomes(other, spoiled, balance())) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"endingCash": None}, []),
        ({"currency": "?"}, []),
        ({"currency": "BASE_SUMMARY"}, []),
        ({"levelOfDetail": "BaseCurrency"}, []),
        ({"currency": "GBX", "endingCash": "150"}, [("", "GBP", Decimal("1.50"))]),
    ],
)
def test_cash_is_that_of_each_currency(changes, expected) -> None:
    assert told(outcomes(balance(**changes))) == expected


def test_a_second_row_of_an_instrument_may_be_its_lot_where_no_level_says_so() -> None:
    assert told(outcomes(position(), position(position="1"))) == []
    summary = {"levelOfDetail": "SUMMARY"}
    # Two models of one account.
    assert told(outcomes(position(**summary), position(position="1", **summary))) == [
        ("", "INTC", Decimal(3))
    ]
    assert told(outcomes(position(levelOfDetail="LOT"))) == []


def test_currencies_in_the_list_of_positions_are_left_to_the_cash_report() -> None:
    assert told(outcomes(position().replace('"STK"', '"CASH"'))) == []


def test_sums_over_several_accounts_are_left_out() -> None:
    source = flex(trade(accountId="U1"), position(accountId="-"), position(), account="U1,U2")
    assert told(IMPORTER.parse(source)) == []


# ---- Flex, CSV -----------------------------------------------------------------------------------


def test_sections_of_a_csv_query_state_the_same_and_their_rows_are_ignored() -> None:
    source = golden.source_of(golden.DATA / "ibkr-flex-csv" / "positions.csv")
    found = list(IbkrFlexCsv().parse(source))

    assert told(found) == [
        ("", "AAPL", Decimal(10)),
        ("", "AAPL240621P00150000", Decimal(-100)),
        ("", "EUR", Decimal(5000)),
        ("", "USD", Decimal("-735.8")),
    ]
    assert {one.when for one in stated(found)} == {end_of(2024, 1, 31)}
    assert [one.line for one in found if isinstance(one, Ignored)] == [3, 4, 5, 6, 7, 8, 9, 10]


# ---- Activity Statement --------------------------------------------------------------------------


def test_activity_statement_states_positions_and_cash_at_the_end_of_its_period() -> None:
    found = activity(
        "Statement,Header,Field Name,Field Value",
        YEAR,
        DIVIDENDS,
        POSITIONS,
        "Open Positions,Data,Summary,Stocks,USD,VT,12.5,1",
        "Open Positions,Data,Lot,Stocks,USD,VT,12.5,1",
        "Open Positions,Data,Summary,Equity and Index Options,USD,TQQQ 16OCT26 50 P,-2,100",
        CASH,
        "Cash Report,Data,Starting Cash,EUR,1",
        "Cash Report,Data,Ending Cash,Base Currency Summary,3",
        "Cash Report,Data,Ending Cash,EUR,2",
        "Cash Report,Data,Ending Settled Cash,EUR,9",
    )
    assert told(found) == [
        ("", "VT", Decimal("12.5")),
        ("", "TQQQ261016P00050000", Decimal(-200)),
        ("", "EUR", Decimal(2)),
    ]
    assert {one.when for one in stated(found)} == {end_of(2021, 12, 31)}
    assert all(isinstance(one, Ignored | Stated) for one in found)


def test_accounts_of_an_activity_statement_have_lists_of_their_own() -> None:
    source = golden.source_of(golden.DATA / "ibkr-activity" / "two_accounts.csv")
    assert told(IbkrActivityStatement().parse(source)) == [
        ("", "AMZN", Decimal("5.25")),
        ("U2222222", "MSFT", Decimal("1.5")),
        ("", "USD", Decimal("-1000.35")),
        ("U2222222", "USD", Decimal("929.65")),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        (YEAR, "Open Positions,Data,Summary,Stocks,USD,VT,12.5,1"),
        (POSITIONS, "Open Positions,Data,Summary,Stocks,USD,VT,12.5,1"),
        (YEAR, POSITIONS, "Open Positions,Data,Summary,Stocks,USD,VT,some,1"),
        (YEAR, POSITIONS, "Open Positions,Data,Summary,Things,USD,VT,12.5,1"),
        (YEAR, POSITIONS, "Open Positions,Data,Total,Stocks,USD,,12.5"),
        (YEAR, CASH, "Cash Report,Data,Ending Cash,EUR"),
    ],
    ids=["no heading", "no period", "no number", "unknown category", "total", "cut off"],
)
def test_lines_that_state_nothing_are_ignored_all_the_same(lines) -> None:
    found = activity("Statement,Header,Field Name,Field Value", DIVIDENDS, *lines)
    assert {type(one) for one in found} == {Ignored}


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("January 1, 2021 - December 31, 2021", "2021-12-31"),
        ("March 4, 2024", "2024-03-04"),
        ("Januar 1, 2025 - März 31, 2025", "2025-03-31"),
        ("Smarch 1, 2025", ""),
        ("", ""),
    ],
)
def test_last_day_of_a_period(period: str, day: str) -> None:
    assert last_day(period) == day
