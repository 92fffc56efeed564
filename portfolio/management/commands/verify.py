"""manage.py verify: does what is stored follow from the transactions, to the last digit?"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portfolio.verify import verify
from transactions.models import Account


class Command(BaseCommand):
    help = (
        "Recompute positions, lots and disposals from the transactions and compare them with what is "
        "stored. Changes nothing. Exit code 1 on any difference."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", help="only the accounts of this name")

    def handle(self, **options: Any) -> None:
        accounts = Account.objects.order_by("pk")
        if options["account"]:
            accounts = accounts.filter(name=options["account"])
            if not accounts:
                raise CommandError(f"There is no account “{options['account']}”.")
        problems = verify(accounts)
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            self.stderr.write("Repair with: manage.py rebuild_positions")
            sys.exit(1)
        count = len(accounts)
        self.stdout.write(
            f"{count} account{'' if count == 1 else 's'}: all positions, lots and gains follow from "
            "the transactions."
        )
