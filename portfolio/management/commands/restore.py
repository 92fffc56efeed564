"""manage.py restore FILE: replaces the database by a dump, after a dump of what is there now."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser, call_command

from portfolio import backup


class Command(BaseCommand):
    help = "Replaces everything in the database by a backup, in one transaction."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, file: Path, yes: bool, **options: Any) -> None:
        try:
            backup.check(file)
            if not yes:
                self.ask(file)
            self.restore(file)
        except (backup.BackupError, OSError) as error:
            raise CommandError(
                f"Nothing was restored, the database is as before. {error}"
            ) from error
        # The dump may be of an older version of this program.
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(f"Restored {file}.")

    def ask(self, file: Path) -> None:
        name = backup.database_name()
        self.stdout.write(f"Everything in the database {name} is replaced by {file}.")
        if input("Type yes to go on: ").strip().lower() != "yes":
            raise CommandError("Nothing was restored, because you did not say yes.")

    def restore(self, file: Path) -> None:
        if not backup.is_empty():
            # Nothing is rotated here: the very file to restore could be the oldest.
            safety = backup.back_up(backup.folder_of_backups(), "before-restore")
            self.stdout.write(f"What is there now was saved as {safety}.")
        backup.restore(file)
