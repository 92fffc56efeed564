"""Portfolio Performance: all transactions, and those of one account or depot; English and German."""

from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers.base import Ignored, ParsedTransaction, Rejected
from transactions.importers.portfolio_performance import PortfolioPerformance
from transactions.kinds import CASH_SIGN, MOVES_UNITS, Kind

READER = PortfolioPerformance()
ALL = "Date,Type,Security,Shares,Quote,Amount,Fees,Taxes,Net Transaction Value,Cash Account,Offset Account\n"


def parsed(name):
    return list(READER.parse(golden.source_of(golden.DATA / READER.format / name)))


def outcomes(rows, head=ALL):
    return list(READER.parse(Source("x", (head + rows).encode())))


def one(row):
    (found,) = outcomes(row)
    return found


def cash(found):
    """The money that the transactions of a file leave, by currency."""
    total = {}
    for each in found:
        if isinstance(each, ParsedTransaction):
            moves_money = not (each.security and each.kind in {Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
            gross = (each.amount or 0) * CASH_SIGN[each.kind] * moves_money
            total[each.currency] = total.get(each.currency, 0) + gross - each.fee - each.tax
    return total


def test_cash_of_the_file_is_the_sum_of_its_net_values():
    expected = Decimal("5000") - Decimal("1003.50") + Decimal("14.72") + Decimal("367.50")
    expected += Decimal("9") - Decimal("1.50") - 7 + 6 - 100
    assert cash(parsed("all_transactions_de.csv")) == {"EUR": expected, "USD": Decimal(699)}
    assert cash(parsed("all_transactions_en.csv")) == {
        "USD": 100 - Decimal("56.37") - 10,
        "EUR": Decimal("9.20"),
    }
    # The purchase is in the file of the depot.
    assert cash(parsed("account_transactions_de.csv")) == {"EUR": Decimal("4808.50")}


def test_tax_paid_back_with_a_sale_is_an_event_of_its_own():
    sale, refund = [each for each in parsed("all_transactions_de.csv") if each.line == 6]
    assert (sale.kind, sale.amount, sale.fee, sale.tax) == (Kind.SELL, 360, 5, 0)
    assert (refund.kind, refund.amount) == (Kind.TAX, Decimal("-12.50"))


def test_moves_between_accounts_and_depots_of_the_file_change_nothing():
    ignored = {
        each.line: each.rule
        for each in parsed("all_transactions_de.csv")
        if isinstance(each, Ignored)
    }
    assert ignored == {
        4: "transfer of money between accounts of the file",
        7: "move of units between depots of the file",
    }


def test_two_rows_of_a_transfer_in_two_currencies_are_a_conversion():
    left, arrived = parsed("all_transactions_en.csv")[-2:]
    assert (left.kind, left.amount, left.currency) == (Kind.TRANSFER_OUT, 10, "USD")
    assert (arrived.kind, arrived.amount, arrived.currency) == (
        Kind.TRANSFER_IN,
        Decimal("9.20"),
        "EUR",
    )
    assert left.group == arrived.group != ""


def test_one_row_of_a_transfer_in_two_currencies_is_rejected_with_a_way_out():
    found = parsed("all_transactions_de.csv")[-1]
    assert isinstance(found, Rejected)
    assert (
        "what left in EUR, not what arrived in USD; export the transactions of both" in found.reason
    )


def test_file_of_an_account_leaves_trades_to_the_file_of_the_depot():
    purchase = parsed("account_transactions_de.csv")[1]
    assert purchase == Ignored(3, "money of a trade whose shares are in the file of the depot")


def test_file_of_an_account_has_transfers_to_accounts_elsewhere():
    out, into = parsed("account_transactions_de.csv")[-2:]
    assert (out.kind, out.amount, out.security) == (Kind.TRANSFER_OUT, 250, None)
    assert (into.kind, into.amount, into.group) == (Kind.TRANSFER_IN, 50, "")


def test_security_in_another_currency_is_priced_in_that_of_the_account():
    star = parsed("portfolio_transactions_en.csv")[1]
    assert (star.amount, star.currency, star.price) == (
        Decimal("2111.40"),
        "EUR",
        Decimal("168.912"),
    )


def test_units_that_moved_to_another_depot_have_no_proceeds_and_a_free_delivery_no_known_cost():
    moved, delivered = parsed("portfolio_transactions_en.csv")[-2:]
    assert (moved.kind, moved.quantity, moved.amount) == (Kind.TRANSFER_OUT, 2, None)
    assert (delivered.kind, delivered.quantity, delivered.amount) == (Kind.TRANSFER_IN, 1, None)


def test_midnight_means_that_only_the_day_is_known():
    found = [each for each in parsed("portfolio_transactions_en.csv") if each.kind in MOVES_UNITS]
    assert [each.has_time for each in found] == [True, True, True, False, False]


def test_amount_serves_where_there_is_no_net_value():
    found = one("2024-06-14,Sell,A,10,10,120.00,5,,,Depot,Cash\n")
    assert (found.amount, found.fee, found.price) == (120, 5, 10)
    assert one("2024-06-14,Delivery (Inbound),A,10,,,,,,Depot,\n").amount is None


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2024-06-14,Gift,A,10,10,100,,,100,D,C\n", "the type “gift” is not known"),
        ("2024-06-14,Delivery (Inbound),A,,10,100,,,100,D,\n", "the number of shares is missing"),
        ("2024-06-14,Buy,,1,10,100,,,100,D,C\n", "the row names no security"),
        ("2024-06-14,Deposit,,,,,,,,C,\n", "the row has no value"),
        ("2024-06-14,Transfer (Outbound),,,,,,,,C,D\n", "the row has no value"),
        ("06/14/2024,Deposit,,,,1,,,1,C,\n", "“06/14/2024” is not a date"),
        ("2024-06-14,Deposit,,,,XQZ 1,,,XQZ 1,C,\n", "“XQZ” is not a currency"),
        ("2024-06-14,Deposit,,,,x,,,1,C,\n", "“x” is not a number"),
    ],
)
def test_row_that_cannot_be_understood_is_rejected_with_the_reason(row, said):
    found = one(row)
    assert isinstance(found, Rejected)
    assert said in found.reason


def test_file_without_its_header_is_refused():
    with pytest.raises(ImporterError, match="The header line of a Portfolio Performance export"):
        READER.parse(Source("x", b"a;b\n1;2\n"))
