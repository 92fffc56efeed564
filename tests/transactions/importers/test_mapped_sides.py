"""Tables with a column for money in and one for money out, and with the balance beside each row."""

from decimal import Decimal

import pytest

from pricing.readers import Source
from transactions.importers.base import Ignored, ParsedTransaction, Rejected, Stated
from transactions.importers.guessing import find_table, guess
from transactions.importers.layouts import IGNORE, MONEY, Layout, Role
from transactions.importers.mapped import Mapped
from transactions.importers.mapped_cells import Cells
from transactions.kinds import Kind
from transactions.running_balances import check


def guessed(text: str) -> Layout:
    table = find_table(Source("x.csv", text.encode()))
    assert table is not None
    return guess(table)


def read(text: str, layout: Layout | None = None, **changes):
    chosen = Layout.from_json((layout or guessed(text)).as_json() | changes)
    return list(Mapped("1", "Mine", chosen).parse(Source("x.csv", text.encode())))


def sums(outcomes) -> list[tuple[Kind, Decimal]]:
    return [(one.kind, one.amount) for one in outcomes if isinstance(one, ParsedTransaction)]


def test_cells_have_a_field_for_every_role():
    assert Cells._fields == tuple(Role)


@pytest.mark.parametrize(
    ("paid_out", "paid_in", "balance"),
    [
        ("Debit", "Credit", "Balance"),
        ("Money Out", "Money In", "Running balance"),
        ("Paid out (£)", "Paid in (£)", "Balance (£)"),
        ("Withdrawals", "Deposits", "Closing Balance"),
        ("Payments (GBP)", "Receipts (GBP)", "Cash balance"),
        ("Soll", "Haben", "Saldo"),
        ("Belastung in CHF", "Gutschrift in CHF", "Saldo in CHF"),
        ("Lastschrift", "Gutschrift", "Kontostand"),
        ("Ausgaben", "Einnahmen", "Neuer Saldo"),
        ("Débit", "Crédit", "Solde"),
        ("Af", "Bij", "Saldo na mutatie"),
        ("Cargo", "Abono", "Saldo disponible"),
        ("Debe", "Haber", "Saldo"),
        ("Dare", "Avere", "Saldo contabile"),
        ("Uscite", "Entrate", "Saldo"),
    ],
)
@pytest.mark.parametrize("sign", ["", "-"])
def test_two_columns_of_money_are_known_by_their_names(paid_out, paid_in, balance, sign):
    text = (
        f"Date,Text,{paid_out},{paid_in},{balance}\n"
        f"2024-01-02,a,,500.00,500.00\n2024-01-03,b,{sign}20.50,,479.50\n2024-01-04,c,0.00,3,482.5\n"
    )
    found = guessed(text)
    assert {role: found.columns[role] for role in (Role.PAID_OUT, Role.PAID_IN, Role.BALANCE)} == {
        Role.PAID_OUT: 2,
        Role.PAID_IN: 3,
        Role.BALANCE: 4,
    }
    assert Role.AMOUNT not in found.columns
    outcomes = read(text, found, currency="EUR")
    assert sums(outcomes) == [
        (Kind.DEPOSIT, 500),
        (Kind.WITHDRAWAL, Decimal("20.50")),
        (Kind.DEPOSIT, 3),
    ]
    stated = [one for one in outcomes if isinstance(one, Stated)]
    assert [(one.line, one.amount, one.currency) for one in stated] == [
        (2, 500, "EUR"),
        (3, Decimal("479.50"), "EUR"),
        (4, Decimal("482.5"), "EUR"),
    ]
    transactions = [one for one in outcomes if isinstance(one, ParsedTransaction)]
    assert check(transactions, stated, (), ()).agreed == 2


def test_trades_with_debit_and_credit():
    text = """Settlement Date,Date,Symbol,ISIN,Quantity,Price,Description,Ref,Debit,Credit,Balance
03/01/2024,01/01/2024,n/a,n/a,n/a,n/a,Deposit,A1,n/a,"£1,000.00","£1,000.00"
17/01/2024,15/01/2024,VOD,GB00BH4HKS39,100,£0.70,Vodafone,A2,£75.00,n/a,£925.00
17/02/2024,15/02/2024,VOD,GB00BH4HKS39,40,£0.80,Vodafone,A3,n/a,£32.00,£957.00
"""
    paid, bought, sold = [one for one in read(text) if isinstance(one, ParsedTransaction)]
    assert (paid.kind, paid.amount, paid.security, paid.currency) == (
        Kind.DEPOSIT,
        1000,
        None,
        "GBP",
    )
    assert (bought.kind, bought.quantity, bought.amount) == (Kind.BUY, 100, 75)
    assert (sold.kind, sold.quantity, sold.amount) == (Kind.SELL, 40, 32)


