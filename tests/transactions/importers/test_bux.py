"""What the golden files of BUX do not show: corporate actions that end in money."""

from decimal import Decimal

import pytest

from pricing.readers import Source
from tests.transactions.importers import golden
from transactions.importers.base import Outcome, ParsedTransaction, Rejected
from transactions.importers.bux import Bux
from transactions.kinds import Kind

HEADER = golden.source_of(golden.DATA / "bux" / "edges.csv").text().splitlines()[0]
ASML, PARTS = "NL0010273215", "NL0000000018"


def action(transfer: str, amount: str = "", isin: str = ASML, units: str = "", at: str = "") -> str:
    when = at or "2023-05-04 09:00:00.000000"
    return (
        f"{when},corporate_actions,Tender Offer,{transfer},{amount},EUR,,{isin},Some,{units},,EUR"
        ",,,,,,,,,Tender"
    )


def parse(*rows: str) -> list[Outcome]:
    return list(Bux().parse(Source("bux.csv", "\n".join([HEADER, *rows]).encode())))


def told(found: list[Outcome]) -> list[tuple[object, ...]]:
    return [
        (one.kind, one.security and one.security.isin, one.quantity, one.amount, one.merged_lines)
        for one in found
        if isinstance(one, ParsedTransaction)
    ]


def test_shares_that_went_for_money_were_sold() -> None:
    found = parse(
        action("CASH_CREDIT", "250.00", at="2023-05-04 14:00:00.000000"),
        action("ASSET_REDEEM", "-240.00", units="4"),
    )
    assert told(found) == [(Kind.SELL, ASML, 4, 250, (2,))]
    assert isinstance(found[0], ParsedTransaction)
    assert found[0].price == Decimal("62.5")


def test_money_that_names_no_share_pays_for_what_went_at_that_moment() -> None:
    moment = "2023-05-04 09:00:00.400000"
    rows = [action("ASSET_REDEEM", units="4"), action("CASH_CREDIT", "250", isin="", at=moment)]
    assert told(parse(*rows)) == [(Kind.SELL, ASML, 4, 250, (3,))]
    rows[1] = action("CASH_CREDIT", "250", isin="", at="2023-05-04 10:00:00.400000")
    rejected, paid = parse(*rows)
    assert isinstance(rejected, Rejected)
    assert told([paid]) == [(Kind.RETURN_OF_CAPITAL, None, None, 250, ())]


def test_a_tender_keeps_the_cost_until_the_money_comes() -> None:
    found = parse(
        action("ASSET_REDEEM", units="4"),
        action("ASSET_ISSUE", isin=PARTS, units="4"),
        action("ASSET_REDEEM", isin=PARTS, units="4", at="2023-06-01 09:00:00.000000"),
        action("CASH_CREDIT", "250", isin=PARTS, at="2023-06-01 09:00:00.000000"),
    )
    assert told(found) == [
        (Kind.TRANSFER_OUT, ASML, 4, None, ()),
        (Kind.TRANSFER_IN, PARTS, 4, None, ()),
        (Kind.SELL, PARTS, 4, 250, (5,)),
    ]


def test_money_beside_an_exchange_is_for_a_fraction() -> None:
    found = parse(
        action("ASSET_REDEEM", units="5"),
        action("ASSET_ISSUE", isin=PARTS, units="2"),
        action("CASH_CREDIT", "12.5", isin=PARTS),
    )
    assert [one[0] for one in told(found)] == [
        Kind.TRANSFER_OUT,
        Kind.TRANSFER_IN,
        Kind.RETURN_OF_CAPITAL,
    ]


@pytest.mark.parametrize(
    "other",
    [
        action("CASH_CREDIT", "250", at="2023-05-05 09:00:00.000000"),
        action("CASH_CREDIT", "250", isin=PARTS),
        action("CASH_DEBIT", "-250"),
    ],
    ids=["another day", "another share", "paid, not received"],
)
def test_shares_that_went_for_nothing_known_are_rejected_with_what_to_do(other: str) -> None:
    rejected, _ = parse(action("ASSET_REDEEM", units="4"), other)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == (
        "no row of that day brings new shares or pays for those that went: export a period that has it,"
        " or enter the sale or the exchange by hand"
    )
    assert "ASSET_REDEEM" in rejected.raw
