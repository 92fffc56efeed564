"""The first thing that a container runs, see docker/entrypoint."""

import io
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db import DatabaseError

from portfolio import startup
from portfolio.management.commands.migrate import one_at_a_time

PATIENCE = 120
# Another container may be migrating a large database.
PATIENCE_FOR_MIGRATIONS = 3600


class Command(BaseCommand):
    help = "Waits for the database; brings it up to date, or waits until another container has."
    # The checks would need the very database that is waited for.
    requires_system_checks: list[str] = []  # noqa: RUF012 - declared so by Django

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--migrate", action="store_true", help="apply what is pending")
        parser.add_argument("--patience", type=float, default=PATIENCE, metavar="SECONDS")

    def handle(self, *, migrate: bool, patience: float, **options: Any) -> None:
        try:
            startup.wait_for_database(patience, self.say)
            if migrate:
                self.migrate()
                call_command("first_run_token", stdout=self.stdout)
            else:
                startup.wait_for_migrations(PATIENCE_FOR_MIGRATIONS, self.say)
        except startup.StartError as error:
            raise CommandError(str(error)) from error

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()

    def migrate(self) -> None:
        with one_at_a_time("default"):
            # Looked at under the lock: whoever waited for it finds the work done.
            pending = startup.pending_migrations()
            if not pending:
                return
            backup = startup.back_up(self.say)
            self.say(f"Applying {len(pending)} migrations.")
            try:
                call_command("migrate", interactive=False, stdout=io.StringIO())
            except (DatabaseError, CommandError) as error:
                raise CommandError(way_back(error, backup)) from error


def way_back(error: Exception, backup: str) -> str:
    reason = f"Migrating the database failed: {str(error).strip()}\n"
    if not backup:
        return reason + "The whole story tells: manage.py migrate --traceback"
    return reason + (
        f"The database is as it was before. To go on working, start the version that you ran before. "
        f"A backup from before the attempt is {backup}; docs/operations.md says how to restore it."
    )
