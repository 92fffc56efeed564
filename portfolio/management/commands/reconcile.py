"""manage.py reconcile: what brokers state that accounts hold, beside what the transactions add up to."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portfolio.reconciliation import Line, Point, reconciled
from pricing.money import EXACT
from pricing.terminal import table
from transactions.files import NoOwner, owner_for
from transactions.models import Account


class Command(BaseCommand):
    help = (
        "Compare balances and positions that files or people stated with the transactions. Ends with 1 "
        "when the latest statement about anything differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", help="whose accounts (default: the only user)")
        parser.add_argument("--account", metavar="NAME", help="only this account")

    def handle(self, **options: Any) -> None:
        try:
            owner, is_new = owner_for(options["user"])
        except NoOwner as error:
            raise CommandError(str(error)) from error
        if is_new:
            owner.delete()
        accounts = {account.pk: account for account in Account.objects.owned_by(owner.pk)}
        if options["account"]:
            accounts = {pk: one for pk, one in accounts.items() if one.name == options["account"]}
            if not accounts:
                raise CommandError(f"There is no account “{options['account']}”.")
        lines = reconciled(list(accounts.values()))
        if not lines:
            self.stdout.write("No file and nobody has stated a balance yet.")
            return
        header = ["Account", "Of", "Last stated", "Since", "Stated", "Yours", "Difference"]
        rows = [_row(accounts[line.account], line) for line in lines]
        self.stdout.write(table(header, rows, numbers_from=4))
        if any(not line.agrees for line in lines):
            raise SystemExit(1)


def _row(account: Account, line: Line) -> list[str]:
    latest, since = line.latest, line.first_differing
    return [
        account.name,
        line.asset,
        str(account.day_of(latest.at)),
        str(account.day_of(since.at)) if since else "",
        *_figures(latest),
    ]


def _figures(point: Point) -> list[str]:
    difference = "agrees" if point.agrees else f"{point.difference.normalize(EXACT):f}"
    return [f"{point.stated.normalize(EXACT):f}", f"{point.ours.normalize(EXACT):f}", difference]
