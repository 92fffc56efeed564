"""manage.py merge_instruments: make one instrument of two that turned out to be the same."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from transactions.merging import NotMergeable, merge_instruments


class Command(BaseCommand):
    help = (
        "Merge two instruments that are the same, as after a change of ticker or ISIN: all rows and"
        " prices of the old one become the new one's, which remembers the old names. Positions of"
        " all accounts are rebuilt. It cannot be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("old", help="the ticker of the instrument that goes")
        parser.add_argument("new", help="the ticker of the one that stays")

    def handle(self, *, old: str, new: str, **options: Any) -> None:
        try:
            count = merge_instruments(old, new)
        except NotMergeable as error:
            raise CommandError(str(error)) from error
        rows = f"{count} transaction{'' if count == 1 else 's'}"
        self.stdout.write(f"{old} is {new} now; {rows} moved.")
