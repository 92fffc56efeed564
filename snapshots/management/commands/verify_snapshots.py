"""manage.py verify_snapshots: do the stored snapshots follow from ledger, prices and rates?"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from snapshots.management.choose import accounts_named
from snapshots.verify import verify


class Command(BaseCommand):
    help = (
        "Record all days anew, compare them with what is stored, and change nothing. Days that are "
        "marked as stale are left out. Exit code 1 on any difference."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", help="only the accounts of this name")

    def handle(self, *, account: str | None, **options: Any) -> None:
        accounts = accounts_named(account)
        problems = verify(accounts)
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            self.stderr.write("Repair with: manage.py backfill_snapshots --from 1970-01-01")
            sys.exit(1)
        count = len(accounts)
        self.stdout.write(
            f"{count} account{'' if count == 1 else 's'}: all snapshots follow from the ledger, the "
            "prices and the rates."
        )
