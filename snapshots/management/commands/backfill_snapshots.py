"""manage.py backfill_snapshots: record every day that is missing or stale, or all of them anew."""

from argparse import ArgumentParser
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import BaseCommand

from pricing.terminal import ProgressBar
from snapshots.management.choose import accounts_named
from snapshots.models import StaleMark
from snapshots.record import Recorded, record_account
from snapshots.tasks import yesterday
from transactions.models import Account


class Command(BaseCommand):
    help = (
        "Record the daily snapshots of every account up to yesterday where it is: the days that are "
        "missing or stale, or with --from all since then."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", help="only the accounts of this name")
        parser.add_argument(
            "--from",
            dest="since",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="record these days anew, even if nothing says that they are stale",
        )

    def handle(self, *, account: str | None, since: date | None, **options: Any) -> None:
        now = datetime.now(UTC)
        for found in accounts_named(account):
            if since is not None:
                StaleMark.objects.create(account=found, since=since)
            self.record(found, yesterday(found, now))

    def record(self, account: Account, until: date) -> None:
        with ProgressBar(self.stdout, account.name) as bar:

            def on_progress(done: date, first: date, last: date) -> None:
                bar(str(done), (done - first).days + 1, (last - first).days + 1)

            recorded = record_account(account, until, on_progress)
        self.stdout.write(f"{account.name}: {summary(recorded, until)}")


def summary(recorded: Recorded, until: date) -> str:
    """What was done, as a sentence."""
    if recorded.first is None:
        return f"every day up to {until} was recorded already."
    days = f"{recorded.days} day{'' if recorded.days == 1 else 's'}"
    return f"{days} recorded, from {recorded.first} to {until}."
