from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from itertools import product

import pytest

from portfolio import ledger_sums
from portfolio.ledger_sums import Figure
from pricing.money import EXACT, ZERO
from tests.factories import AccountFactory, InstrumentFactory, ledger
from transactions.kinds import MOVES_UNITS, Kind
from transactions.models import Transaction

DAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def account(alice):
    return AccountFactory(owner=alice, currency="EUR")


def every_shape(account):
    """Rows of every kind, with and without instrument, units, amount, fee and tax."""
    instrument = InstrumentFactory(ticker="AAA")
    shapes = product(Kind, (None, instrument), (None, D(3)), (None, D("100.12345678")), (0, 1))
    for number, (kind, thing, units, amount, charged) in enumerate(shapes):
        if kind in MOVES_UNITS - {Kind.TRANSFER_IN, Kind.TRANSFER_OUT} and not (thing and units):
            continue
        yield Transaction(
            account=account,
            transaction_date=DAY + timedelta(hours=number),
            trade_date=DAY.date(),
            transaction_type=kind.value,
            instrument=thing,
            quantity=units,
            total_amount=amount,
            currency="USD" if number % 3 else "EUR",
            fee=D("1.5") * charged,
            fee_currency=("", "EUR", "BNB")[number % 3],
            tax=D("0.25") * charged,
            created_at=DAY,
        )


def test_cash_is_the_sum_of_what_each_row_did_to_it(account):
    rows = Transaction.objects.bulk_create(every_shape(account))
    expected = defaultdict(lambda: ZERO)
    for row in rows:
        for currency, effect in row.cash_effects().items():
            expected[account.pk, currency] = EXACT.add(expected[account.pk, currency], effect)
    assert len(rows) > 150
    assert {currency for _, currency in expected} == {"BNB", "EUR", "USD"}
    assert ledger_sums.cash(ledger_sums.groups(Transaction.objects.all())) == dict(expected)


def test_each_row_alone_moves_the_cash_that_it_says(account):
    for row in every_shape(account):
        row.save()
        alone = ledger_sums.groups(Transaction.objects.filter(pk=row.pk))
        effects = {(account.pk, c): amount for c, amount in row.cash_effects().items() if amount}
        assert ledger_sums.cash(alone) == effects


def test_a_balance_of_nothing_is_not_listed(account):
    ledger(account, "2024-01-01 DEPOSIT 100", "2024-01-02 WITHDRAWAL 100")
    assert ledger_sums.cash(ledger_sums.groups_of([account])) == {}


def test_income_fees_and_taxes_add_up_per_currency(account):
    ledger(
        account,
        "2024-01-01 BUY 10 AAA @ 5",
        fee=D("1.10"),
    )
    ledger(
        account,
        "2024-02-01 DIVIDEND 10 AAA = 7.50",
        tax=D("1.50"),
    )
    ledger(account, "2024-02-02 INTEREST 2.25", "2024-02-03 FEE 4", "2024-02-04 TAX 3")
    ledger(account, "2024-02-05 INTEREST 1", currency="USD", fee=D("0.1"), fee_currency="GBP")
    found = ledger_sums.groups_of([account])
    assert ledger_sums.income(found) == {"EUR": Figure(D("9.75")), "USD": Figure(D(1))}
    assert ledger_sums.fees(found) == {"EUR": Figure(D("5.10")), "GBP": Figure(D("0.10"))}
    assert ledger_sums.taxes(found) == {"EUR": Figure(D("4.50"))}


def test_income_of_unknown_value_is_counted_and_not_added(account):
    ledger(account, "2024-01-01 STAKING 2 SOL", "2024-01-02 STAKING 1 SOL = 20")
    assert ledger_sums.income(ledger_sums.groups_of([account])) == {"EUR": Figure(D(20), 1)}


def test_sums_are_kept_until_the_ledger_changes(account, django_assert_num_queries):
    ledger(account, "2024-01-01 DEPOSIT 100")
    ledger_sums.groups_of([account])
    with django_assert_num_queries(0):
        kept = ledger_sums.groups_of([account])
    assert ledger_sums.cash(kept) == {(account.pk, "EUR"): D(100)}
    ledger(account, "2024-01-02 DEPOSIT 50")
    account.refresh_from_db()
    assert ledger_sums.cash(ledger_sums.groups_of([account])) == {(account.pk, "EUR"): D(150)}


def test_an_account_without_rows_is_kept_too(account, django_assert_num_queries):
    assert ledger_sums.groups_of([account]) == []
    with django_assert_num_queries(0):
        assert ledger_sums.groups_of([account]) == []


def test_nothing_is_asked_for_no_accounts(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert ledger_sums.groups_of([]) == []
