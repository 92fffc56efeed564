"""The figures of a period, from snapshots and ledger to each number."""

from decimal import Decimal as D

import pytest

from pricing.models import Split
from snapshots.models import StaleMark
from snapshots.performance import Asked, measure, months, taken
from snapshots.periods import Period
from tests.factories import AccountFactory, ledger
from tests.snapshots.pages import rounded
from tests.snapshots.recorded import ago, price, rate, record
from transactions.ledger import link_transfer


@pytest.fixture
def broker(alice):
    return AccountFactory(owner=alice, name="Broker", currency="EUR")


def everything(*accounts, currency="EUR", start=None, **more):
    return measure(Asked(accounts, currency, Period("all", start, ago(1)), **more))


def test_a_history_is_told_from_the_day_before_its_first(broker):
    record(broker, ago(3), (990, 1000), (1089,), (1100, 0, 50))
    found = everything(broker)
    assert [day.day for day in found.days] == [ago(4), ago(3), ago(2), ago(1)]
    assert (found.days[0].value, found.end, found.extent.is_behind) == (0, ago(1), False)
    assert found.gain == D(1100) - 1000 + 50
    # 990/1000 × 1089/990 × 1150/1089
    assert rounded(found.chain.rate) == rounded(D(1150) / 1000 - 1)
    assert (found.inflow, found.outflow) == (1000, 50)


def test_a_period_starts_from_the_end_of_its_first_day(broker):
    record(broker, ago(4), (100, 100), (110,), (121, 0), (133,))
    found = everything(broker, start=ago(3))
    assert [day.value for day in found.days] == [110, 121, 133]
    assert found.gain == 23


def test_accounts_in_other_currencies_are_converted_day_by_day(alice, broker):
    dollars = AccountFactory(owner=alice, currency="USD")
    rate("USD", ago(9), "2")
    rate("USD", ago(1), "4")
    record(broker, ago(2), (100, 100), (100,))
    record(dollars, ago(2), (100, 100), (100,))
    found = everything(broker, dollars)
    assert [day.value for day in found.days] == [0, 150, 125]
    assert found.days[1].inflow == 150
    # Seen in dollars, each euro was 2 and is now 4.
    found = everything(broker, dollars, currency="USD")
    assert [day.value for day in found.days] == [0, 300, 500]


def test_a_day_without_a_rate_has_no_value(alice):
    dollars = AccountFactory(owner=alice, currency="USD")
    rate("USD", ago(1), "4")
    record(dollars, ago(2), (100, 100), (100,))
    found = everything(dollars)
    assert [day.value for day in found.days] == [0, None, 25]
    assert found.series.unrated == (ago(2),)


def test_moves_between_accounts_count_for_one_and_cancel_for_all(alice, broker):
    other = AccountFactory(owner=alice, currency="EUR")
    record(broker, ago(2), (100, 100), (40, 0, 0, 0, 60))
    record(other, ago(1), (60, 0, 0, 60, 0))
    found = everything(broker, other)
    assert [(day.inflow, day.outflow) for day in found.days[1:]] == [(100, 0), (0, 0)]
    assert (found.chain.rate, found.gain) == (0, 0)
    found = everything(other)
    assert [(day.inflow, day.outflow) for day in found.days[1:]] == [(60, 0)]


def test_days_that_are_stale_are_left_out_and_said_to_be_behind(broker):
    record(broker, ago(3), (100, 100), (110,), (999,))
    StaleMark.objects.create(account=broker, since=ago(1))
    found = everything(broker)
    assert (found.end, found.extent.is_behind) == (ago(2), True)
    assert found.gain == 10


def test_an_account_that_is_not_recorded_yet_holds_all_back(alice, broker):
    record(broker, ago(3), (100, 100), (110,), (120,))
    ledger(AccountFactory(owner=alice, currency="EUR"), f"{ago(1)} BUY 1 AAA @ 5")
    found = everything(*alice.accounts.all())
    assert (found.end, found.extent.is_behind) == (ago(2), True)


def test_without_any_snapshot_there_is_nothing_to_tell(broker):
    ledger(broker, f"{ago(9)} BUY 1 AAA @ 5")
    found = everything(broker)
    assert (found.days, found.extent.is_behind, found.extent.first) == ((), True, None)


def test_an_account_without_transactions_holds_nothing_back(alice, broker):
    record(broker, ago(2), (100, 100), (110,))
    AccountFactory(owner=alice, currency="USD")
    found = everything(*alice.accounts.all())
    assert (found.end, found.extent.is_behind) == (ago(1), False)


def test_what_is_incomplete_is_named(broker):
    record(broker, ago(2), (100, 100), is_complete=False)
    record(broker, ago(1), (110,))
    found = everything(broker)
    assert found.series.incomplete == (ago(2),)


def test_income_fees_taxes_and_realised_gains_add_up_to_the_gain(broker):
    ledger(broker, f"{ago(3)} BUY 10 AAA @ 10", fee=D(2))
    ledger(broker, f"{ago(2)} SELL 4 AAA @ 15", fee=D(1))
    ledger(broker, f"{ago(2)} DIVIDEND 10 AAA = 5", tax=D("0.75"))
    ledger(broker, f"{ago(2)} FEE 3")
    # Bought for 102 in, sold for 59, 4.25 of dividend and a fee of 3 paid from outside.
    record(broker, ago(3), (100, 102), (90, 3, "63.25"), (96,))
    found = everything(broker)
    sums = taken(found)
    assert (sums.dividends.amount, sums.income.amount) == (5, 5)
    assert (sums.fees.amount, sums.fees_apart.amount) == (6, 3)
    assert (sums.taxes.amount, sums.taxes_apart.amount) == (D("0.75"), D("0.75"))
    assert sums.realized.amount == D("59") - D("40.8")
    # 6 units at 16 that cost 61.20
    assert found.unrealized(sums) == D("96") - D("61.20")


