"""Parqet: the export of the app and the layout that it reads."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers.base import ParsedTransaction, Rejected
from transactions.importers.parqet import Parqet
from transactions.kinds import Kind

HEAD = "date;time;price;shares;amount;tax;fee;type;assettype;identifier;currency\n"


def outcomes(rows, head=HEAD):
    return list(Parqet().parse(Source("x", (head + rows).encode())))


def one(row):
    (found,) = outcomes(row)
    assert isinstance(found, ParsedTransaction), found
    return found


def reason(row):
    (found,) = outcomes(row)
    assert isinstance(found, Rejected), found
    return found.reason


def test_tax_paid_back_with_a_sale_is_an_event_of_its_own():
    source = golden.source_of(golden.DATA / "parqet" / "activities.csv")
    sale, refund = [found for found in Parqet().parse(source) if found.line == 5]
    assert (sale.kind, sale.amount, sale.tax, sale.fee) == (Kind.SELL, 250, 0, 1)
    assert (refund.kind, refund.amount, refund.quantity) == (Kind.TAX, Decimal("-3.3"), None)


def test_instant_is_utc_and_date_and_time_are_local():
    source = golden.source_of(golden.DATA / "parqet" / "activities.csv")
    first = next(Parqet().parse(source))
    assert (first.when, first.has_time) == (datetime(2025, 3, 4, 10, 15, tzinfo=UTC), True)
    local = one("04.03.2025;11:15:00;1;2;2;0;0;Buy;Security;DE0008404005;EUR\n")
    assert (local.when, local.has_time) == (datetime(2025, 3, 4, 11, 15), True)  # noqa: DTZ001
    day = one("2025-03-04;;1;2;2;0;0;Buy;Security;DE0008404005;EUR\n")
    assert (day.when, day.has_time) == (datetime(2025, 3, 4), False)  # noqa: DTZ001


def test_pence_become_pounds():
    source = golden.source_of(golden.DATA / "parqet" / "template.csv")
    shares = list(Parqet().parse(source))[1]
    assert (shares.currency, shares.amount, shares.price) == ("GBP", 25, Decimal("12.5"))


def test_money_that_was_moved_is_a_deposit_or_a_withdrawal():
    row = "04.03.2025;;1;500;500;0;0;{};Cash;;EUR\n"
    assert one(row.format("TransferIn")).kind is Kind.DEPOSIT
    assert one(row.format("TransferOut")).kind is Kind.WITHDRAWAL


def test_units_of_a_transfer_out_bring_no_proceeds_and_a_free_transfer_in_has_no_known_cost():
    row = "04.03.2025;;{0};5;{0};0;0;{1};Security;DE0008404005;EUR\n"
    assert one(row.format(10, "TransferOut")).amount is None
    assert one(row.format(0, "TransferIn")).amount is None


def test_fees_and_taxes_may_stand_in_their_own_column():
    assert one("04.03.2025;;;;0;0;5;Fees;Cash;;EUR\n").amount == 5
    assert one("04.03.2025;;;;0;7;0;Tax;Cash;;EUR\n").amount == 7
    assert one("04.03.2025;;;;0;7;0;Tax;Cash;;EUR\n").tax == 0


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("04.03.2025;;1;1;1;0;0;Gift;Security;DE0008404005;EUR\n", "the type “Gift” is not known"),
        ("04.03.2025;;1;1;1;0;0;Buy;Security;;EUR\n", "the identifier is empty"),
        ("04.03.2025;;1;0;1;0;0;Buy;Security;DE0008404005;EUR\n", "the column “shares” is zero"),
        ("04.03.2025;;;1;;0;0;Buy;Security;DE0008404005;EUR\n", "the column “price” is empty"),
        ("31.02.2025;;1;1;1;0;0;Buy;Security;DE0008404005;EUR\n", "“31.02.2025” is not a date"),
        ("04.03.2025;;1;1;1;0;0;Buy;Security;DE0008404005;Euro\n", "“Euro” is not a currency"),
        ("04.03.2025;;x;1;1;0;0;Buy;Security;DE0008404005;EUR\n", "“x” is not a number"),
    ],
)
def test_row_that_cannot_be_understood_is_rejected_with_the_reason(row, said):
    assert said in reason(row)


def test_file_without_its_header_is_refused():
    with pytest.raises(ImporterError, match="The header line with the columns date, price"):
        Parqet().parse(Source("x", b"a;b\n1;2\n"))
