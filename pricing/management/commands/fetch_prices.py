"""manage.py fetch_prices: the prices that are missing, from each instrument's provider."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pricing.models import Instrument, InstrumentQuerySet
from pricing.refresh import Refreshed, needed_days, refresh_prices
from pricing.terminal import table

FAILED, UNUSABLE = 1, 2
COUNTS = ("new", "changed", "unchanged", "quarantined", "unusable")


class Command(BaseCommand):
    help = (
        "Fetch missing prices of instruments that have a provider, from the first day of the ledger "
        "that needs them. Exit code 0: each was answered; 1: some were not (the others are stored); "
        "2: unusable arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "tickers", nargs="*", metavar="TICKER", help="default: all that have a provider"
        )

    def handle(self, *, tickers: list[str], **options: Any) -> None:
        now = datetime.now(UTC)
        results = refresh_prices(needed_days(chosen(tickers), now.date()), now)
        self.report(results)
        if any(result.error for result in results):
            sys.exit(FAILED)

    def report(self, results: Sequence[Refreshed]) -> None:
        if not results:
            self.stdout.write("No instrument has a provider. Set one on its page under Prices.")
            return
        rows = [
            [one.ticker, one.provider, *(str(getattr(one.stored, name)) for name in COUNTS)]
            for one in results
        ]
        self.stdout.write(table(["Ticker", "Provider", *COUNTS], rows, numbers_from=2))
        for one in results:
            if one.error:
                self.stderr.write(f"{one.ticker}: {one.error}")
            if one.note:
                self.stderr.write(f"{one.ticker}: {one.note}")
            if one.stored.quarantined:
                self.stderr.write(f"{one.ticker}: look at the quarantine on the page Prices.")


def chosen(tickers: Sequence[str]) -> InstrumentQuerySet:
    if not tickers:
        return Instrument.objects.exclude(provider="")
    instruments = Instrument.objects.filter(ticker__in=tickers)
    missing = set(tickers) - set(instruments.values_list("ticker", flat=True))
    if missing:
        names = ", ".join(sorted(missing))
        raise CommandError(f"There is no instrument {names}.", returncode=UNUSABLE)
    return instruments
