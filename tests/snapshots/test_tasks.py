"""When snapshots are taken, by whom, and what a killed worker leaves behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from pricing.models import PriceHistory
from snapshots.models import StaleMark
from snapshots.record import record_account
from snapshots.tasks import (
    rebuild_snapshots,
    take_nightly_snapshots,
    waiting_accounts,
    waiting_days,
    yesterday,
)
from snapshots.verify import verify
from tests.factories import AccountFactory, ledger

ROOT = Path(__file__).parents[2]


@pytest.fixture
def account(alice):
    return AccountFactory(owner=alice)


def waiting_jobs():
    jobs = ProcrastinateJob.objects.filter(task_name=rebuild_snapshots.name, status="todo")
    return [job.args["account_id"] for job in jobs.order_by("pk")]


@pytest.mark.django_db(transaction=True)
def test_many_changes_queue_one_job_and_none_of_them_is_undone_by_it(account):
    with transaction.atomic():
        ledger(account, "2026-05-02 BUY 3 AAA @ 9", "2026-05-03 BUY 3 AAA @ 9")
        ledger(account, "2026-05-01 BUY 3 BBB @ 9")
    assert waiting_jobs().count(account.pk) == 1
    assert account.transactions.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_neither_mark_nor_job(account):
    with transaction.atomic():
        ledger(account, "2026-05-02 BUY 3 AAA @ 9")
        transaction.set_rollback(True)
    assert account.pk not in waiting_jobs()
    assert StaleMark.objects.count() == 0


def test_a_job_records_up_to_yesterday(account):
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    rebuild_snapshots.func(account_id=account.pk)
    assert account.snapshots.latest("snapshot_date").snapshot_date == yesterday(
        account, datetime.now(UTC)
    )


def test_a_job_of_an_account_that_is_gone_does_nothing(account):
    rebuild_snapshots.func(account_id=account.pk + 1)


def test_the_night_comes_to_each_account_in_its_own_time_zone(
    alice, django_capture_on_commit_callbacks
):
    early = AccountFactory(owner=alice, time_zone="Pacific/Auckland")
    late = AccountFactory(owner=alice, time_zone="America/New_York")
    AccountFactory(owner=alice)  # without a row there is nothing to record
    for one in (early, late):
        ledger(one, "2026-05-02 BUY 3 AAA @ 9")
    noon = datetime(2026, 5, 5, 12, 5, tzinfo=UTC)
    assert [yesterday(one, noon) for one in (early, late)] == [date(2026, 5, 5), date(2026, 5, 4)]
    for one in (early, late):
        record_account(one, date(2026, 5, 4))
    assert waiting_accounts(noon) == [early]
    assert waiting_accounts(noon + timedelta(hours=16)) == [early, late]
    with django_capture_on_commit_callbacks(execute=True):
        take_nightly_snapshots.func(int(noon.timestamp()))
    assert waiting_jobs() == [early.pk]


def test_days_that_stayed_stale_are_found_by_the_night(account):
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    record_account(account, date(2026, 5, 4))
    at = datetime(2026, 5, 5, 12, tzinfo=UTC)
    assert waiting_accounts(at) == []
    StaleMark.objects.create(account=account, since=date(2026, 5, 3))
    assert waiting_accounts(at) == [account]


def test_pages_can_tell_which_days_are_still_to_be_recorded(account):
    noon = datetime(2026, 5, 5, 12, tzinfo=UTC)
    assert waiting_days(account, noon) is None
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    assert waiting_days(account, noon) == (date(2026, 5, 2), date(2026, 5, 4))
    record_account(account, date(2026, 5, 3))
    waiting = waiting_days(account, noon)
    assert (waiting, waiting.days) == ((date(2026, 5, 4), date(2026, 5, 4)), 1)
    record_account(account, date(2026, 5, 4))
    assert waiting_days(account, noon) is None
    StaleMark.objects.create(account=account, since=date(2026, 5, 3))
    assert waiting_days(account, noon).days == 2


def start_worker():
    """A worker in a process of its own, on the database of this test."""
    found = connection.settings_dict
    host = quote(found["HOST"], safe="")
    environment = {
        **{name: value for name, value in os.environ.items() if "DJANGO" not in name},
        "DATABASE_URL": f"postgres://{found['USER']}@{host}:{found['PORT'] or 5432}/{found['NAME']}",
        "SECRET_KEY": "Hu8eiL3aeph9Ohgh2aiqu6eeThoo4Eghae7ohngie5ahXae1",
        "ALLOWED_HOSTS": "localhost",
        "DATABASE_POOL_SIZE": "0",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot", "-q", "snapshots"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_nothing_and_doubles_nothing(account):
    first = date(2012, 1, 1)
    tickers = [f"T{number}" for number in range(30)]
    ledger(
        account, *(f"2012-01-01 BUY {number + 1} {one} @ 2" for number, one in enumerate(tickers))
    )
    PriceHistory.objects.bulk_create(
        PriceHistory(
            instrument_id=ticker,
            date=first + timedelta(days=number),
            close_price=Decimal(number % 90 + 1),
            currency="EUR",
            source="imported",
        )
        for ticker in tickers
        for number in range(0, 5000, 5)
    )
    worker = start_worker()
    deadline = time.monotonic() + 60
    while not account.snapshots.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    recorded = account.snapshots.count()
    assert 0 < recorded < 5000
    last = yesterday(account, datetime.now(UTC))
    # What is left is told by the one mark: everything after the last day that was written.
    assert list(account.stale_marks.values_list("since", flat=True)) == [
        first + timedelta(days=recorded)
    ]
    rebuild_snapshots.func(account_id=account.pk)
    days = list(account.snapshots.order_by("snapshot_date").values_list("snapshot_date", flat=True))
    assert days == [first + timedelta(days=number) for number in range((last - first).days + 1)]
    assert not account.stale_marks.exists()
    assert verify([account]) == []


@pytest.mark.django_db(transaction=True)
def test_a_ledger_can_change_while_its_days_are_recorded_and_the_change_is_not_lost(account):
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    failures = []

    def change():
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '5s'")
                ledger(account, "2026-05-03 BUY 1 AAA @ 9")
        except Exception as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        record_account(account, date(2026, 5, 4))
        other = threading.Thread(target=change)
        other.start()
        other.join()
    assert failures == []
    assert list(account.stale_marks.values_list("since", flat=True)) == [date(2026, 5, 3)]
    record_account(account, date(2026, 5, 4))
    (told,) = account.snapshots.get(snapshot_date=date(2026, 5, 3)).positions_json
    assert told["quantity"] == "4"
