"""Trade Republic: the official export and that of pytr."""

from decimal import Decimal

import pytest

from pricing.assets import AssetType
from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from tests.transactions.importers.test_trading212 import cash
from transactions.importers.base import Ignored, ParsedTransaction, Rejected
from transactions.importers.trade_republic import TradeRepublic
from transactions.importers.trade_republic_pytr import TradeRepublicPytr
from transactions.kinds import Kind

HEADER = (
    "datetime,date,account_type,category,type,asset_class,name,symbol,shares,price,amount,fee,tax,"
    "currency,transaction_id"
)


def parse(importer, name: str):
    return list(importer.parse(golden.source_of(golden.DATA / importer.format / name)))


def rows(*lines: str):
    return list(TradeRepublic().parse(Source("x", "\n".join([HEADER, *lines]).encode())))


def action(kind: str, day: str, isin: str, shares: str, *, amount: str = "") -> str:
    category = "CASH" if amount else "CORPORATE_ACTION"
    time = f"{day}T10:00:00Z"
    return f"{time},{day},DEFAULT,{category},{kind},STOCK,N,{isin},{shares},,{amount},,,EUR,{day}"


def test_gross_fee_and_tax_are_taken_apart() -> None:
    found = {outcome.line: outcome for outcome in parse(TradeRepublic(), "2026_all_types.csv")}

    bought, sold, coin = found[2], found[3], found[4]
    assert (bought.amount, bought.fee, bought.price) == (
        Decimal("5.69"),
        Decimal("1.00"),
        Decimal("25.5"),
    )
    assert (sold.quantity, sold.amount) == (Decimal("0.1232140000"), Decimal("3.08"))
    assert (sold.fee, sold.tax) == (Decimal("1.00"), Decimal("0.10"))
    assert coin.security[:2] == ("BTC", "")
    assert coin.security.asset_type is AssetType.CRYPTO
    # Midnight in UTC is how a day without a time is written.
    assert (found[6].has_time, found[6].when.tzinfo) == (False, None)


def test_cash_is_the_sum_of_amount_fee_and_tax() -> None:
    source = golden.source_of(golden.DATA / "trade-republic" / "2026_all_types.csv")
    names, *records = [line.split('","') for line in source.text().strip().split("\n")]
    columns = [names.index(name) for name in ("amount", "fee", "tax")]
    total = sum(Decimal(row[at] or 0) for row in records for at in columns)

    assert cash(TradeRepublic().parse(source)) == {"EUR": total}


def test_a_dividend_taken_back_is_a_negative_dividend_with_its_tax() -> None:
    taken = next(
        outcome
        for outcome in parse(TradeRepublic(), "2026_all_types.csv")
        if getattr(outcome, "kind", None) is Kind.DIVIDEND and outcome.amount < 0
    )

    assert (taken.amount, taken.tax) == (Decimal("-29.58"), Decimal("-7.56"))


def test_cash_of_a_maturity_sells_the_shares_of_the_row_that_takes_them_out() -> None:
    sold = [
        found
        for found in parse(TradeRepublic(), "2026_all_types.csv")
        if getattr(found, "kind", None) is Kind.SELL
    ]

    maturity = next(found for found in sold if found.security.name == "Bond 2026")
    assert (maturity.quantity, maturity.amount, maturity.tax) == (100, 100, 1)
    assert len(maturity.merged_lines) == 1
    # Not paid in the file: unknown proceeds, but nothing for a worthless one.
    assert [found.amount for found in sold[-2:]] == [None, 0]


def test_the_childs_account_is_a_portfolio_of_its_own() -> None:
    found = parse(TradeRepublic(), "2026_all_types.csv")

    assert {outcome.portfolio for outcome in found if isinstance(outcome, ParsedTransaction)} == {
        "",
        "JUNIOR",
    }


