"""What the database adds up, what is computed from the rows, and what a person would expect: the same."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portfolio.gains import UNKNOWN, Gain
from portfolio.holdings import books
from portfolio.ledger_sums import Figure
from portfolio.models import Position
from portfolio.rated import product
from pricing.models import ExchangeRate
from pricing.money import EXACT, to_amount
from pricing.signals import rates_changed
from pricing.splits import Split
from tests.factories import AccountFactory, ledger
from tests.portfolio.test_rebuild_properties import PUBLISHED, events
from tests.transactions.rows import Files
from transactions.ledger import link_transfer
from transactions.models import Account

slow = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
LATER = date(2024, 12, 31)


def publish(currency, *days):
    for day, rate in days:
        ExchangeRate.objects.create(currency=currency, date=day, rate=D(rate), source="ecb")


def books_of(user, wanted="EUR", on=None):
    return books(list(Account.objects.owned_by(user.pk)), wanted, on)


@pytest.fixture
def broker(alice):
    return AccountFactory(owner=alice, name="Broker", currency="EUR")


@pytest.fixture
def files(db, tmp_path):
    publish("USD", *PUBLISHED[1:])
    publish("CHF", *((day + timedelta(days=1), rate) for day, rate in PUBLISHED))
    return Files(tmp_path, User.objects.create(username="alice"))


@slow
@given(events(), st.sampled_from(["EUR", "USD", "CHF"]))
def test_the_database_adds_up_what_the_rows_say(files, rows, wanted):
    with transaction.atomic():
        files.one(*rows, account="Broker", currency="EUR", import_likely_duplicates=True)
        accounts = list(Account.objects.all())
        now, then = books(accounts, wanted, None), books(accounts, wanted, LATER)
        assert (now.held, now.income) == (then.held, then.income)
        transaction.set_rollback(True)


@slow
@given(st.decimals(-9, 9, places=8), st.decimals("0", "2", places=2))
def test_sql_rounds_half_to_even_as_we_do(db, amount, rate):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {product('%(amount)s', '%(rate)s')}", {"amount": amount, "rate": rate}
        )
        assert cursor.fetchone() == (to_amount(EXACT.multiply(amount, rate)),)


def test_cost_and_gain_are_told_at_the_rates_of_their_days(alice, broker):
    publish("USD", ("2024-01-05", "1.25"), ("2024-02-01", "1.6"))
    ledger(
        broker,
        "2024-01-05 BUY 10 AAA @ 100",
        "2024-02-01 SELL 4 AAA @ 150",
        currency="USD",
    )
    (held,) = books_of(alice).held
    # 6 at 100 dollars of 0.80; sold for 600 dollars of 0.625, bought for 400 dollars of 0.80.
    assert held.holding.cost == D(480)
    assert held.realized == Gain(D(55), D(125), D(-70))
    (held,) = books_of(alice, "USD").held
    assert held.holding.cost == D(600)
    assert held.realized == Gain(D(200), D(200), D(0))


def test_a_third_currency_takes_the_published_rates(alice, broker):
    publish("USD", ("2024-01-05", "1.25"), ("2024-02-01", "1.6"))
    publish("CHF", ("2024-01-05", "1"), ("2024-02-01", "0.8"))
    ledger(broker, "2024-01-05 BUY 10 AAA @ 100", currency="USD", fx_rate=D("0.9"))
    ledger(broker, "2024-02-01 SELL 4 AAA @ 150", currency="USD", fx_rate=D("0.7"))
    (held,) = books_of(alice, "CHF").held
    assert (held.holding.cost, held.realized) == (D(480), Gain(D(-20), D(100), D(-120)))


def test_a_missing_rate_leaves_unknown_what_rests_on_it(alice, broker):
    publish("USD", ("2024-02-01", "1.6"))
    ledger(broker, "2024-01-05 BUY 10 AAA @ 100", "2024-02-01 SELL 4 AAA @ 150", currency="USD")
    ledger(broker, "2024-02-02 BUY 10 BBB @ 100", currency="USD")
    first, second = books_of(alice).held
    assert (first.holding.cost, first.realized) == (None, UNKNOWN)
    assert second.holding.cost == D(625)


def test_a_sale_before_its_purchase_is_told_at_the_rate_of_the_sale(alice, broker):
    publish("USD", ("2024-01-05", "1.25"), ("2024-02-01", "1.6"))
    ledger(broker, "2024-01-05 SELL 4 AAA @ 150", "2024-02-01 BUY 4 AAA @ 100", currency="USD")
    # 600 dollars of 0.80 received, 400 dollars of 0.625 paid.
    (held,) = books_of(alice).held
    assert held.realized == Gain(D(230), D(160), D(70))


def test_capital_returned_while_nothing_is_held_keeps_no_rate(alice, broker):
    publish("USD", ("2024-01-05", "1.25"))
    ledger(broker, "2024-01-05 BUY 4 AAA @ 150", "2024-02-01 SELL 4 AAA @ 150", currency="USD")
    ledger(broker, "2024-03-01 RETURN_OF_CAPITAL 1 AAA = 5", currency="USD", quantity=None)
    (held,) = books_of(alice).held
    assert (held.own_realized, held.realized) == (D(5), UNKNOWN)
    assert books_of(alice, on=LATER).held[0].realized == UNKNOWN


def test_income_is_told_at_the_rate_of_its_row_or_its_day(alice, broker):
    publish("USD", ("2024-01-05", "1.25"))
    ledger(broker, "2024-01-06 DIVIDEND 1 AAA = 10", currency="USD")
    ledger(broker, "2024-01-07 DIVIDEND 1 AAA = 10", currency="USD", fx_rate=D("0.7"))
    ledger(broker, "2024-01-08 INTEREST 3", "2024-01-09 DEPOSIT 50")
    assert books_of(alice).income == Figure(D(18))
    assert books_of(alice, on=date(2024, 1, 7)).income == Figure(D(15))
    ledger(broker, "2024-01-03 DIVIDEND 1 AAA = 10", currency="USD")
    assert books_of(alice).income == Figure(D(18), 1)


def test_books_are_kept_until_a_ledger_changes(alice, broker, django_assert_num_queries):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5")
    accounts = list(Account.objects.all())
    found = books(accounts, "EUR", None)
    with django_assert_num_queries(0):
        assert books(accounts, "EUR", None) == found
    ledger(broker, "2024-01-06 BUY 1 AAA @ 5")
    assert books_of(alice).held[0].holding.quantity == 11


def test_a_transfer_changes_the_books_of_both_accounts(alice, broker):
    vault = AccountFactory(owner=alice, name="Vault", currency="EUR")
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5")
    (sent,) = ledger(broker, "2024-03-01 TRANSFER_OUT 10 AAA")
    (received,) = ledger(vault, "2024-03-01 TRANSFER_IN 10 AAA")
    assert [held.holding.own_cost for held in books_of(alice).held] == [0, None]
    link_transfer(sent, received)
    assert [held.holding.own_cost for held in books_of(alice).held] == [0, 50]


@pytest.mark.django_db(transaction=True)
def test_books_are_read_anew_when_rates_change(alice):
    account = AccountFactory(owner=alice, currency="EUR")
    ledger(account, "2024-01-05 BUY 10 AAA @ 100", currency="EUR")
    assert books_of(alice, "USD").held[0].holding.cost is None
    with transaction.atomic():
        publish("USD", ("2024-01-05", "1.25"))
        rates_changed.send(sender=ExchangeRate, since={"USD": date(2024, 1, 5)})
    assert books_of(alice, "USD").held[0].holding.cost == D(1250)


def test_a_past_day_has_only_what_was_there(alice, broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", "2024-02-01 SELL 10 AAA @ 6")
    (held,) = books_of(alice, on=date(2024, 1, 31)).held
    assert (held.position, held.holding.quantity) == (Position.objects.get().pk, 10)
    assert books_of(alice, on=date(2024, 1, 4)).held == []


def test_the_splits_of_a_ledger_have_the_ratio_of_what_was_held(alice, broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", "2024-02-01 SPLIT 5 AAA", "2024-02-02 SPLIT 3 BBB")
    assert books_of(alice).splits == {(broker.pk, "AAA"): [Split(date(2024, 2, 1), 3, 2)]}
    assert books_of(alice, on=date(2024, 1, 31)).splits == {}
