"""manage.py take_snapshot, backfill_snapshots and verify_snapshots."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from pricing.models import PriceHistory
from snapshots.models import PortfolioSnapshot
from snapshots.tasks import yesterday
from tests.factories import AccountFactory, ledger


@pytest.fixture
def account(alice):
    account = AccountFactory(owner=alice, name="Broker")
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    PriceHistory.objects.create(
        instrument_id="AAA",
        date=date(2026, 5, 1),
        close_price=Decimal(10),
        currency="EUR",
        source="manual",
    )
    return account


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue()


def test_backfill_records_all_days_and_then_none(account):
    last = yesterday(account, datetime.now(UTC))
    days = (last - date(2026, 5, 2)).days + 1
    assert run("backfill_snapshots") == (
        f"Broker: {days} days recorded, from 2026-05-02 to {last}.\n"
    )
    assert account.snapshots.count() == days
    assert run("backfill_snapshots") == f"Broker: every day up to {last} was recorded already.\n"


def test_backfill_from_a_day_records_what_nobody_said_is_stale(account):
    run("backfill_snapshots")
    last = yesterday(account, datetime.now(UTC))
    PortfolioSnapshot.objects.filter(snapshot_date=last).update(total_value=1)
    assert run("backfill_snapshots", "--account", "Broker", "--from", str(last)) == (
        f"Broker: 1 day recorded, from {last} to {last}.\n"
    )
    assert account.snapshots.get(snapshot_date=last).total_value == 30


def test_a_snapshot_of_a_day_comes_with_those_before_it(account):
    assert run("take_snapshot", "--date", "2026-05-04") == "Broker: 30 EUR on 2026-05-04.\n"
    assert account.snapshots.count() == 3


def test_a_snapshot_is_of_yesterday_and_says_when_something_is_missing(account):
    ledger(account, "2026-05-02 BUY 1 NEW @ 9")
    last = yesterday(account, datetime.now(UTC))
    assert run("take_snapshot", "--account", "Broker") == (
        f"Broker: 30 EUR on {last}, of which something is missing.\n"
    )


def test_before_the_first_row_there_is_nothing_to_take(account):
    assert run("take_snapshot", "--date", "2026-05-01") == (
        "Broker: nothing had happened by 2026-05-01.\n"
    )
    assert account.snapshots.count() == 0


def test_a_day_that_is_not_over_has_no_snapshot(account):
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    with pytest.raises(CommandError, match=f"{tomorrow} is not over yet where “Broker” is"):
        run("take_snapshot", "--date", str(tomorrow))


@pytest.mark.parametrize("command", ["take_snapshot", "backfill_snapshots", "verify_snapshots"])
def test_an_account_that_does_not_exist_is_named(account, command):
    with pytest.raises(CommandError, match="There is no account “Bank”"):
        run(command, "--account", "Bank")


def test_verify_says_that_all_is_well_or_ends_with_an_error(account):
    run("backfill_snapshots")
    assert run("verify_snapshots") == (
        "1 account: all snapshots follow from the ledger, the prices and the rates.\n"
    )
    PortfolioSnapshot.objects.filter(snapshot_date=date(2026, 5, 3)).update(inflow=5)
    with pytest.raises(SystemExit) as ended:
        run("verify_snapshots")
    assert ended.value.code == 1
