"""manage.py take_snapshot: the snapshot of one day."""

from argparse import ArgumentParser
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from snapshots.daily import plain
from snapshots.management.choose import accounts_named
from snapshots.models import PortfolioSnapshot, StaleMark
from snapshots.record import record_account
from snapshots.tasks import yesterday
from transactions.models import Account


class Command(BaseCommand):
    help = (
        "Record the snapshot of a day that is over anew, by default of yesterday, with all days before "
        "it that are missing or stale."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", help="only the accounts of this name")
        parser.add_argument("--date", type=date.fromisoformat, metavar="YYYY-MM-DD")

    def handle(self, *, account: str | None, **options: Any) -> None:
        now = datetime.now(UTC)
        for found in accounts_named(account):
            last = yesterday(found, now)
            day = options["date"] or last
            if day > last:
                raise CommandError(
                    f"{day} is not over yet where “{found.name}” is. The last day that is: {last}."
                )
            self.take(found, day)

    def take(self, account: Account, day: date) -> None:
        StaleMark.objects.create(account=account, since=day)
        record_account(account, day)
        taken = PortfolioSnapshot.objects.filter(account=account, snapshot_date=day).first()
        if taken is None:
            self.stdout.write(f"{account.name}: nothing had happened by {day}.")
            return
        value = f"{plain(taken.total_value)} {account.currency}"
        doubt = "" if taken.is_complete else ", of which something is missing"
        self.stdout.write(f"{account.name}: {value} on {day}{doubt}.")