def test_a_type_beside_two_columns_tells_the_kind_and_they_the_direction():
    text = """Date,Type,Symbol,Quantity,Debit,Credit,Currency
2024-01-02,Dividend,AAA,,,5,EUR
2024-01-03,Dividend,AAA,,5,,EUR
2024-01-04,Fee,,,,2,EUR
2024-01-05,Buy,AAA,3,30,,EUR
2024-01-06,Sell,AAA,3,1,,EUR
2024-01-07,Buy,AAA,3,,30,EUR
2024-01-08,Fee,,,2,3,EUR
"""
    outcomes = read(text)
    assert sums(outcomes) == [
        (Kind.DIVIDEND, 5),
        (Kind.DIVIDEND, -5),
        (Kind.FEE, -2),
        (Kind.BUY, 30),
        (Kind.SELL, 1),
    ]
    assert [one.reason for one in outcomes if isinstance(one, Rejected)] == [
        "money came in for a purchase; let the sign tell what “Buy” means",
        "of the columns for in and out both have a figure, 3 and 2",
    ]


def test_charges_are_in_the_money_of_two_columns():
    text = "Date,Type,Symbol,Quantity,Price,Fee,Debit,Credit\n2024-01-02,Buy,A,10,5,1,51,\n"
    found = guessed(text)
    assert found.has_fees
    assert sums(read(text, found, currency="EUR")) == [(Kind.BUY, 50)]


def test_an_amount_counts_where_both_columns_are_blank():
    columns = {"date": 0, "amount": 1, "paid_in": 2, "paid_out": 3}
    layout = Layout.from_json(
        guessed("Date,Amount,In,Out\n2024-01-01,1,,\n").as_json()
        | {"columns": columns, "currency": "EUR", "is_signed": True}
    )
    text = "Date,Amount,In,Out\n2024-01-02,-7,,\n2024-01-02,-7,8,\n"
    assert sums(read(text, layout)) == [(Kind.WITHDRAWAL, 7), (Kind.DEPOSIT, 8)]


@pytest.mark.parametrize(
    ("name", "role"), [("Credit", Role.AMOUNT), ("Units bought", Role.QUANTITY)]
)
def test_one_of_two_columns_alone_is_the_amount_or_quantity(name, role):
    found = guessed(f"Date,Text,{name}\n2024-01-02,a,5\n")
    assert found.columns[role] == 2
    assert (
        {Role.DATE, Role.DESCRIPTION, role}
        <= found.columns.keys()
        <= {Role.DATE, Role.DESCRIPTION, Role.NAME, role}
    )


def test_units_bought_and_sold_in_two_columns():
    text = """Date,Scheme,Units bought,Units sold,Price,Amount
2024-01-02,Fund,10.5,,2,21
2024-01-03,Fund,,4,3,12
"""
    bought, sold = read(text, currency="INR")
    assert (bought.kind, bought.quantity, bought.amount) == (Kind.BUY, Decimal("10.5"), 21)
    assert (sold.kind, sold.quantity, sold.amount) == (Kind.SELL, 4, 12)


def test_a_balance_of_shares_is_none_of_money():
    assert Role.BALANCE not in guessed("Date,Units,Unit balance\n2024-01-02,1,5\n").columns


def test_a_balance_is_stated_beside_whatever_became_of_the_row():
    text = """Date,Type,Amount,Balance,Currency
2024-01-02,Deposit,5,5,GBX
2024-01-03,Memo,0,5,GBP
2024-01-04,Nobody knows,1,6,GBP
2024-01-05,Deposit,1,seven,GBP
2024-01-06,Deposit,1,-,GBP
soon,Deposit,1,9,GBP
"""
    columns = {"date": 0, "type": 1, "amount": 2, "balance": 3, "currency": 4}
    layout = guessed(text)
    assert layout.columns == {Role(role): place for role, place in columns.items()}
    outcomes = read(text, layout, kinds={"deposit": MONEY, "memo": IGNORE})
    assert [type(one) for one in outcomes] == [
        *(ParsedTransaction, Stated, Ignored, Stated, Rejected, Stated),
        *(ParsedTransaction, ParsedTransaction, Rejected),
    ]
    found = [one for one in outcomes if isinstance(one, Stated)]
    assert [(one.line, one.amount, one.currency) for one in found] == [
        (2, Decimal("0.05"), "GBP"),
        (3, 5, "GBP"),
        (4, 6, "GBP"),
    ]
