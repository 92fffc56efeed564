"""Django's migrate, one at a time: two containers, or two `make demo`, may start together."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db import connections

# Any number will do that nothing else in this database locks.
LOCK = 5_072_025


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with one_at_a_time(options["database"]):
            super().handle(*args, **options)


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
