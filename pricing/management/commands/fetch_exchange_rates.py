"""manage.py fetch_exchange_rates: the rates of the European Central Bank."""

import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from pricing.refresh import refresh_rates

FAILED = 1


class Command(BaseCommand):
    help = (
        "Fetch the exchange rates that are missing; the first time all since 1999. "
        "Exit code 0: they are up to date; 1: the European Central Bank did not answer."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--full", action="store_true", help="compare all rates since 1999 and correct them"
        )

    def handle(self, *, full: bool, **options: Any) -> None:
        stored, error = refresh_rates(datetime.now(UTC), full=full)
        if error:
            self.stderr.write(error)
            sys.exit(FAILED)
        self.stdout.write(
            f"Exchange rates: {stored.new} new, {stored.changed} changed, "
            f"{stored.unchanged} unchanged."
        )
