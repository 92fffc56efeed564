"""Shares of an employer's plans at Charles Schwab."""

import json
from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers import recognise
from transactions.importers.base import ParsedTransaction, Rejected
from transactions.importers.schwab_equity_awards import SchwabEquityAwards, SchwabEquityAwardsJson
from transactions.kinds import Kind

CSV = golden.DATA / "schwab-equity-awards"
FILES = [
    *((CSV / name, SchwabEquityAwards) for name in ("all_actions.csv", "edges.csv")),
    (golden.DATA / "schwab-equity-awards-json" / "awards.json", SchwabEquityAwardsJson),
]


def transactions(path):
    source = golden.source_of(path)
    return [one for one in recognise(source).parse(source) if isinstance(one, ParsedTransaction)]


@pytest.mark.parametrize(("path", "importer"), FILES)
def test_is_recognised_by_its_columns(path, importer):
    source = golden.source_of(path)
    assert type(recognise(source)) is importer
    assert recognise(source).account_currency(source) == "USD"


def test_both_forms_say_the_same():
    def told(path):
        return [one._replace(line=0, merged_lines=()) for one in transactions(path)]

    # The table has three rows more in front.
    assert told(FILES[0][0])[3:] == told(FILES[2][0])


def test_shares_are_worth_what_they_were_when_they_became_ones_own():
    found = {one.line: one for one in transactions(FILES[0][0])}
    vest, bought, withheld = found[16], found[14], found[9]
    assert (vest.when.date().isoformat(), vest.quantity, vest.amount) == ("2025-03-15", 60, 2670)
    assert (bought.quantity, bought.price) == (Decimal("10.5"), 45)
    # Eight of thirty were kept for taxes.
    assert (withheld.quantity, withheld.amount) == (22, 22 * 48)


def test_a_sale_before_a_split_is_told_in_the_units_of_its_deposit():
    sale = next(one for one in transactions(FILES[0][0]) if one.line == 22)
    # Worth 180 a piece in the sale and 18 in the deposit; the row has 3 shares, its lot 3.5.
    assert (sale.quantity, sale.amount, sale.fee) == (35, 600, Decimal("0.03"))


def test_all_that_came_in_less_all_that_went_is_held():
    signs = {Kind.TRANSFER_IN: 1, Kind.TRANSFER_OUT: -1, Kind.SELL: -1}
    held = sum(
        signs[one.kind] * (one.quantity or 0)
        for one in transactions(FILES[0][0])
        if one.kind in signs
    )
    assert held == Decimal("50") - 35 + 80 + 60 + Decimal("10.5") + 22 - 2 - 60


def test_a_list_of_vests_alone_is_refused():
    text = (
        "Date,Action,Symbol,Description,Quantity,FeesAndCommissions,DisbursementElection,Amount,"
        "AwardDate,AwardId,FairMarketValuePrice,SalePrice,SharesSoldWithheldForTaxes,"
        "NetSharesDeposited,Taxes\n"
        "03/15/2026,Lapse,ACME,Restricted Stock Lapse,30,,,,,,,,,,\n"
        ",,,,,,,,11/22/2023,C1,$32.00,,15,15,$457.97\n"
    )
    source = Source("list.csv", text.encode())
    with pytest.raises(ImporterError, match="This list has vests only"):
        list(recognise(source).parse(source))


@pytest.mark.parametrize("importer", [SchwabEquityAwards(), SchwabEquityAwardsJson()])
def test_what_is_something_else_is_refused(importer):
    with pytest.raises(ImporterError):
        list(importer.parse(Source("other.csv", b"Date,Amount\n2024-01-01,2\n")))


def test_details_that_lose_shares_refuse_the_deposit():
    detail = {"Details": {"NetSharesDeposited": "15", "SharesWithheld": "4"}}
    deposit = {"Date": "02/27/2026", "Action": "Deposit", "Symbol": "ACME", "Quantity": "20"}
    document = {"Transactions": [deposit | {"TransactionDetails": [detail]}]}
    source = Source("awards.json", json.dumps(document).encode())
    (found,) = recognise(source).parse(source)
    assert isinstance(found, Rejected)
    assert found.reason == "of 20 shares the details account for 19"
