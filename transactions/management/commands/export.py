"""manage.py export: the ledger, and what follows from it, as a file."""

import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from transactions.downloads import FORMATS, write
from transactions.exports import EXPORTS, Scope
from transactions.models import Account


class Command(BaseCommand):
    help = "Write transactions, positions, lots, gains or snapshots as a file; see docs/exports.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        documents = [name for export in EXPORTS.values() for name in export.documents]
        parser.add_argument("what", choices=list(EXPORTS), metavar="WHAT", help=", ".join(EXPORTS))
        parser.add_argument("--account", help="only this account (default: all of the user)")
        parser.add_argument("--user", help="whose (default: the only user)")
        parser.add_argument("--on", type=date.fromisoformat, help="as of this day, YYYY-MM-DD")
        parser.add_argument("--format", choices=(*FORMATS, *documents), default="csv")
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")

    def handle(self, *, what: str, **options: Any) -> None:
        export, format = EXPORTS[what], options["format"]
        if format not in FORMATS and format not in export.documents:
            raise CommandError(f"There is no export of {what} as {format}.")
        owner = _owner(options["user"])
        scope = Scope(owner, _accounts(owner, options["account"]), options["on"])
        with _opened(options["output"]) as file:
            if format in export.documents:
                for text in export.documents[format].text(scope):
                    file.write(text.encode())
            else:
                write(export.table(scope), format, file)


def _owner(name: str | None) -> User:
    users = User.objects.filter(username=name) if name else User.objects.order_by("pk")[:2]
    if len(users) == 1:
        return users[0]
    if name:
        raise CommandError(f"There is no user “{name}”.")
    raise CommandError("Say with --user whose data to export: there is not exactly one user.")


def _accounts(owner: User, name: str | None) -> list[Account]:
    accounts = Account.objects.owned_by(owner.pk)
    if name is None:
        return list(accounts)
    found = list(accounts.filter(name=name))
    if not found:
        raise CommandError(f"There is no account “{name}”.")
    return found


def _opened(path: Path | None) -> IO[bytes]:
    try:
        # Standard output stays open: what is given back is a second handle to it.
        return open(sys.stdout.fileno(), "wb", closefd=False) if path is None else path.open("wb")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from error