def test_rows_before_the_period_are_in_its_opening_value(broker):
    ledger(broker, f"{ago(5)} DIVIDEND 1 AAA = 5", f"{ago(1)} DIVIDEND 1 AAA = 7")
    record(broker, ago(5), *[(100,)] * 5)
    found = everything(broker, start=ago(3))
    assert taken(found).dividends.amount == 7


def test_a_row_is_converted_at_its_own_rate_first(alice, broker):
    rate("USD", ago(9), "2")
    ledger(broker, f"{ago(1)} DIVIDEND 1 AAA = 8", currency="USD")
    ledger(broker, f"{ago(1)} DIVIDEND 2 AAA = 8", currency="USD", fx_rate=D("0.75"))
    record(broker, ago(2), (100, 100), (100,))
    found = everything(broker)
    assert taken(found).dividends.amount == 4 + 6


def test_a_row_without_a_rate_is_counted_and_left_out(broker):
    ledger(broker, f"{ago(1)} DIVIDEND 1 AAA = 8", currency="USD")
    record(broker, ago(2), (100, 100), (100,))
    found = everything(broker)
    assert (taken(found).dividends.amount, taken(found).dividends.unknown) == (
        0,
        1,
    )


def test_a_sale_in_another_currency_gains_by_the_rates_of_its_days(broker):
    rate("USD", ago(9), "2")
    rate("USD", ago(1), "1")
    ledger(broker, f"{ago(5)} BUY 1 AAA @ 100", f"{ago(1)} SELL 1 AAA @ 100", currency="USD")
    record(broker, ago(5), *[(50, 0)] * 5)
    found = everything(broker)
    assert taken(found).realized.amount == 50


def test_what_was_sold_in_the_period_may_be_bought_before_it(broker):
    rate("USD", ago(9), "2")
    rate("USD", ago(1), "1")
    ledger(broker, f"{ago(5)} BUY 1 AAA @ 100", f"{ago(1)} SELL 1 AAA @ 100", currency="USD")
    record(broker, ago(5), *[(50, 0)] * 5)
    realized = taken(everything(broker, start=ago(3))).realized
    assert (realized.amount, realized.unknown) == (50, 0)


def test_what_was_moved_here_may_be_bought_before_this_account_began(alice, broker):
    dollars = {"currency": "USD"}
    former = AccountFactory(owner=alice, currency="EUR")
    rate("USD", ago(9), "2")
    rate("USD", ago(1), "1")
    (_, out) = ledger(
        former, f"{ago(5)} BUY 1 AAA @ 100", f"{ago(3)} TRANSFER_OUT 1 AAA", **dollars
    )
    (into, _) = ledger(
        broker, f"{ago(3)} TRANSFER_IN 1 AAA", f"{ago(1)} SELL 1 AAA @ 100", **dollars
    )
    link_transfer(out, into)
    record(broker, ago(3), *[(50, 0)] * 3)
    # In a third currency: lots keep their rates into that of the account.
    rate("CHF", ago(9), "1")
    realized = taken(everything(broker, currency="CHF", start=ago(2))).realized
    assert (realized.amount, realized.unknown) == (50, 0)


def test_the_benchmark_follows_its_price_across_a_split(broker):
    price("IDX", ago(9), "100")
    price("IDX", ago(1), "55")
    Split.objects.create(
        instrument_id="IDX", date=ago(2), numerator=2, denominator=1, source="manual"
    )
    record(broker, ago(3), (1000, 1000), (1000,), (1000,))
    found = everything(broker, benchmark="IDX")
    assert found.benchmark.rate == D("0.1")
    assert [day.value for day in found.benchmark.days] == [0, 1000, 1000, 1100]
    assert found.benchmark.gain == 100


def test_a_benchmark_without_prices_says_so(broker):
    record(broker, ago(2), (100, 100), (110,))
    found = everything(broker, benchmark="NONE")
    assert found.benchmark.reason == f"The benchmark has no price on or before {ago(3)}."


def test_months_chain_to_the_return_of_the_period(broker):
    values = [(100, 100), *[(100 + n, 3 if n % 7 == 0 else 0) for n in range(1, 90)]]
    record(broker, ago(90), *values)
    found = everything(broker)
    rows = months(found)
    product = D(1)
    for row in rows:
        product *= 1 + row.rate
    assert rounded(product - 1, 20) == rounded(found.chain.rate, 20)
    assert sum(row.inflow for row in rows) == found.inflow
    assert rows[-1].value == found.days[-1].value


def test_figures_follow_a_changed_snapshot_at_once(broker):
    record(broker, ago(2), (100, 100), (110,))
    assert everything(broker).chain.rate == D("0.1")
    broker.snapshots.filter(snapshot_date=ago(1)).update(total_value=120)
    assert everything(broker).chain.rate == D("0.2")


def test_only_a_year_has_a_rate_a_year(broker):
    record(broker, ago(364), *[(100, 100)], *[(100 + n,) for n in range(1, 364)])
    found = everything(broker)
    assert (found.is_year, found.annual, found.sharpe) == (False, None, None)
    record(broker, ago(365), (100, 100))
    broker.snapshots.filter(snapshot_date=ago(364)).update(inflow=0)
    found = everything(broker, risk_free=D("0.02"))
    assert found.is_year
    assert found.annual == found.chain.rate
    assert found.sharpe > 0
