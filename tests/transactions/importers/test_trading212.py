"""Trading 212: what the golden files cannot say by themselves."""

from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers.base import Ignored, ParsedTransaction, Rejected
from transactions.importers.trading212 import Trading212
from transactions.kinds import CASH_SIGN, MOVES_UNITS, Kind

FOLDER = golden.DATA / "trading212"
HEADER = (
    "Action,Time,ISIN,Ticker,Name,No. of shares,Price / share,Currency (Price / share),"
    "Exchange rate,Total,Currency (Total),Notes,ID"
)


def parse(name: str):
    return list(Trading212().parse(golden.source_of(FOLDER / name)))


def parse_rows(*rows: str):
    return list(Trading212().parse(Source("x.csv", "\n".join([HEADER, *rows]).encode())))


def cash(outcomes) -> dict[str, Decimal]:
    """The cash that the transactions leave, by currency."""
    total: dict[str, Decimal] = {}
    for found in outcomes:
        if not isinstance(found, ParsedTransaction):
            continue
        transfer = found.kind in {Kind.TRANSFER_IN, Kind.TRANSFER_OUT}
        sign = 0 if transfer and found.security else CASH_SIGN[found.kind]
        moved = sign * (found.amount or 0) - found.fee - found.tax
        total[found.currency] = total.get(found.currency, Decimal(0)) + moved
    return total


def holdings(outcomes) -> dict[str, Decimal]:
    held: dict[str, Decimal] = {}
    for found in outcomes:
        if isinstance(found, ParsedTransaction) and found.security and found.kind in MOVES_UNITS:
            out = found.kind in {Kind.SELL, Kind.TRANSFER_OUT}
            ticker = found.security.ticker
            held[ticker] = held.get(ticker, Decimal(0)) + found.quantity * (-1 if out else 1)
    return held


def test_the_oldest_generation_gives_the_known_cash_positions_and_dividend() -> None:
    outcomes = parse("2020_account_in_gbp.csv")

    assert cash(outcomes) == {"GBP": Decimal("33391.30")}
    assert {ticker: held for ticker, held in holdings(outcomes).items() if held} == {
        "VNRG": Decimal(1),
        "NVDA": Decimal(1),
    }
    dividends = [found for found in outcomes if found.kind is Kind.DIVIDEND]
    assert [found.amount for found in dividends] == [Decimal("0.10")]
    assert dividends[0].description == "Dividend (Ordinary) · withholding tax 0.02 USD"
    traded = [found for found in outcomes if found.security and found.security.ticker == "GME"]
    gain = sum(found.amount * CASH_SIGN[found.kind] for found in traded)
    assert gain == Decimal("24792.20")


def test_charges_and_amount_of_a_trade_add_up_to_its_total() -> None:
    trades = [
        found for found in parse("2026_all_actions.csv") if isinstance(found, ParsedTransaction)
    ]
    by_id = {found.external_id: found for found in trades}

    # 0.05 USD at 1.28 are 0.0390625 GBP, and 499.21 is what came in.
    sale = by_id["EOF2"]
    assert (sale.amount, sale.fee) == (Decimal("499.99906250"), Decimal("0.78906250"))
    assert sale.amount - sale.fee == Decimal("499.21")
    bought = by_id["EOF5"]
    assert (bought.amount, bought.fee, bought.tax) == (800, Decimal("1.20"), Decimal("2.40"))
    # Stamp duty of a sale reduces its proceeds: it is in the fee.
    assert (by_id["EOF4"].fee, by_id["EOF4"].tax) == (Decimal("0.50"), 0)


def test_the_id_that_stands_in_front_of_the_shares_is_moved_back() -> None:
    found = parse("2024_shifted_ids.csv")

    assert not [outcome for outcome in found if isinstance(outcome, Rejected)]
    split = next(outcome for outcome in found if outcome.kind is Kind.SPLIT)
    assert split.quantity == Decimal("-22.3535850000")
    assert (split.line, split.merged_lines) == (13, (14,))
    out = next(outcome for outcome in found if outcome.kind is Kind.TRANSFER_OUT)
    assert (out.quantity, out.external_id) == (Decimal(595), "EOF28806643918")


