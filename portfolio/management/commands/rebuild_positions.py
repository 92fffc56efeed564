"""manage.py rebuild_positions: compute everything derived anew from the transactions."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from portfolio.rebuild import rebuild_account
from transactions.models import Account


class Command(BaseCommand):
    help = "Rebuild positions, lots and disposals from the transactions, account by account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", help="only the accounts of this name")

    def handle(self, **options: Any) -> None:
        accounts = Account.objects.order_by("pk")
        if options["account"]:
            accounts = accounts.filter(name=options["account"])
            if not accounts:
                raise CommandError(f"There is no account “{options['account']}”.")
        for account in accounts:
            with transaction.atomic():
                rebuild_account(Account.objects.lock(account.pk))
            self.stdout.write(f"{account.name}: {account.positions.count()} positions")
