"""DEGIRO: both exports, and that importing both of them doubles nothing."""

from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from tests.transactions.importers.test_trading212 import cash
from transactions.importers.base import Ignored, ParsedTransaction, Rejected
from transactions.importers.degiro_account import DegiroAccount
from transactions.importers.degiro_trade_texts import trade_of
from transactions.importers.degiro_transactions import DegiroTransactions
from transactions.importers.degiro_words import booking_of, repaired
from transactions.kinds import Kind

ACCOUNT = "Date,Time,Value date,Product,ISIN,Description,FX,Change,,Balance,,Order Id"
ORDERS = (
    "Date,Time,Product,ISIN,Reference exchange,Venue,Quantity,Price,,Local value,,Value EUR,"
    "Exchange rate,AutoFX Fee,Transaction and/or third party fees EUR,Total EUR,Order ID,"
)


def parse(importer, name: str):
    return golden.events(importer.parse(golden.source_of(golden.DATA / importer.format / name)))


def account(*rows: str):
    source = Source("x", "\n".join([ACCOUNT, *rows]).encode())
    return golden.events(DegiroAccount().parse(source))


def transactions(*rows: str):
    return list(DegiroTransactions().parse(Source("x", "\n".join([ORDERS, *rows]).encode())))


def movement(description: str, change: str, order: str = "", *, isin: str = "NL0000000001") -> str:
    return f'01-02-2026,09:30,01-02-2026,ACME,{isin},"{description}",,EUR,"{change}",EUR,0,{order}'


def identity(found: ParsedTransaction) -> tuple:
    return (
        *(found.when, found.kind, found.security.isin, found.quantity),
        *(found.currency, found.amount, found.price, found.fee, found.tax),
    )


def test_both_files_give_the_same_trades_and_corporate_actions() -> None:
    from_orders = parse(DegiroTransactions(), "dutch_with_autofx.csv")
    from_account = parse(DegiroAccount(), "dutch_same_trades.csv")
    # What is left over after rounding is cash, which only the account statement has.
    trades = [found for found in from_account if found.kind is not Kind.FEE]

    assert {identity(found) for found in trades} == {identity(found) for found in from_orders}
    assert len(trades) == len(from_orders) == 9
    bought = {found.external_id for found in trades if found.kind in {Kind.BUY, Kind.SELL}}
    assert bought == {f"aaaa-000{number}" for number in range(1, 6)}


def test_account_statement_gives_the_known_cash_and_position() -> None:
    outcomes = parse(DegiroAccount(), "degiro_e2e_portfolio.csv")

    assert cash(outcomes) == {"EUR": Decimal("2198.93")}
    rules = [found.rule for found in outcomes if isinstance(found, Ignored)]
    assert rules == [
        "cash sweep between the broker's own accounts",
        "transfer between the broker's own accounts",
    ]
    bought, sold = (
        found
        for found in outcomes
        if isinstance(found, ParsedTransaction) and found.kind in {Kind.BUY, Kind.SELL}
    )
    cost = (bought.amount + bought.fee) / bought.quantity * sold.quantity
    assert (cost, sold.amount - sold.fee) == (Decimal("128.4"), Decimal("137.00"))


def test_stitched_export_of_many_languages_has_no_reject() -> None:
    outcomes = parse(DegiroAccount(), "degiro_export.csv")

    assert [found for found in outcomes if isinstance(found, Rejected)] == []
    # An order id broken over two lines belongs to the rows of that order.
    vici = next(found for found in outcomes if found.line == 22)
    assert vici.external_id == "5925d76b-eb36-46e3-b017-a61a6d03c3e7"
    assert (vici.amount, vici.currency, vici.fee) == (Decimal("31.91"), "EUR", Decimal("1.00"))
    assert vici.merged_lines == (18, 19, 20, 21)


def test_thousands_dots_in_quantities_are_no_decimals() -> None:
    outcomes = parse(DegiroAccount(), "degiro_localized_quantities.csv")

    bought = [found.quantity for found in outcomes if found.kind is Kind.BUY]
    assert bought == [1234, 2506, 6408, 1750]
    accrued = [found for found in outcomes if found.kind is Kind.INTEREST]
    assert [found.amount for found in accrued] == [
        Decimal("-1.23"),
        Decimal("-0.99"),
        Decimal("-3.45"),
        Decimal("-0.50"),
    ]
    assert {found.security.isin for found in accrued} == {f"IE00LCL000{n}" for n in range(1, 5)}


@pytest.mark.parametrize(
    ("description", "change", "quantity", "price"),
    [
        ("Buy 1,234 ACME@5 EUR", "-6170.00", "1234", "5"),
        ("Buy 1,234 ACME@5 EUR", "-6.17", "1.234", "5"),
        ("Compra 6 ACME@49,785 EUR", "-298.71", "6", "49.785"),
        ("Compra 6 ACME@1,785 EUR", "0.01", "6", "1785"),
        ("Vente 1 046,3825 ACME@0,9854 EUR", "1031.10", "1046.3825", "0.9854"),
        ("Buy 1,234 ACME@5 EUR", "0", "1234", "5"),
        ("Buy 5 3M@@2 EUR", "-10", "5", "2"),
    ],
)
def test_numbers_that_could_be_two_are_settled_by_the_cash(
    description: str, change: str, quantity: str, price: str
) -> None:
    [found] = account(movement(description, change))

    assert (found.quantity, found.price) == (Decimal(quantity), Decimal(price))


