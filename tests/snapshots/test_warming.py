"""After the job of a worker nobody waits for sums over a whole ledger."""

from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from pricing.models import ExchangeRate
from snapshots.tasks import prepare_pages, rebuild_snapshots
from snapshots.warming import warm
from tests.factories import AccountFactory, ledger

PAGES = ("/", "/performance/", "/income/", "/gains/?year=0", "/positions/")


@pytest.fixture
def account(alice):
    ExchangeRate.objects.create(currency="USD", date=date(2024, 1, 2), rate=D("1.25"), source="ecb")
    account = AccountFactory(owner=alice)
    ledger(
        account,
        *(
            "2024-01-05 BUY 10 AAA @ 5",
            "2024-02-05 SELL 4 AAA @ 7",
            "2024-03-05 DIVIDEND 6 AAA = 3",
        ),
        currency="USD",
        fee=D(1),
    )
    return account


def queries(client, path):
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_the_first_view_after_the_job_asks_for_no_more_than_the_second(client, alice, account):
    rebuild_snapshots.func(account_id=account.pk)
    prepare_pages.func(owner_id=alice.pk)
    client.force_login(alice)
    queries(client, "/transactions/")  # the session's own
    first = {path: queries(client, path) for path in PAGES}
    assert first == {path: queries(client, path) for path in PAGES}


def test_recorded_days_have_the_pages_of_their_owner_prepared(account, alice):
    rebuild_snapshots.func(account_id=account.pk)
    (job,) = ProcrastinateJob.objects.filter(task_name=prepare_pages.name)
    assert job.args == {"owner_id": alice.pk}


def test_a_user_without_accounts_has_nothing_to_prepare(alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        warm(alice.pk, datetime.now(UTC).date())
