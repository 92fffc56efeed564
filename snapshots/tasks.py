"""Snapshots as work in the background: stale days at once, yesterday shortly after each midnight."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from snapshots.models import PortfolioSnapshot, StaleMark
from snapshots.record import record_account
from snapshots.warming import warm
from transactions.models import Account, Transaction

logger = logging.getLogger(__name__)


# No procrastinate lock: record takes turns by itself, and the lock of a dead worker would stay.
@app.task(queue="snapshots")
def rebuild_snapshots(*, account_id: int) -> None:
    """Record the stale and missing days of an account up to yesterday.

    When the worker dies, the days that it finished stay, and the job is retried for the others.
    """
    account = Account.objects.filter(pk=account_id).first()
    if account is not None:
        record_account(account, yesterday(account, datetime.now(UTC)))
        _defer(prepare_pages, f"pages-{account.owner_id}", owner_id=account.owner_id)


@app.task(queue="snapshots")
def prepare_pages(*, owner_id: int) -> None:
    """Work out what a user's pages will ask for, so that nobody waits for it."""
    warm(owner_id, datetime.now(UTC).date())


# Jobs are started by the hour, because cron knows UTC alone: an hour in which it is past midnight for
# an account is the first one that finds its yesterday missing.
@app.periodic(cron="5 * * * *")
@app.task(queue="snapshots", queueing_lock="take_nightly_snapshots")
def take_nightly_snapshots(timestamp: int) -> None:
    """Queue every account that has days to record."""
    now = datetime.fromtimestamp(timestamp, UTC)
    for account in waiting_accounts(now):
        queue_rebuild(account.pk)


def waiting_accounts(now: datetime) -> list[Account]:
    """Accounts with a day that is over and has no snapshot, or a stale one: a failed job was it, say."""
    with_rows = Exists(Transaction.objects.filter(account=OuterRef("pk")))
    stale = dict(StaleMark.objects.order_by().values_list("account").annotate(Min("since")))
    recorded = dict(
        PortfolioSnapshot.objects.order_by().values_list("account").annotate(Max("snapshot_date"))
    )
    return [
        account
        for account in Account.objects.filter(with_rows).order_by("pk")
        if recorded.get(account.pk, date.min) < yesterday(account, now)
        or stale.get(account.pk, date.max) <= yesterday(account, now)
    ]


def queue_rebuild(account: int) -> None:
    """Have a worker record an account's stale days, once what made them stale is committed.

    The marks are in that transaction, and what they say is never lost: a job that is lost here is queued
    by the next hour. Queueing inside it would make writers of different accounts wait for each other.
    """
    queue = partial(_defer, rebuild_snapshots, f"snapshots-{account}", account_id=account)
    transaction.on_commit(queue, robust=True)


def _defer(task: Task[..., None, ...], lock: str, **arguments: int) -> None:
    """One waiting job is enough; one that already runs may have read before the change."""
    try:
        # A savepoint: the refusal of a second job must not undo what it happens in.
        with transaction.atomic():
            task.configure(queueing_lock=lock).defer(**arguments)
    except AlreadyEnqueued:
        logger.debug("%s%s waits already.", task.name, arguments)


class Waiting(NamedTuple):
    """The days of an account that are still to be recorded; what is before them is right."""

    since: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1


def waiting_days(account: Account, now: datetime) -> Waiting | None:
    """How far the record of an account is, for pages to show; None when all is recorded."""
    rows = Transaction.objects.filter(account=account).order_by("transaction_date")
    first = rows.values_list("trade_date", flat=True).first()
    if first is None:
        return None
    stored = PortfolioSnapshot.objects.filter(account=account)
    last = stored.aggregate(last=Max("snapshot_date"))["last"]
    marked = StaleMark.objects.filter(account=account).aggregate(since=Min("since"))["since"]
    since = first if last is None else last + timedelta(days=1)
    waiting = Waiting(max(first, min(since, marked or since)), yesterday(account, now))
    return waiting if waiting.days > 0 else None


def yesterday(account: Account, now: datetime) -> date:
    """The last day that is over where the account is."""
    return account.day_of(now) - timedelta(days=1)
