"""Splits of Freetrade: what the row says must agree with itself, or be entered by hand."""

from decimal import Decimal

import pytest

from pricing.readers import Source
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, Rejected
from transactions.importers.freetrade import Freetrade
from transactions.kinds import Kind

HEADER = (
    "Title,Type,Timestamp,Account Currency,Total Amount in Account Currency,Buy / Sell,Ticker,ISIN,Quantity,"
    "Instrument Currency,Stock Split Ex Date,Stock Split Pay Date,Stock Split New ISIN,"
    "Stock Split Rate of Share Outturn From,Stock Split Rate of Share Outturn To,"
    "Stock Split Maintain Holding of Initial ISIN,Stock Split New Share Quantity,"
    "Stock Split Rate of Cash Outturn Amount,Stock Split Rate of Cash Outturn Currency,"
    "Stock Split Cash Outturn Received Amount,Stock Split Has Fractional Payout,"
    "Stock Split Rate of Fractional Payout Amount,Stock Split Rate of Fractional Payout Currency,"
    "Stock Split Fractional Payout Cash Received Amount,Stock Split Fractional Payout Cash Received Currency"
)
OLD, NEW = "US67066G1040", "US0378331005"


def split(
    came: str = "",
    ratio: str = ",,false",
    *,
    quantity: str = "",
    isin: str = "",
    paid: str = ",,,,,",
) -> list[Outcome]:
    """``ratio`` is from, to, and whether the holding is maintained; ``paid`` all from the cash on."""
    row = (
        f"Nvidia,STOCK_SPLIT,2025-06-10T08:00:00.000Z,GBP,,,NVDA,{OLD},{quantity},USD,2025-06-10,2025-06-10,"
        f"{isin},{ratio},{came},,GBP,{paid}"
    )
    return list(Freetrade().parse(Source("f.csv", f"{HEADER}\n{row}".encode())))


def told(found: list[Outcome]) -> list[tuple[object, ...]]:
    return [
        (one.kind, one.security and one.security.isin, one.quantity, one.amount)
        for one in found
        if isinstance(one, ParsedTransaction)
    ]


@pytest.mark.parametrize("quantity", ["", "4.10561350", "41.05613500"])
def test_new_shares_replace_those_that_the_ratio_says(quantity: str) -> None:
    found = split("41.05613500", "1,10,false", quantity=quantity)
    assert told(found) == [(Kind.SPLIT, OLD, Decimal("36.950521500"), None)]


def test_a_reverse_split_takes_shares_away() -> None:
    found = split("1.23456789", "10,1,false", quantity="12.34567893")
    # The ratio alone would say 12.3456789.
    assert told(found) == [(Kind.SPLIT, OLD, Decimal("-11.11111104"), None)]


def test_shares_come_beside_those_that_stay() -> None:
    assert told(split("5", "10,1,true")) == [(Kind.SPLIT, OLD, 5, None)]
    spun_off = split("5", "10,1,TRUE", isin=NEW)
    assert told(spun_off) == [(Kind.TRANSFER_IN, NEW, 5, None)]


def test_a_new_isin_takes_over_cost_and_dates() -> None:
    out, into = split("2", "10,1,false", isin=NEW)
    assert told([out, into]) == [
        (Kind.TRANSFER_OUT, OLD, 20, None),
        (Kind.TRANSFER_IN, NEW, 2, None),
    ]
    assert isinstance(out, ParsedTransaction)
    assert isinstance(into, ParsedTransaction)
    assert out.group == into.group == "split-2"


def test_a_fraction_that_was_paid_out_needs_the_shares_of_before() -> None:
    found = split("1", "10,1,false", quantity="12.5", paid=",,,,30.25,GBP")
    assert told(found) == [
        (Kind.RETURN_OF_CAPITAL, OLD, None, Decimal("30.25")),
        (Kind.SPLIT, OLD, Decimal("-11.5"), None),
    ]


def test_money_on_top_is_capital_given_back() -> None:
    assert told(split("10", "1,1,false", paid="7,,,,,")) == [(Kind.RETURN_OF_CAPITAL, OLD, None, 7)]


def test_a_split_one_to_one_changes_nothing() -> None:
    assert split("10", "1,1,false") == [
        Ignored(2, "split that leaves the number of shares as it was")
    ]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (split(ratio="1,10,false", quantity="4"), "does not say how many shares it brought (Stock Split New"),
        (split("-4", "1,10,false"), "does not say how many shares it brought"),
        (split("40"), "has no ratio (Stock Split Rate of Share Outturn From, To): enter it by hand"),
        (split("40", "1,-10,false"), "has no ratio"),
        (split("1", "10,1,false", paid=",,,,30,GBP"), "paid a fraction out and does not say how many shares"),
        (split("1", "10,1,false", quantity="25", paid=",,,,30,GBP"), "paid a fraction out and does not say"),
        (split("1", "10,1,false", paid=",,,,30,USD"), "paid 30 USD, which is not the account's currency"),
    ],
)  # fmt: skip
def test_what_does_not_agree_is_rejected_with_what_to_do(found: list[Outcome], reason: str) -> None:
    (rejected,) = found
    assert isinstance(rejected, Rejected)
    assert reason in rejected.reason
    assert rejected.reason.endswith("enter it by hand")
