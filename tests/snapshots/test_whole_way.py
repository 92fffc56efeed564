"""From ledger, prices and rates through recorded days to every figure."""

from decimal import Decimal as D

import pytest

from snapshots.comparison import compare
from snapshots.performance import Asked, measure, taken
from snapshots.periods import Period
from snapshots.record import record_account
from tests.factories import AccountFactory, ledger
from tests.snapshots.pages import rounded
from tests.snapshots.recorded import ago, price, rate


@pytest.fixture
def accounts(alice):
    """One that tracks cash in euros with dollars in it, one in dollars that does not."""
    rate("USD", ago(30), "1.25")
    rate("USD", ago(6), "1.6")
    rate("USD", ago(2), "1.1")
    for day, aaa, bbb in ((20, "100", "50"), (8, "110", "40"), (4, "90", "55"), (1, "130", "60")):
        price("AAA", ago(day), aaa)
        price("BBB", ago(day), bbb, "USD")
    euros = AccountFactory(owner=alice, name="Euros", currency="EUR", tracks_cash=True)
    dollars = AccountFactory(owner=alice, name="Dollars", currency="USD")
    ledger(euros, f"{ago(15)} DEPOSIT 5000")
    ledger(euros, f"{ago(14)} BUY 20 AAA @ 101", fee=D("3.5"))
    ledger(euros, f"{ago(7)} DIVIDEND 20 AAA = 31.25", tax=D("4.69"))
    ledger(euros, f"{ago(5)} SELL 7 AAA @ 95", fee=D("2"), tax=D("1.1"))
    ledger(euros, f"{ago(5)} BUY 10 BBB @ 54", currency="USD", fee=D("1"), fee_currency="EUR")
    ledger(euros, f"{ago(3)} WITHDRAWAL 400", f"{ago(2)} FEE 9.99")
    ledger(dollars, f"{ago(12)} BUY 30 BBB @ 49", fee=D("1"))
    ledger(dollars, f"{ago(4)} SELL 12 BBB @ 56", f"{ago(3)} DIVIDEND 18 BBB = 6.30")
    ledger(dollars, f"{ago(2)} STAKING 1 BBB = 55")
    for account in (euros, dollars):
        record_account(account, ago(1))
    return [euros, dollars]


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_all_figures_agree_with_one_another(accounts, currency):
    for some in (accounts, accounts[:1], accounts[1:]):
        found = measure(Asked(some, currency, Period("all", None, ago(1))))
        sums = taken(found)
        change = compare(some, currency, found.start, found.end).change
        assert change.after == found.days[-1].value
        assert rounded(change.flows, 6) == rounded(found.inflow - found.outflow, 6)
        assert (change.income, change.fees, change.taxes) == (
            sums.income.amount,
            sums.fees.amount,
            sums.taxes.amount,
        )
        assert change.edits == 0
        # What is left to no instrument is the rounding of values.
        assert abs(change.elsewhere.price) <= D("1e-8")


def test_parts_of_a_period_add_up_to_the_whole(accounts):
    whole = compare(accounts, "EUR", ago(13), ago(1)).change
    first = compare(accounts, "EUR", ago(13), ago(5)).change
    second = compare(accounts, "EUR", ago(5), ago(1)).change
    for name in ("total", "flows", "income", "fees", "taxes"):
        assert getattr(whole, name) == getattr(first, name) + getattr(second, name)
    assert (first.after, whole.edits) == (second.before, 0)


def test_an_older_row_that_is_changed_is_no_edit_once_the_days_are_recorded_anew(accounts):
    euros = accounts[0]
    before = compare([euros], "EUR", ago(10), ago(1)).change
    ledger(euros, f"{ago(13)} BUY 1 AAA @ 100")
    record_account(euros, ago(1))
    after = compare([euros], "EUR", ago(10), ago(1)).change
    assert (before.edits, after.edits) == (0, 0)
    assert after.price == before.price + 30
