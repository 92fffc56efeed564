"""What the golden files of the Revolut account statements do not show."""

from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from tests.transactions.importers.test_trading212 import cash
from transactions.importers import recognise
from transactions.importers.base import Ignored, Importer, Outcome, ParsedTransaction, Rejected
from transactions.importers.revolut_account import (
    RevolutAccount,
    RevolutCryptoStatement,
    RevolutMetals,
)
from transactions.kinds import CASH_SIGN, Kind

HEADER = "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance"


def source_of(*rows: str, header: str = HEADER) -> Source:
    return Source("account-statement.csv", "\n".join([header, *rows]).encode())


def parse(*rows: str) -> list[Outcome]:
    return list(RevolutAccount().parse(source_of(*rows)))


def row(
    type: str = "TOPUP", amount: str = "5", fee: str = "0", currency: str = "EUR", text: str = ""
) -> str:
    times = "2024-01-02 08:00:00,2024-01-02 08:00:01"
    return f"{type},Current,{times},{text},{amount},{fee},{currency},COMPLETED,"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (row(currency=""), "the currency is missing"),
        (row(amount=""), "the amount is missing"),
        (row(amount="x"), "“x” is not a number"),
        (row().replace("COMPLETED", "DONE"), "the state “DONE” is not known"),
        (row().replace("2024-01-02 08:00:01", ""), "“” is not a date"),
        ("TOPUP,Current", "the row has only 2 of 10 cells"),
        (row() + ",more", "the row has 11 cells, the header only 10"),
        (row("EXCHANGE", "1", "1", "XAU"), "the fee 1 leaves nothing of the amount 1"),
        (row("EXCHANGE", "1", "2", "XAU"), "the fee 2 leaves nothing of the amount 1"),
        (
            row("LOAN", currency="XAU"),
            (
                "the type “LOAN” is not known for XAU; known are EXCHANGE, CARD_PAYMENT, "
                "CARD_REFUND, TRANSFER, TOPUP, CASHBACK, REWARD, INTEREST, FEE"
            ),
        ),
    ],
)
def test_row_that_cannot_be_read_is_rejected_with_its_reason_and_text(
    wrong: str, reason: str
) -> None:
    assert parse(wrong) == [Rejected(2, reason, wrong)]


def test_unknown_type_of_a_money_row_is_named() -> None:
    (outcome,) = parse(row("LOAN"))
    assert isinstance(outcome, Rejected)
    assert outcome.reason.startswith("the type “LOAN” is not known; known are ATM, ")


@pytest.mark.parametrize(
    ("amount", "fee", "kind", "quantity"),
    [
        ("0.082971", "0.000405", Kind.BUY, "0.082566"),
        ("-0.316100", "0.000000", Kind.SELL, "0.316100"),
        ("-0.080000", "0.000400", Kind.SELL, "0.080400"),
    ],
)
def test_metal_moves_by_amount_minus_fee_at_an_unknown_cost(
    amount: str, fee: str, kind: Kind, quantity: str
) -> None:
    (moved,) = parse(row("Exchange", amount, fee, "XAU"))
    assert (moved.kind, moved.quantity, moved.amount, moved.price, moved.fee) == (
        kind,
        Decimal(quantity),
        None,
        None,
        0,
    )


def test_money_adds_up_to_the_balance() -> None:
    rows = [
        row("TOPUP", "100", "1"),
        row("CARD_PAYMENT", "-4.50"),
        row("EXCHANGE", "-10", "0.50"),
        row("EXCHANGE", "3"),
        row("ATM", "-50", "1"),
        row("INTEREST", "-0.02"),
        row("FEE", "-7.99"),
        row("FEE", "0", "5"),
        row("TAX", "-0.03"),
    ]
    balance = sum(CASH_SIGN[t.kind] * t.amount - t.fee for t in parse(*rows))
    assert balance == Decimal("100") - 1 - Decimal("4.5") - Decimal("10.5") + 3 - 51 - Decimal(
        "0.02"
    ) - Decimal("7.99") - 5 - Decimal("0.03")


def test_fee_in_metal_that_is_given_back_has_no_known_cost() -> None:
    (back,) = parse(row("FEE", "0.1", currency="XAU"))
    assert (back.kind, back.amount, back.quantity) == (Kind.TRANSFER_IN, None, Decimal("0.1"))


@pytest.mark.parametrize("state", ["PENDING", "REVERTED", "DECLINED", "FAILED"])
def test_only_completed_rows_happened(state: str) -> None:
    assert parse(row().replace("COMPLETED", state)) == [
        Ignored(2, f"the state is {state}: only completed rows happened")
    ]


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        (RevolutMetals(), source_of(row(), row(currency="xag"))),
        (RevolutAccount(), source_of(row(), row(currency="BTC"))),
        (RevolutAccount(), source_of()),
        (
            RevolutCryptoStatement(),
            source_of(header=HEADER + ",Fiat amount,Fiat amount (inc. fees),Base currency"),
        ),
        (RevolutAccount(), source_of(row(text='"open quote'))),
    ],
    ids=["metals", "money", "only a header", "fiat columns", "broken quotes"],
)
def test_kind_of_statement_is_known_from_columns_and_currencies(
    importer: Importer, source: Source
) -> None:
    known = [RevolutMetals(), RevolutAccount(), RevolutCryptoStatement()]
    assert [one.format for one in known if one.recognises(source)] == [importer.format]


def test_half_a_record_at_the_end_of_the_piece_read_for_recognising_is_no_error() -> None:
    many = [row(text=f'"{"x" * 200_000}"')]
    assert RevolutAccount().recognises(source_of(*many)) is True


def test_file_of_another_format_is_refused_as_a_whole() -> None:
    with pytest.raises(ImporterError, match="header line of a Revolut account statement"):
        list(RevolutMetals().parse(source_of("1,2", header="a,b")))


@pytest.mark.parametrize(
    ("name", "currency", "money"),
    [
        ("spanish.csv", "EUR", "100.01"),
        ("italian.csv", "EUR", "153.92"),
        ("french.csv", "EUR", "30.00"),
        ("german.csv", "CHF", "700.00"),
        ("polish.csv", "PLN", "90.00"),
        ("dutch.csv", "EUR", "300.00"),
    ],
)
def test_statements_of_other_languages_end_with_their_balance(name, currency, money):
    source = golden.source_of(golden.DATA / "revolut-account" / name)
    found = list(recognise(source).parse(source))
    assert not [one for one in found if isinstance(one, Rejected)]
    transactions = [one for one in found if isinstance(one, ParsedTransaction)]
    assert cash(transactions)[currency] == Decimal(money)


def test_metal_of_a_spanish_statement_is_bought_and_sold():
    source = golden.source_of(golden.DATA / "revolut-metals" / "spanish.csv")
    bought, sold = (
        one for one in recognise(source).parse(source) if isinstance(one, ParsedTransaction)
    )
    assert (bought.kind, bought.quantity) == (Kind.BUY, Decimal("0.0396"))
    assert (sold.kind, sold.quantity) == (Kind.SELL, Decimal("0.0102"))


def test_what_has_no_day_of_completion_has_not_happened():
    header = (
        "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance"
    )
    row = "Card Payment,Current,2025-01-05 10:00:00,,Shop,-2.00,0.00,EUR,ON ITS WAY,"
    source = Source("statement.csv", f"{header}\n{row}\n".encode())
    (found,) = recognise(source).parse(source)
    assert isinstance(found, Ignored)
