"""manage.py undo_import: take the rows of an import out of the ledger again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from transactions.models import Import
from transactions.undo import NotUndoable, undo_import


class Command(BaseCommand):
    help = "Undo an import: deletes its rows and rebuilds the positions, all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=int, help="the number in the address of its page")

    def handle(self, *, id: int, **options: Any) -> None:
        try:
            record = Import.objects.defer("content").select_related("account").get(pk=id)
            count = undo_import(record)
        except Import.DoesNotExist as error:
            raise CommandError(f"There is no import {id}.") from error
        except NotUndoable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Took {count} transaction{'' if count == 1 else 's'} of {record.file_name} "
            f"out of {record.account.name}."
        )
