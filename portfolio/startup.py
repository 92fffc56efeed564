"""What a container does before it serves: waits for the database, and brings it up to date.

Several containers may start at the same moment on one database, also on an empty one: one of them
migrates, under a lock of PostgreSQL, and the others find nothing left to do.
"""

import time
from collections.abc import Callable

import psycopg
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from portfolio import env

PAUSE_SECONDS = 0.3
# After that many seconds of silence a person would like to know what is waited for.
SECONDS_BETWEEN_NOTES = 5


class StartError(Exception):
    """A sentence for the log: what is wrong and what to do next."""


def wait_for_database(patience: float, say: Callable[[str], None]) -> None:
    """Return when it lets us in. What no waiting can repair ends it at once."""
    started = noted = time.monotonic()
    while problem := _connection_problem():
        refused = refusal(problem)
        if refused:
            raise StartError(refused)
        now = time.monotonic()
        if now - started > patience:
            raise StartError(
                f"{_address()} did not answer within {patience:.0f} seconds. The last answer was: "
                f"{problem} Check that it runs, and that DATABASE_URL names it."
            )
        if now - noted > SECONDS_BETWEEN_NOTES:
            say(f"Waiting for {_address()}: {problem}")
            noted = now
        time.sleep(PAUSE_SECONDS)


def _connection_problem() -> str:
    # Past Django's pool, which would hide the reason behind a timeout of its own.
    try:
        psycopg.connect(**{**connection.get_connection_params(), "connect_timeout": 3}).close()
    except psycopg.OperationalError as error:
        return " ".join(str(error).split())
    return ""


def _address() -> str:
    config = connection.settings_dict
    return f"PostgreSQL at {config['HOST'] or 'localhost'}:{config['PORT'] or 5432}"


def refusal(problem: str) -> str:
    """The sentence for an answer that stays the same however long one waits, else nothing."""
    user, name = connection.settings_dict["USER"], connection.settings_dict["NAME"]
    if "password authentication failed" in problem or f'role "{user}" does not exist' in problem:
        return (
            f"{_address()} refuses the password of its user {user}. A database keeps the user and the "
            f"password that its volume was made with; changing them in the environment or in .env later "
            f"does not change them there. Set the old ones again. Or, if the data may go, remove the "
            f"volume: make clean."
        )
    if f'database "{name}" does not exist' in problem:
        return (
            f"{_address()} has no database {name}. A volume keeps the name that it was made with: set the "
            f"old name again, or make the database: createdb --owner {user} {name}."
        )
    return ""


def pending_migrations() -> list[Migration]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [migration for migration, _ in plan]


def wait_for_migrations(patience: float, say: Callable[[str], None]) -> None:
    """Another container brings the database up to date; work on half a schema would fail."""
    started = noted = time.monotonic()
    while pending := pending_migrations():
        now = time.monotonic()
        if now - started > patience:
            raise StartError(
                f"{len(pending)} migrations were still not applied after {patience:.0f} seconds. "
                f"The log of the service web says why; by hand it is: manage.py migrate"
            )
        if now - noted > SECONDS_BETWEEN_NOTES:
            say(f"Waiting until another container has applied {len(pending)} migrations.")
            noted = now
        connection.close()
        # Seldom, because looking costs the processor that the migration needs.
        time.sleep(3 * PAUSE_SECONDS)


def back_up(say: Callable[[str], None]) -> str:
    """Dump a database that holds data, and return what leads back to it for the message of a failure."""
    if not MigrationRecorder(connection).applied_migrations() or not env.flag(
        "BACKUP_BEFORE_MIGRATE", default=True
    ):
        return ""
    say("Migrations are pending: backing the database up first.")
    try:
        return str(call_command("backup", name="before-migrating"))
    except CommandError as error:
        raise StartError(
            f"{error} So nothing was migrated. Repair that, or back the database up by other means and "
            f"start once with BACKUP_BEFORE_MIGRATE=false."
        ) from error
