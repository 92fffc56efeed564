"""manage.py mappings: how tables without an importer are read, listed, shown, moved and deleted."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from pricing.terminal import table
from transactions import mappings
from transactions.files import NoOwner, owner_for
from transactions.importers.layouts import Layout
from transactions.kept_files import ColumnMapping


class Command(BaseCommand):
    help = (
        "Mappings of columns, which the page of an unknown file makes: list them, show one as JSON, "
        "load one from such a file, delete one. Use one with import_transactions --mapping NAME."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", help="whose mappings (default: the only user)")
        actions = parser.add_mutually_exclusive_group()
        actions.add_argument("--show", metavar="NAME", help="print a mapping as JSON")
        actions.add_argument("--load", metavar="FILE", type=Path, help="keep what --show printed")
        actions.add_argument("--delete", metavar="NAME", help="forget a mapping")

    def handle(self, **options: Any) -> None:
        try:
            owner, is_new = owner_for(options["user"])
        except NoOwner as error:
            raise CommandError(str(error)) from error
        if options["show"]:
            self.stdout.write(json.dumps(_described(_named(owner, options["show"])), indent=2))
        elif options["load"]:
            mapping = _load(owner, options["load"])
            self.stdout.write(f"Kept the mapping “{mapping.name}”.")
        elif options["delete"]:
            _named(owner, options["delete"]).delete()
            self.stdout.write(f"Deleted the mapping “{options['delete']}”.")
        else:
            self._list(owner)
        if is_new and not ColumnMapping.objects.filter(owner=owner).exists():
            owner.delete()

    def _list(self, owner: User) -> None:
        rows = [
            [one.name, f"{one.updated_at:%Y-%m-%d}", ", ".join(one.layout["header"])]
            for one in ColumnMapping.objects.filter(owner=owner)
        ]
        if not rows:
            self.stdout.write(
                "There are no mappings. Upload a file of an unknown format to make one."
            )
            return
        self.stdout.write(table(["Name", "Changed", "Columns"], rows, numbers_from=3))


def _named(owner: User, name: str) -> ColumnMapping:
    found = ColumnMapping.objects.filter(owner=owner, name=name).first()
    if found is None:
        raise CommandError(f"There is no mapping “{name}”. List them with: manage.py mappings")
    return found


def _described(mapping: ColumnMapping) -> dict[str, Any]:
    return {"name": mapping.name, **mapping.layout}


def _load(owner: User, path: Path) -> ColumnMapping:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return mappings.save(owner, str(value["name"])[:80], Layout.from_json(value))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CommandError(f"{path} holds no mapping ({error}); write one with --show.") from error
