"""Two recorded days and the ledger between them, loaded for the explanation."""

from decimal import Decimal as D

import pytest

from snapshots.comparison import compare
from tests.factories import AccountFactory, ledger
from tests.snapshots.recorded import ago, held, price, rate, record


@pytest.fixture
def broker(alice):
    return AccountFactory(owner=alice, name="Broker", currency="EUR", tracks_cash=True)


def days(account, *rows):
    """Three days of an account, each with its value, cash, inflow and positions."""
    for place, (value, cash, inflow, *positions) in enumerate(rows):
        day = ago(3 - place)
        record(
            account,
            day,
            (value, inflow),
            cash_balance=None if cash is None else D(cash),
            positions_json=list(positions),
        )


def parts(change):
    names = ("flows", "income", "fees", "taxes", "currency", "price", "edits")
    return {name: value for name in names if (value := getattr(change, name))}


def test_a_purchase_moves_money_and_changes_nothing_but_its_fee(broker):
    ledger(broker, f"{ago(2)} BUY 10 AAA @ 10", fee=D(1))
    before, after = held("AAA", "0", "10", "0"), held("AAA", "10", "12", "120")
    days(broker, (500, 500, 0, before), (499, 399, 0, after), (519, 399, 0, after))
    change = compare([broker], "EUR", ago(3), ago(1)).change
    assert parts(change) == {"fees": 1, "price": 20}
    assert change.elsewhere.price == 0


def test_money_in_another_currency_gains_by_rates(broker):
    rate("USD", ago(9), "2")
    ledger(broker, f"{ago(2)} DIVIDEND 1 AAA = 10", currency="USD")
    days(broker, (100, 100, 0), (105, 105, 0), (110, 110, 0))
    change = compare([broker], "EUR", ago(3), ago(1)).change
    assert parts(change) == {"income": 5, "currency": 5}


def test_a_holding_is_split_into_price_and_currency(alice):
    account = AccountFactory(owner=alice, currency="EUR")
    rate("USD", ago(9), "2")
    rate("USD", ago(1), "1")
    before = held("AAA", "10", "20", "100", "USD")
    after = held("AAA", "10", "25", "250", "USD")
    days(account, (100, None, 0, before), (125, None, 0, after), (250, None, 0, after))
    change = compare([account], "EUR", ago(3), ago(1)).change
    # 100 at twice the rate, then 10 × 5 dollars at the last one.
    assert parts(change) == {"currency": 100, "price": 50}
    # Seen in dollars there is no currency in it.
    change = compare([account], "USD", ago(3), ago(1)).change
    assert parts(change) == {"price": 50}


def test_a_split_explains_its_units(alice):
    account = AccountFactory(owner=alice, currency="EUR")
    ledger(account, f"{ago(9)} BUY 10 AAA @ 10", f"{ago(2)} SPLIT 10 AAA")
    before, after = held("AAA", "10", "10", "100"), held("AAA", "20", "5", "100")
    days(account, (100, None, 0, before), (100, None, 0, after), (100, None, 0, after))
    found = compare([account], "EUR", ago(3), ago(1))
    assert (parts(found.change), found.unknown) == ({}, 0)


def test_units_without_a_row_are_edits(alice):
    account = AccountFactory(owner=alice, currency="EUR")
    before, after = held("AAA", "10", "10", "100"), held("AAA", "12", "10", "120")
    days(account, (100, None, 0, before), (120, None, 0, after), (120, None, 0, after))
    assert parts(compare([account], "EUR", ago(3), ago(1)).change) == {"edits": 20}


def test_rows_of_unknown_amount_are_counted(broker):
    ledger(broker, f"{ago(2)} AIRDROP 1 AAA")
    days(broker, (100, 100, 0), (100, 100, 0), (100, 100, 0))
    found = compare([broker], "EUR", ago(3), ago(1))
    assert (found.unknown, found.change.total) == (1, 0)


def test_units_that_arrive_are_no_gain_of_their_price(alice):
    account = AccountFactory(owner=alice, currency="EUR")
    rate("USD", ago(9), "2")
    rate("USD", ago(1), "1")
    price("AAA", ago(9), "20", "USD")
    ledger(account, f"{ago(2)} TRANSFER_IN 10 AAA")
    before, after = held("AAA", "0", "20", "0", "USD"), held("AAA", "10", "20", "100", "USD")
    last = held("AAA", "10", "21", "210", "USD")
    days(account, (0, None, 0, before), (100, None, 100, after), (210, None, 0, last))
    found = compare([account], "EUR", ago(3), ago(1))
    assert parts(found.change) == {"flows": 100, "currency": 100, "price": 10}
    assert found.change.instruments["AAA"].invested == 100
    assert found.change.elsewhere == (0, 0, 0, 0, 0)
    assert found.unknown == 0


def test_a_trade_of_unknown_amount_is_taken_at_its_market_value(alice):
    account = AccountFactory(owner=alice, currency="EUR")
    price("AAA", ago(9), "10")
    ledger(account, f"{ago(2)} BUY 10 AAA")
    before, after = held("AAA", "0", "10", "0"), held("AAA", "10", "11", "110")
    days(account, (0, None, 0, before), (100, None, 100, after), (110, None, 0, after))
    found = compare([account], "EUR", ago(3), ago(1))
    assert found.change.instruments["AAA"].invested == 100
    assert (found.change.price, found.change.elsewhere.price, found.unknown) == (10, 0, 1)


def test_what_comes_without_a_price_counts_as_nothing(alice):
    account = AccountFactory(owner=alice, currency="EUR")
    ledger(account, f"{ago(2)} TRANSFER_IN 10 AAA")
    days(account, (0, None, 0), (0, None, 0), (0, None, 0))
    assert compare([account], "EUR", ago(3), ago(1)).change.instruments["AAA"].invested == 0


def test_a_day_before_the_first_is_worth_nothing(broker):
    ledger(broker, f"{ago(3)} DEPOSIT 100")
    days(broker, (100, 100, 100), (100, 100, 0), (100, 100, 0))
    assert parts(compare([broker], "EUR", ago(4), ago(1)).change) == {"flows": 100}


def test_without_a_rate_nothing_is_compared(broker):
    days(broker, (100, 100, 0), (100, 100, 0), (100, 100, 0))
    assert compare([broker], "CHF", ago(3), ago(1)) is None
