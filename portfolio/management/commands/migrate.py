"""Django's migrate, one at a time and all or nothing: two containers may start together, and one that
fails half-way would leave a database that neither the old version nor the new one can use."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from django.core.checks import Tags
from django.core.management import CommandParser
from django.core.management.commands import migrate
from django.db import connections, transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor

# Any number will do that nothing else in this database locks.
LOCK = 5_072_025


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--separately",
            action="store_true",
            help="Commit after each migration, as Django does, instead of all or nothing.",
        )

    def check(self, *args: Any, **options: Any) -> None:
        """Models and database only: the others import every view, and the server asks them anyway."""
        super().check(*args, **options | {"tags": [Tags.models, Tags.database]})

    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        with one_at_a_time(alias), self.together(alias, separately=options["separately"]):
            super().handle(*args, **options)

    def together(self, alias: str, *, separately: bool) -> AbstractContextManager[object]:
        executor = MigrationExecutor(connections[alias])
        # An empty database has nothing to lose, and some of its first migrations, of the job queue,
        # use in one what the one before has to have committed.
        self.as_one = bool(executor.loader.applied_migrations) and not separately
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes()) if self.as_one else []
        # One that cannot run inside a transaction (an index built concurrently) says so.
        self.as_one &= all(migration.atomic for migration, _ in plan)
        return transaction.atomic(using=alias) if self.as_one else nullcontext()

    def migration_progress_callback(
        self, action: str, migration: Migration | None = None, fake: bool = False
    ) -> None:
        super().migration_progress_callback(action, migration, fake)
        if action == "apply_success" and self.as_one:
            # What one migration wrote must be checked before the next may change the table.
            transaction.get_connection().check_constraints()


@contextmanager
def one_at_a_time(alias: str) -> Iterator[None]:
    """Waits for a migration that is under way. PostgreSQL frees the lock of a process that dies."""
    with connections[alias].cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connections[alias].cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [LOCK])