def test_cash_of_every_language_adds_up() -> None:
    outcomes = parse(DegiroAccount(), "every_language.csv")

    assert [found for found in outcomes if isinstance(found, Rejected)] == []
    by_line = {found.line: found for found in outcomes}
    # A converted order of two days, its charges on the day they are of.
    first = next(found for found in outcomes if getattr(found, "external_id", "") == "two-days")
    assert (first.fee, first.quantity) == (Decimal("1.00"), 1)
    assert by_line[first.line] is first


@pytest.mark.parametrize(
    ("name", "money"),
    [
        ("polish.csv", {"PLN": "1082.56", "USD": "370.90", "NOK": "12.00", "SGD": "7.00"}),
        ("czech.csv", {"CZK": "26443.20", "USD": "2.00", "EUR": "0.03"}),
    ],
)
def test_cash_of_polish_and_czech_files_is_their_balance(name: str, money: dict[str, str]) -> None:
    outcomes = parse(DegiroAccount(), name)
    assert [found for found in outcomes if isinstance(found, Rejected)] == []
    found = cash([one for one in outcomes if isinstance(one, ParsedTransaction)])
    assert {code: amount for code, amount in found.items() if amount} == {
        code: Decimal(amount) for code, amount in money.items()
    }


def test_words_are_known_whatever_their_accents() -> None:
    assert booking_of("IMPÔTS SUR DIVIDENDE") is booking_of("Impots sur dividende")
    assert booking_of("Zorglub") is None
    assert repaired("CrÃ©dito") == "Crédito"
    assert repaired("Ã") == "Ã"
    assert repaired("漢") == "漢"


@pytest.mark.parametrize(
    "description",
    [
        "Dividend",
        "a@b EUR",
        "Look at 5 EUR",
        "Unknown 5 @ 5 EUR",
        "Money Market fund: Buy 1 @ 2 EUR",
    ],
)
def test_other_descriptions_are_no_trades(description: str) -> None:
    assert trade_of(description) is None


def test_a_statement_without_rows_has_no_outcomes() -> None:
    assert account() == []


def test_every_reject_of_the_account_names_its_reason() -> None:
    found = parse(DegiroAccount(), "broken.csv")
    reasons = {outcome.line: outcome.reason for outcome in found if isinstance(outcome, Rejected)}

    unknown = "is not known; known are trades, corporate actions, fees, taxes, dividends"
    assert reasons.pop(3).startswith(f"the description “Zorglub bonification” {unknown}")
    assert reasons.pop(4).startswith(f"the description “” {unknown}")
    assert reasons.pop(16).startswith(f"the description “Onbekend 5 @ 5 EUR” {unknown}")
    assert reasons.pop(17).startswith(f"the description “” {unknown}")
    half = (
        "the other half of the corporate action “WIJZIGING ISIN: Koop 5 @ 5 EUR” is not in the file"
    )
    assert reasons.pop(2).startswith(f"the description “” {unknown}")
    assert reasons == {
        5: "the column “change” is empty",
        6: "the currency of the change is missing",
        7: "“veel” is not a number",
        8: "“32-01-2026 10:00” is not a date",
        9: "“morgen” is not a date like 31-12-2025",
        10: "“10h” is not a time like 09:30",
        11: "the ISIN is missing",
        12: "the row does not say whether shares came or went",
        13: "the column “quantity in the description” is zero",
        14: half,
        15: half,
    }


def test_every_reject_of_the_transactions_names_its_reason() -> None:
    found = parse(DegiroTransactions(), "broken.csv")

    assert {outcome.line: outcome.reason for outcome in found} == {
        2: "the quantity is zero",
        3: "the column “quantity” is empty",
        4: "“22.13.2026 19:16” is not a date",
        5: "“gisteren” is not a date like 31-12-2025",
        6: "“noon” is not a time like 09:30",
        7: "the ISIN is missing",
        8: "the currency of the value is missing",
        9: "“veel” is not a number",
        10: "the row is cut off before its value",
    }


def test_a_lone_half_with_cash_is_a_trade_and_one_without_is_refused() -> None:
    paid, free, half = transactions(
        "01-02-2026,00:00,A,NL0000000001,EAM,,5,2.00,EUR,-10.00,EUR,-10.00,,,,-10.00,,",
        "02-02-2026,00:00,B,NL0000000019,EAM,,5,0.00,EUR,0.00,EUR,0.00,,,,0.00,,",
        "03-02-2026,00:00,C,NL0000000027,EAM,,5,2.00,EUR,0.00,EUR,0.00,,,,0.00,,",
    )

    assert (paid.kind, paid.amount) == (Kind.BUY, 10)
    assert (free.kind, free.amount) == (Kind.TRANSFER_IN, None)
    assert half.reason == "the other half of the corporate action “C” is not in the file"


def test_the_account_currency_of_new_files_is_in_a_column_name() -> None:
    def currency(name: str) -> str:
        source = golden.source_of(golden.DATA / "degiro-transactions" / name)
        return DegiroTransactions().account_currency(source)

    assert currency("dutch_with_autofx.csv") == "EUR"
    assert currency("english_swiss_account.csv") == ""
    assert DegiroTransactions().account_currency(Source("x", b"a,b\n")) == ""


@pytest.mark.parametrize("importer", [DegiroAccount(), DegiroTransactions()], ids=["acc", "orders"])
def test_a_file_without_the_header_is_refused(importer) -> None:
    with pytest.raises(ImporterError, match="The header line of DEGIRO's "):
        list(importer.parse(Source("x", b"a,b\n1,2\n")))