def test_the_account_currency_is_known_only_to_the_oldest_generation() -> None:
    def currency(name: str) -> str:
        return Trading212().account_currency(golden.source_of(FOLDER / name))

    assert currency("2020_account_in_gbp.csv") == "GBP"
    assert currency("2026_all_actions.csv") == ""
    assert Trading212().account_currency(Source("x", b"a,b\n")) == ""


def test_a_file_without_the_header_is_refused() -> None:
    with pytest.raises(ImporterError, match="The header line with Action, Time and Total"):
        list(Trading212().parse(Source("x", b"a,b\n1,2\n")))


def test_shares_of_nothing_have_no_price_and_no_cost() -> None:
    row = "Stock distribution,2025-01-23 14:46:06,US1,T,Name,2,0.00,EUR,,0.00,EUR,,id"
    [found] = parse_rows(row)

    assert (found.kind, found.amount, found.price) == (Kind.TRANSFER_IN, None, None)


def test_a_history_in_pence_is_kept_in_pounds() -> None:
    header = "Action,Time,ISIN,Ticker,Total,Currency (Total)"
    row = "Deposit,2025-01-01 08:00:00,,,250,GBX"
    [found] = Trading212().parse(Source("x", f"{header}\n{row}\n".encode()))

    assert (found.currency, found.amount) == ("GBP", Decimal("2.50"))


def test_a_shifted_row_keeps_its_shares_where_the_file_has_no_column_for_the_id() -> None:
    header = HEADER.removesuffix(",Notes,ID")
    row = "Transfer out,2025-01-01 08:00:00,US1,T,Name,,EOF28806643918,3,1,EUR,,5,EUR"
    [found] = Trading212().parse(Source("x", f"{header}\n{row}\n".encode()))

    assert (found.quantity, found.external_id) == (3, "")


def test_halves_of_two_splits_find_the_nearest_partner() -> None:
    outcomes = parse_rows(
        "Stock split close,2025-01-01 08:00:00,US1,T,Name,1,1,EUR,,1,EUR,,a",
        "Stock split close,2025-01-03 08:00:00,US1,T,Name,2,1,EUR,,1,EUR,,b",
        "Stock split open,2025-01-03 08:00:01,US1,T,Name,20,1,EUR,,1,EUR,,c",
        "Stock split open,2025-01-01 08:00:01,US1,T,Name,10,1,EUR,,1,EUR,,d",
    )

    assert [(found.external_id, found.quantity) for found in outcomes] == [("b", 18), ("a", 9)]


def test_halves_without_a_ticker_pair_by_isin_only() -> None:
    outcomes = parse_rows(
        "Stock split close,2025-01-01 08:00:00,US1,,Name,1,1,EUR,,1,EUR,,a",
        "Stock split open,2025-01-01 08:00:00,US2,,Name,1,1,EUR,,1,EUR,,b",
    )

    assert [type(found) for found in outcomes] == [Rejected, Rejected]


def test_every_reject_of_the_broken_rows_names_its_reason() -> None:
    outcomes = parse("broken.csv")
    reasons = {found.line: found.reason for found in outcomes if isinstance(found, Rejected)}

    assert reasons.pop(2).startswith("the action “Gift card” is not known; known are Market/")
    assert reasons == {
        3: "the column “No. of shares” is empty",
        4: "the column “No. of shares” is zero",
        5: "“ten” is not a number",
        6: "“yesterday” is not a date",
        7: "neither an ISIN nor a ticker is given",
        8: "the column “Total” is empty",
        9: "the currency “pounds” of the column “Total” is none",
        10: "the charges of 6 are more than the total of 5",
        12: "the amounts of the currency conversion are not given",
        13: "the currencies of the conversion are not given",
        14: "the other half (“Stock split open”) is not in the file",
        15: "the other half (“Stock split close”) is not in the file",
        16: "the column “Total” is empty",
    }
    assert not [found for found in outcomes if isinstance(found, Ignored)]