def test_partners_are_the_nearest_of_their_kind() -> None:
    out, into, other = rows(
        action("MERGER", "2026-01-01", "US0000000001", "-8"),
        action("MERGER", "2026-01-05", "US0000000019", "4"),
        action("MERGER", "2026-01-02", "US0000000027", "2"),
    )

    assert (out.security.isin, into.security.isin) == ("US0000000001", "US0000000027")
    assert out.group == into.group == "exchange-2"
    assert (other.kind, other.group) == (Kind.TRANSFER_IN, "")


def test_one_removal_is_paid_once() -> None:
    first, second = rows(
        action("TILG", "2026-01-01", "DE0001102333", "5", amount="5.00"),
        action("TILG", "2026-01-02", "DE0001102333", "0", amount="6.00"),
        action("REDEMPTION", "2026-01-01", "DE0001102333", "-5"),
    )

    assert (first.quantity, first.merged_lines) == (5, (4,))
    assert second.reason.startswith("the row that takes the shares out for the TILG is not in")


def test_every_reject_names_its_reason() -> None:
    found = parse(TradeRepublic(), "broken.csv")
    reasons = {outcome.line: outcome.reason for outcome in found if isinstance(outcome, Rejected)}

    unknown = "is not known; known are ADDITIONAL_INCOME, ADR_DISCONTINUATION, "
    assert reasons.pop(2).startswith(f"the type “MOON_LANDING” of “CASH” {unknown}")
    assert reasons.pop(3).startswith(f"the type “MOON_LANDING” of “CORPORATE_ACTION” {unknown}")
    assert reasons.pop(16).startswith(f"the type “” of “” {unknown}")
    assert reasons == {
        4: "the column “symbol” is empty",
        5: "the column “shares” is empty",
        6: "the column “amount” is empty",
        7: "“lots” is not a number",
        8: "the column “amount” is empty",
        9: "the column “currency” is empty",
        10: "“soon” is not a date",
        11: "the column “shares” is zero",
        12: "the column “symbol” is empty",
        13: "the row that takes the shares out for the TILG is not in the file",
        14: "the row that brings the new shares of the SHARE_EXCHANGE is not in the file",
        15: "the column “currency” is empty",
    }


def test_pytr_files_are_read_with_the_mark_of_each_row() -> None:
    found = parse(TradeRepublicPytr(), "dutch_and_english.csv")

    # 10,799 has three digits after the comma; the shares beside it tell that it is decimal.
    sold = next(outcome for outcome in found if outcome.line == 5)
    assert (sold.amount, sold.quantity) == (Decimal("10.799"), Decimal("0.104341"))
    krka = next(outcome for outcome in found if outcome.line == 10)
    assert (krka.amount, krka.fee, krka.price) == (
        Decimal("689.25"),
        1,
        Decimal("137.85"),
    )
    assert TradeRepublicPytr().account_currency(Source("x", b"")) == "EUR"


def test_every_reject_of_pytr_names_its_reason() -> None:
    found = parse(TradeRepublicPytr(), "broken.csv")
    reasons = {outcome.line: outcome.reason for outcome in found}

    known = "is not known; known are BUY, DEPOSIT, DIVIDEND, FEE, INTEREST, SELL, TAX, TRANSFER_IN,"
    assert reasons.pop(2).startswith(f"the type “Mondlandung” {known}")
    assert reasons.pop(8).startswith(f"the type “” {known}")
    assert reasons == {
        3: "the column “value” is empty",
        4: "the ISIN is missing",
        5: "the column “shares” is empty",
        6: "“viel” is not a number",
        7: "“bald” is not a date",
    }


def test_nothing_moved_is_ignored_by_name() -> None:
    found = parse(TradeRepublicPytr(), "german.csv")

    assert [outcome.rule for outcome in found if isinstance(outcome, Ignored)] == [
        "a booking of 0.00"
    ]


@pytest.mark.parametrize("importer", [TradeRepublic(), TradeRepublicPytr()], ids=["app", "pytr"])
def test_a_file_without_the_header_is_refused(importer) -> None:
    with pytest.raises(ImporterError, match="The header line of "):
        list(importer.parse(Source("x", b"a,b\n1,2\n")))
