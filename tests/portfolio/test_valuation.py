"""Which price, in which units, at which rate: what a holding is worth on a day."""

from datetime import date
from decimal import Decimal as D

import pytest

from portfolio.gains import Gain, Missing, Quote
from portfolio.holdings import books
from portfolio.valuation import market_of, moves
from tests.factories import AccountFactory, ledger
from tests.portfolio.market import priced, rated, split
from transactions.models import Account

DAY = date(2024, 5, 6)


@pytest.fixture
def broker(alice):
    return AccountFactory(owner=alice, name="Broker", currency="EUR")


def valued(wanted="EUR", day=DAY):
    """The valuations of open positions by ticker, of the rows up to the day."""
    accounts = list(Account.objects.all())
    found = books(accounts, wanted, day)
    market = market_of(accounts, found, day, day)
    return {held.ticker: market.value(held) for held in found.held if held.is_open}


def moved(day=DAY):
    accounts = list(Account.objects.all())
    found = books(accounts, "EUR", day)
    return moves(found, market_of(accounts, found, day, day))


def test_the_last_price_until_the_day_counts_and_says_where_it_is_from(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5")
    priced("AAA", ("2024-05-03", "6"), ("2024-05-07", "9"))
    found = valued()["AAA"]
    assert found.quote == Quote(D(6), "EUR", date(2024, 5, 3), "yahoo")
    assert (found.value, found.gain, found.percent) == (D(60), Gain(D(10), D(10), D(0)), D(20))


def test_a_price_in_another_currency_is_converted_at_the_rate_of_the_day(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 100", currency="USD", fx_rate=D("0.9"))
    priced("AAA", ("2024-05-06", "120"), currency="USD")
    rated("USD", ("2024-05-03", "1.25"), ("2024-05-07", "2"))
    found = valued()["AAA"]
    assert (found.rate.value, found.rate.day, found.rate.source) == (
        D("0.8"),
        date(2024, 5, 3),
        "ecb",
    )
    assert (found.holding.cost, found.value) == (D(900), D(960))
    assert found.gain == Gain(D(60), D(160), D(-100))


def test_bought_in_one_currency_and_quoted_in_another_both_rates_count(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 90")
    priced("AAA", ("2024-05-06", "120"), currency="USD")
    rated("USD", ("2024-05-03", "1.25"))
    rated("CHF", ("2024-01-05", "0.95"), ("2024-05-03", "1"))
    found = valued("CHF")["AAA"]
    assert (found.holding.cost, found.value) == (D(855), D(960))
    assert found.gain == Gain(D(105), D(60), D(45))


def test_what_is_missing_is_named_and_nothing_is_guessed(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", "2024-01-05 BUY 1 XAU", "2024-01-05 SELL 1 SHT @ 5")
    ledger(broker, "2024-01-05 BUY 10 USA @ 5", currency="USD")
    priced("USA", ("2024-05-06", "120"), currency="USD")
    found = valued()
    assert {ticker: list(one.missing) for ticker, one in found.items()} == {
        "AAA": [Missing.PRICE],
        "SHT": [Missing.PURCHASE],
        "USA": [Missing.RATE, Missing.COST_RATE],
        "XAU": [Missing.PRICE, Missing.COST],
    }
    assert [one.value for one in found.values()] == [None] * 4


def test_a_price_in_quarantine_does_not_exist(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5")
    priced("AAA", ("2024-05-03", "6"))
    priced("AAA", ("2024-05-06", "600"), quarantine="A hundred times the last price.")
    assert valued()["AAA"].value == D(60)


def test_across_a_split_the_value_stays(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 100", "2024-05-06 SPLIT 10 AAA")
    priced("AAA", ("2024-05-03", "120"))
    split("AAA", "2024-05-06", 2, 1)
    found = valued()["AAA"]
    assert (found.holding.quantity, found.quote.price, found.value) == (D(20), D(60), D(1200))
    assert valued(day=date(2024, 5, 3))["AAA"].value == D(1200)


def test_a_split_that_only_the_ledger_tells_counts_as_well(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 100", "2024-05-06 SPLIT 5 AAA")
    priced("AAA", ("2024-05-03", "120"))
    found = valued()["AAA"]
    assert (found.quote.price, found.value) == (D(80), D(1200))


def test_a_broker_that_books_a_split_days_later_does_not_split_twice(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 100", "2024-05-06 SPLIT 10 AAA")
    split("AAA", "2024-05-02", 2, 1)
    priced("AAA", ("2024-05-01", "120"))
    assert valued()["AAA"].value == D(1200)


def test_the_split_of_another_account_changes_nothing_here(broker, alice):
    other = AccountFactory(owner=alice, currency="EUR")
    ledger(broker, "2024-01-05 BUY 10 AAA @ 100")
    ledger(other, "2024-01-05 BUY 10 BBB @ 100", "2024-05-06 SPLIT 10 BBB")
    priced("AAA", ("2024-05-03", "120"))
    assert valued()["AAA"].value == D(1200)


def test_what_moved_is_told_since_the_close_before_the_last(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", "2024-01-05 BUY 1 BBB @ 5")
    ledger(broker, "2024-01-05 BUY 10 CCC @ 5", "2024-01-05 BUY 10 DDD @ 5")
    priced("AAA", ("2024-05-03", "8"), ("2024-05-06", "7"))
    priced("BBB", ("2024-05-02", "40"), ("2024-05-03", "50"), currency="USD")
    priced("CCC", ("2024-05-06", "7"))
    priced("DDD", ("2023-05-03", "8"), ("2023-05-06", "7"))
    rated("USD", ("2024-05-03", "1.25"))
    first, second = moved()
    assert (first.held.ticker, first.amount, first.percent) == ("AAA", D(-10), D("-12.5"))
    assert (second.held.ticker, second.amount, second.percent) == ("BBB", D(8), D(25))
    assert (first.since, first.until) == (date(2024, 5, 3), date(2024, 5, 6))


def test_a_split_is_no_move(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", "2024-05-06 SPLIT 10 AAA")
    priced("AAA", ("2024-05-03", "8"), ("2024-05-06", "5"))
    split("AAA", "2024-05-06", 2, 1)
    (move,) = moved()
    assert (move.amount, move.percent) == (D(20), D(25))
