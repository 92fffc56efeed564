"""Wealthfolio: what it exports and what it reads."""

from datetime import datetime
from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers.base import Ignored, ParsedTransaction, Rejected
from transactions.importers.wealthfolio import Wealthfolio
from transactions.kinds import Kind

READER = Wealthfolio()
HEAD = "date,symbol,quantity,activityType,unitPrice,currency,fee,amount,isDraft\n"


def activities():
    found = {}
    for one in READER.parse(golden.source_of(golden.DATA / "wealthfolio" / "activities.csv")):
        found.setdefault(one.line, []).append(one)
    return found


def outcomes(rows):
    return list(READER.parse(Source("x", (HEAD + rows).encode())))


def one(row):
    (found,) = outcomes(row)
    return found


def test_trade_is_quantity_times_price_whatever_its_amount_contains():
    (purchase,) = activities()[2]
    assert (purchase.amount, purchase.fee, purchase.external_id) == (10000, 1, "a1")
    assert one("2024-01-01,A,2,BUY,,EUR,0,-692.48\n").amount == Decimal("692.48")


def test_split_adds_units_to_those_held_before_it():
    (split,) = activities()[3]
    assert (split.kind, split.quantity) == (Kind.SPLIT, 90)


def test_split_counts_rows_below_it_in_newest_first_files():
    split, sale, purchase = outcomes(
        "2024-03-01,A,,SPLIT,,EUR,,0.5\n2024-02-01,A,2,SELL,1,EUR,0,\n2024-01-01,A,8,BUY,1,EUR,0,\n"
    )
    assert (split.quantity, sale.quantity, purchase.quantity) == (-3, 2, 8)


def test_second_split_counts_the_units_of_the_first():
    rows = "2024-01-01,A,1,BUY,1,EUR,0,\n" + "2024-0{}-01,A,,SPLIT,,EUR,,2\n" * 2
    assert [each.quantity for each in outcomes(rows.format(2, 3))] == [1, 1, 2]


def test_split_of_one_to_one_changes_nothing():
    rows = "2024-01-01,A,1,BUY,1,EUR,0,\n2024-02-01,A,,SPLIT,,EUR,,1\n"
    assert outcomes(rows)[1] == Ignored(3, "split of one to one")


def test_split_of_units_that_the_file_does_not_have_is_rejected():
    (found,) = activities()[17]
    assert isinstance(found, Rejected)
    assert found.reason.startswith("the file has no units of this symbol before the split")


def test_split_that_adds_more_units_than_there_can_be_is_rejected():
    rows = "2024-01-01,A,9e18,BUY,1,EUR,0,\n2024-02-01,A,,SPLIT,,EUR,,9e18\n"
    assert outcomes(rows)[1].reason == "a split at 9E+18 adds too many units"


def test_reinvested_dividend_is_income_and_a_purchase():
    dividend, purchase = activities()[5]
    assert (dividend.kind, dividend.amount) == (Kind.DIVIDEND, 50)
    assert (purchase.kind, purchase.quantity, purchase.amount) == (Kind.BUY, Decimal("0.5"), 50)


def test_staking_reward_is_income_in_kind():
    (reward,) = activities()[6]
    assert (reward.kind, reward.quantity, reward.amount) == (Kind.STAKING, Decimal("0.25"), 30)


def test_transfer_of_units_carries_a_cost_only_on_the_way_in():
    (out,), (into,) = activities()[7], activities()[8]
    assert (out.kind, out.amount, out.portfolio) == (Kind.TRANSFER_OUT, None, "Depot")
    assert (into.kind, into.amount, into.portfolio) == (Kind.TRANSFER_IN, 500, "Bank")
    assert one("2024-01-01,A,2,ADD_HOLDING,0,EUR,0,\n").amount is None


def test_fee_and_tax_may_stand_in_their_own_column():
    (fee,), (tax,) = activities()[10], activities()[11]
    assert (fee.kind, fee.amount, fee.fee) == (Kind.FEE, Decimal("3.50"), 0)
    assert (tax.kind, tax.amount, tax.tax) == (Kind.TAX, Decimal("2.20"), 0)
    assert one("2024-01-01,$CASH-EUR,,TAX,,EUR,0,0\n").amount == 0


def test_pence_become_pounds():
    (purchase,) = activities()[14]
    assert (purchase.amount, purchase.currency, purchase.fee) == (Decimal("55.5"), "GBP", 1)


def test_activities_that_are_not_posted_are_ignored():
    assert activities()[15] == [Ignored(15, "activity that is not posted: PENDING")]
    assert isinstance(one("2024-01-01,A,2,BUY,1,EUR,0,,true\n"), Ignored)


def test_slashes_are_month_first_unless_a_day_says_otherwise():
    assert one("06/07/2025,A,2,BUY,1,EUR,0,\n").when == datetime(2025, 6, 7)  # noqa: DTZ001
    late = outcomes("06/07/2025,A,2,BUY,1,EUR,0,\n27/07/2025,A,2,BUY,1,EUR,0,\n")
    assert late[0].when == datetime(2025, 7, 6)  # noqa: DTZ001


def test_isin_in_the_symbol_is_an_isin():
    assert one("2024-01-01,US0378331005,2,BUY,1,EUR,0,\n").security.isin == "US0378331005"


def test_accounts_of_one_file_are_depots_only_where_there_are_several():
    assert isinstance(found := one("2024-01-01,A,2,BUY,1,EUR,0,\n"), ParsedTransaction)
    assert found.portfolio == ""


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2024-01-01,A,1,ADJUSTMENT,1,EUR,0,\n", "the type “ADJUSTMENT” is not known"),
        ("2024-01-01,,1,BUY,1,EUR,0,\n", "the symbol is missing"),
        ("2024-01-01,A,1,BUY,1,EURO,0,\n", "“EURO” is not a currency"),
        ("2024-01-01,A,,BUY,1,EUR,0,\n", "the column “quantity” is empty"),
        ("2024-01-01,A,1,BUY,,EUR,0,\n", "the column “unitPrice” is empty"),
        ("2024-01-01,$CASH-EUR,,DEPOSIT,,EUR,0,\n", "the column “amount” is empty"),
        ("2024-13-01,A,1,BUY,1,EUR,0,\n", "“2024-13-01” is not a date"),
        ("2024-01-01,A,x,BUY,1,EUR,0,\n", "“x” is not a number"),
    ],
)
def test_row_that_cannot_be_understood_is_rejected_with_the_reason(row, said):
    found = one(row)
    assert isinstance(found, Rejected)
    assert said in found.reason


def test_file_without_its_header_is_refused():
    with pytest.raises(ImporterError, match="The header line with the columns date, activityType"):
        READER.parse(Source("x", b"a,b\n1,2\n"))
