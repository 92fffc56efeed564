"""manage.py import_transactions: files of brokers and exchanges into the ledger."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from pricing.readers import printable
from pricing.terminal import ProgressBar, table
from transactions.files import Choices, NoOwner, Outcome, expand, import_path, owner_for
from transactions.importers import IMPORTERS
from transactions.models import Account
from transactions.reading import is_currency
from transactions.results import Result

ALL_PLACED, REJECTED, UNUSABLE = 0, 1, 2
COUNTS = (
    "rows", "imported", "duplicates", "likely_duplicates", "conflicts", "ignored", "rejected",
)  # fmt: skip
REJECTS_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Import files that brokers and exchanges export. The format is found by content. Each file "
        "is imported whole or not at all, and every row is accounted for: rows = imported + "
        "duplicates + likely duplicates + conflicts + ignored + rejected. Exit code 0: all rows found "
        "their place; 1: rows were rejected (that file was not imported); 2: unusable file or arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="file or folder")
        parser.add_argument("--account", help="account to fill (default: the broker's name)")
        parser.add_argument("--format", help=", ".join(one.format for one in IMPORTERS))
        parser.add_argument("--mapping", help="name of a mapping of columns (manage.py mappings)")
        parser.add_argument("--currency", help="currency of an account that is made")
        parser.add_argument("--user", help="whose account (default: the only user)")
        parser.add_argument("--dry-run", action="store_true", help="report only, write nothing")
        parser.add_argument(
            "--keep-rejects",
            action="store_true",
            help="import the good rows and store the rejected ones with the import",
        )
        parser.add_argument(
            "--likely-duplicates",
            choices=("skip", "import"),
            default="skip",
            help="rows that are probably in the ledger already (default: skip, and say so)",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, paths: list[Path], **options: Any) -> None:
        choices = Choices(
            account=options["account"],
            format=options["format"],
            mapping=options["mapping"],
            currency=options["currency"],
            dry_run=options["dry_run"],
            keep_rejects=options["keep_rejects"],
            import_likely_duplicates=options["likely_duplicates"] == "import",
        )
        if choices.currency is not None and not is_currency(choices.currency):
            raise CommandError(f"“{choices.currency}” is not a currency.", returncode=UNUSABLE)
        try:
            owner, is_new = owner_for(options["user"])
        except NoOwner as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        outcomes: list[Outcome] = []
        for path, from_folder in expand(paths):
            with ProgressBar(self.stderr, printable(path.name)) as bar:
                outcomes += import_path(owner, path, choices, bar, from_folder=from_folder)
        if is_new:
            self._keep_or_forget(owner)
        if not outcomes:
            raise CommandError("There is no file in the given folders.", returncode=UNUSABLE)
        self._report(outcomes, choices, as_json=options["json"])
        code = exit_code(outcomes)
        if code:
            # The report above says why; an exception would repeat it.
            sys.exit(code)

    def _keep_or_forget(self, owner: User) -> None:
        """A user who was made for files of which none was imported is not wanted."""
        if not Account.objects.filter(owner=owner).exists():
            owner.delete()
            return
        self.stderr.write(
            f"Made the user “{owner.username}”. Set a password to sign in: "
            f"manage.py changepassword {owner.username}"
        )

    def _report(self, outcomes: Sequence[Outcome], choices: Choices, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"files": files_json(outcomes)}, ensure_ascii=False))
            return
        results = [result for outcome in outcomes for result in outcome.results]
        if results:
            header = ["File", "Format", "Account", *(name.replace("_", " ") for name in COUNTS)]
            rows = [
                [one.file, one.format, one.account, *(str(getattr(one, name)) for name in COUNTS)]
                for one in results
            ]
            self.stdout.write(table(header, rows, numbers_from=3))
        for outcome in outcomes:
            self._explain(outcome)
        if choices.dry_run:
            self.stdout.write("Dry run: nothing was written.")

    def _explain(self, outcome: Outcome) -> None:
        for result in outcome.results:
            for reject in result.rejects[:REJECTS_SHOWN]:
                self.stderr.write(f"{result.file} line {reject.line}: {reject.reason}")
            if len(result.rejects) > REJECTS_SHOWN:
                left = len(result.rejects) - REJECTS_SHOWN
                self.stderr.write(
                    f"{result.file}: and {left} more rejected rows (--json lists all)"
                )
            for remark in result.remarks[:REJECTS_SHOWN]:
                verdict = remark.verdict.replace("_", " ")
                self.stderr.write(f"{result.file} line {remark.line}: {verdict}: {remark.detail}")
        # On Linux a name is bytes, which need not be text.
        path = printable(str(outcome.path))
        if outcome.skipped:
            self.stderr.write(f"{path}: left out. {outcome.error}")
        elif outcome.error:
            self.stderr.write(f"{path}: {outcome.error}")
        if outcome.rejected:
            self.stderr.write("Use --keep-rejects to import the other rows.")


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """2 before 1 before 0; a folder in which nothing is an export is unusable."""
    if any(one.error and not one.rejected and not one.skipped for one in outcomes):
        return UNUSABLE
    if all(one.skipped for one in outcomes):
        return UNUSABLE
    return REJECTED if any(one.rejected for one in outcomes) else ALL_PLACED


def files_json(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The documented objects, one per file and depot; unusable files have an ``error``."""
    described = []
    for outcome in outcomes:
        for result in outcome.results or [Result(printable(outcome.path.name), "", "")]:
            described.append(
                {
                    "file": printable(str(outcome.path)),
                    "format": result.format or None,
                    "account": result.account or None,
                    **{name: getattr(result, name) for name in COUNTS},
                    "rejects": [{"line": r.line, "reason": r.reason} for r in result.rejects],
                    "remarks": [
                        {"line": r.line, "verdict": r.verdict, "detail": r.detail}
                        for r in result.remarks
                    ],
                    "ignored_rules": result.ignored_rules,
                    "balances": {
                        "agreed": result.balances_agreed,
                        "disagreed": result.balances_disagreed,
                    },
                    **({"error": outcome.error} if outcome.error else {}),
                }
            )
    return described
