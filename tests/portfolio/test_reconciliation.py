"""Stated balances beside the ledger: at the same moment, to the last decimal."""

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.reconciliation import reconciled
from tests.factories import AccountFactory, ImportFactory, InstrumentFactory, ledger
from transactions.models import Account, StatedBalance


@pytest.fixture
def broker(alice):
    return AccountFactory(owner=alice, name="Broker", currency="EUR")


def state(account, when, amount, asset="EUR", **fields):
    """A stated balance; ``when`` is a day, at its end, or an instant."""
    is_money = asset in {"EUR", "USD"}
    text = when if "T" in when else f"{when}T23:59:59.999999"
    values = {
        "account": account,
        "at": datetime.fromisoformat(text).replace(tzinfo=UTC),
        "instrument": None if is_money else InstrumentFactory(ticker=asset),
        "currency": asset if is_money else "",
        "amount": D(amount),
        "decimals": 2,
    }
    return StatedBalance.objects.create(**{**values, **fields})


def lines(*accounts):
    # Read again: the ledger has counted its changes meanwhile.
    fresh = list(Account.objects.filter(pk__in=[account.pk for account in accounts]))
    return {line.asset: line for line in reconciled(fresh)}


def told(line):
    return [(str(p.at.date()), p.stated, p.ours, p.agrees) for p in line.points]


def test_money_is_what_every_row_did_to_it_by_then(broker):
    ledger(
        broker,
        "2024-01-02 DEPOSIT 1000",
        "2024-01-04 SELL 1 AAA = 20",
        "2024-01-05 WITHDRAWAL 100",
    )
    ledger(broker, "2024-01-03 BUY 2 AAA = 30", fee=D("1.5"), tax=D("0.25"))
    ledger(broker, "2024-01-06 DIVIDEND 10", currency="USD", fee=D(1), fee_currency="EUR")
    state(broker, "2024-01-03", "968.25")
    state(broker, "2024-01-05", "888.25")
    state(broker, "2024-01-06", "887.25")
    state(broker, "2024-01-06", "10", "USD")
    found = lines(broker)
    assert [line.agrees for line in found.values()] == [True, True]
    assert told(found["EUR"])[0] == ("2024-01-03", D("968.25"), D("968.25"), True)


def test_units_follow_splits_transfers_rewards_and_fees_in_kind(broker):
    ledger(
        broker,
        "2024-01-02 BUY 10 AAA @ 5",
        "2024-01-03 SPLIT 10 AAA",
        "2024-01-04 TRANSFER_OUT 4 AAA",
        "2024-01-05 TRANSFER_IN 1 AAA = 3",
        "2024-01-06 STAKING 0.5 AAA = 1",
        "2024-01-07 FEE 0.25 AAA",
        "2024-01-08 SELL 2 AAA = 9",
    )
    state(broker, "2024-01-03", "20", "AAA")
    state(broker, "2024-01-08", "15.25", "AAA")
    # Units that moved touched no money.
    state(broker, "2024-01-08", "-41")
    assert [line.agrees for line in lines(broker).values()] == [True, True]


def test_a_statement_holds_after_the_rows_of_its_instant_and_before_later_ones_of_the_day(broker):
    ledger(broker, "2024-01-02T09:00 DEPOSIT 100", "2024-01-02T12:00 DEPOSIT 50")
    state(broker, "2024-01-02T09:00:00", "100")
    assert told(lines(broker)["EUR"]) == [("2024-01-02", D(100), D(100), True)]


def test_the_first_day_of_the_difference_and_the_last_that_agreed_are_named(broker):
    ledger(broker, "2024-01-02 DEPOSIT 100")
    for day, amount in (("02", "100"), ("03", "100"), ("04", "90"), ("05", "80")):
        state(broker, f"2024-01-{day}", amount)
    (line,) = lines(broker).values()
    assert not line.agrees
    assert str(line.last_agreeing.at.date()) == "2024-01-03"
    assert str(line.first_differing.at.date()) == "2024-01-04"
    assert line.latest.difference == D(20)
    assert not line.is_constant


def test_a_difference_that_was_made_good_is_none(broker):
    ledger(broker, "2024-01-02 DEPOSIT 100")
    for day, amount in (("02", "100"), ("03", "90"), ("04", "100")):
        state(broker, f"2024-01-{day}", amount)
    (line,) = lines(broker).values()
    assert line.agrees
    assert line.first_differing is None


def test_a_ledger_that_begins_in_the_middle_is_off_by_the_same_all_along(broker):
    ledger(broker, "2024-01-02 DEPOSIT 100", "2024-01-03 DEPOSIT 100")
    state(broker, "2024-01-02", "150")
    state(broker, "2024-01-03", "250")
    assert lines(broker)["EUR"].is_constant


