"""manage.py backup: a dump of the database, checked, readable by its owner only."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from portfolio import backup


class Command(BaseCommand):
    help = "Writes a dump of the database to BACKUP_DIR and keeps the newest BACKUP_KEEP of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, help="instead of BACKUP_DIR")
        parser.add_argument("--name", default="", help="a word for the end of the file's name")

    def handle(self, *, folder: Path | None, name: str, **options: Any) -> str:
        try:
            path = backup.back_up(folder := folder or backup.folder_of_backups(), name)
            backup.rotate(folder)
            return str(path)
        except (backup.BackupError, OSError) as error:
            raise CommandError(f"No backup was made. {error}") from error
