"""manage.py import_prices: files of prices and of exchange rates."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pricing.models import IMPORTED, Instrument
from pricing.price_files import PriceChoices, PriceFileResult, import_prices
from pricing.providers import PROVIDERS, ecb
from pricing.readers import ImporterError, printable
from pricing.terminal import table

REJECTED, UNUSABLE = 1, 2
COUNTS = ("rows", "new", "changed", "unchanged", "quarantined", "ignored", "rejected")
REJECTS_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Import files of prices (our own table, Yahoo, Stooq) and of exchange rates (our own table, "
        "European Central Bank), recognised by content; docs/prices.md describes them. Each file is "
        "imported whole or not at all: rows = new + changed + unchanged + quarantined + ignored + "
        "rejected. Exit code 0: all rows found their place; 1: rows were rejected (that file was not "
        "imported); 2: unusable file or arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--ticker", default="", help="whose prices, where the file does not say"
        )
        parser.add_argument(
            "--currency",
            default="",
            help="of rows without one, GBX for pence (default: instrument's)",
        )
        parser.add_argument(
            "--source",
            default="",
            choices=[IMPORTED, ecb.NAME, *PROVIDERS],
            help=f"under which name they are kept (default: {IMPORTED}, which outranks providers)",
        )
        parser.add_argument(
            "--adjusted",
            choices=("yes", "no"),
            help="whether past prices are adjusted for splits (default: as the format usually is)",
        )
        parser.add_argument(
            "--keep-rejects", action="store_true", help="import the other rows all the same"
        )

    def handle(self, *, paths: list[Path], **options: Any) -> None:
        choices = PriceChoices(
            ticker=options["ticker"],
            currency=options["currency"],
            source=options["source"],
            adjusted=None if options["adjusted"] is None else options["adjusted"] == "yes",
            keep_rejects=options["keep_rejects"],
        )
        if choices.ticker and not Instrument.objects.filter(ticker=choices.ticker).exists():
            raise CommandError(
                f"There is no instrument {choices.ticker}: import its transactions first.",
                returncode=UNUSABLE,
            )
        results, errors = [], []
        for path in paths:
            try:
                data = path.read_bytes()
                results.append(import_prices(path.name, data, choices, datetime.now(UTC)))
            except (ImporterError, OSError) as error:
                errors.append(f"{printable(str(path))}: {error}")
        self._report(results, errors)
        code = UNUSABLE if errors else REJECTED if any(one.rejects for one in results) else 0
        if code:
            # The report says why; an exception would repeat it.
            sys.exit(code)

    def _report(self, results: Sequence[PriceFileResult], errors: Sequence[str]) -> None:
        if results:
            rows = [
                [printable(one.file), one.format, *(str(getattr(one, name)) for name in COUNTS)]
                for one in results
            ]
            self.stdout.write(table(["File", "Format", *COUNTS], rows, numbers_from=2))
        for result in results:
            self._explain(result)
        for error in errors:
            self.stderr.write(error)

    def _explain(self, result: PriceFileResult) -> None:
        file = printable(result.file)
        for reject in result.rejects[:REJECTS_SHOWN]:
            self.stderr.write(f"{file} line {reject.line}: {reject.reason}")
        if len(result.rejects) > REJECTS_SHOWN:
            left = len(result.rejects) - REJECTS_SHOWN
            self.stderr.write(f"{file}: and {left} more rejected rows")
        if not result.is_stored:
            self.stderr.write(
                f"{file}: nothing was imported. Use --keep-rejects to import the other rows."
            )
        if result.quarantined:
            self.stderr.write(
                f"{file}: {result.quarantined} prices jump and wait in quarantine, see Prices."
            )