def test_what_a_list_does_not_name_was_not_held(broker):
    ledger(broker, "2024-01-02 BUY 3 AAA @ 5", "2024-01-02 BUY 1 BBB @ 5")
    ledger(broker, "2024-01-09 BUY 7 CCC @ 5")
    record = ImportFactory(account=broker)
    state(broker, "2024-01-05", "3", "AAA", is_list=True, source=record)
    found = lines(broker)
    assert {asset: line.agrees for asset, line in found.items()} == {"AAA": True, "BBB": False}
    (missing,) = found["BBB"].points
    assert (missing.pk, missing.stated, missing.ours, missing.source) == (None, 0, D(1), record.pk)


def test_a_list_of_instruments_says_nothing_about_money(broker):
    ledger(broker, "2024-01-02 BUY 3 AAA @ 5")
    state(broker, "2024-01-05", "3", "AAA", is_list=True, source=ImportFactory(account=broker))
    assert [*lines(broker)] == ["AAA"]


def test_of_two_statements_of_one_instant_the_later_counts(broker):
    ledger(broker, "2024-01-02 DEPOSIT 100")
    state(broker, "2024-01-02", "90")
    state(broker, "2024-01-02", "100")
    assert told(lines(broker)["EUR"]) == [("2024-01-02", D(100), D(100), True)]


def test_accounts_are_told_apart(alice, broker):
    other = AccountFactory(owner=alice, name="Other", currency="EUR")
    ledger(broker, "2024-01-02 DEPOSIT 100")
    state(other, "2024-01-02", "0")
    (line,) = lines(broker, other).values()
    assert (line.account, line.agrees) == (other.pk, True)


def test_a_change_of_the_ledger_or_of_a_statement_is_seen_at_once(broker):
    ledger(broker, "2024-01-02 DEPOSIT 100")
    balance = state(broker, "2024-01-02", "150")
    assert not lines(broker)["EUR"].agrees
    ledger(broker, "2024-01-02 DEPOSIT 50")
    assert lines(broker)["EUR"].agrees
    balance.delete()
    assert lines(broker) == {}


def test_all_accounts_and_statements_are_compared_by_one_query(alice, broker):
    counts = []
    for number in range(1, 4):
        account = AccountFactory(owner=alice, currency="EUR")
        ledger(account, f"2024-01-0{number} BUY 1 T{number} @ 5")
        state(account, "2024-01-05", "1", f"T{number}")
        accounts = list(Account.objects.all())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(reconciled(accounts)) == number
        counts.append(len(queries))
    assert counts == [2, 2, 2], "the edition of what is stated, and all of it"
    with CaptureQueriesContext(connection) as queries:
        reconciled(accounts)
    assert len(queries) == 1, "kept since"


def test_a_list_holds_for_every_asset_at_every_time_of_its_own(broker):
    ledger(
        broker, "2024-01-02 BUY 1 AAA @ 5", "2024-02-02 BUY 1 BBB @ 5", "2024-03-02 SELL 1 AAA = 6"
    )
    record = ImportFactory(account=broker)
    state(broker, "2024-01-31", "1", "AAA", is_list=True, source=record)
    state(broker, "2024-02-28", "1", "BBB", is_list=True, source=record)
    state(broker, "2024-03-31", "1", "BBB", is_list=True, source=record)
    found = lines(broker)
    assert told(found["AAA"]) == [
        ("2024-01-31", D(1), D(1), True),
        # Not named while it was held; once it was sold, there is nothing to say.
        ("2024-02-28", D(0), D(1), False),
    ]
    assert [agrees for *_, agrees in told(found["BBB"])] == [True, True]


def test_a_statement_from_before_the_first_transaction_is_compared_with_nothing(broker):
    ledger(broker, "2024-01-02 DEPOSIT 100")
    state(broker, "2023-12-31", "0")
    assert told(lines(broker)["EUR"]) == [("2023-12-31", D(0), D(0), True)]


def test_a_list_of_money_says_nothing_where_cash_is_not_tracked(broker):
    ledger(broker, "2024-01-02 BUY 3 AAA @ 5")
    record = ImportFactory(account=broker)
    state(broker, "2024-01-05", "900", "USD", is_list=True, source=record)
    state(broker, "2024-01-05", "3", "AAA", is_list=True, source=record)
    assert [*lines(broker)] == ["AAA"]
    Account.objects.filter(pk=broker.pk).update(tracks_cash=True)
    assert [*lines(broker)] == ["EUR", "USD", "AAA"]


def test_a_running_or_typed_balance_is_compared_also_where_cash_is_not_tracked(broker):
    ledger(broker, "2024-01-02 DEPOSIT 100")
    state(broker, "2024-01-05", "900", is_list=True, source=ImportFactory(account=broker))
    state(broker, "2024-01-06", "100")
    assert told(lines(broker)["EUR"]) == [("2024-01-06", D(100), D(100), True)]
