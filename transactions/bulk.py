"""Writing many rows at once: COPY, and foreign keys proven once per parent instead of per row."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows to a table with COPY, in the current database transaction.

    ``table`` and ``columns`` are names from our own code, never input.
    """
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, _psycopg(cursor).copy(statement) as copy:
        write = copy.write_row
        for row in rows:
            write(row)


@contextmanager
def trusted_references() -> Iterator[None]:
    """Skip PostgreSQL's per-row foreign key triggers for statements in this block.

    They cost more than the rows themselves (docs/decisions/0003-bulk-foreign-keys.md). Only for rows
    whose parents this transaction created, or locked with ``lock_parents``: then no row can miss
    its parent. A role without the privilege keeps the triggers and just takes longer.
    """
    if not _may_skip_triggers():
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    try:
        yield
    finally:
        if not connection.needs_rollback and connection.connection.info.transaction_status == 2:
            # INTRANS: after an error the rollback restores the setting.
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = origin")


def lock_parents(table: str, column: str, values: Sequence[Any]) -> None:
    """Keep parent rows from being deleted until the transaction ends, as a foreign key would."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM {table} WHERE {column} = ANY(%s) FOR KEY SHARE",  # noqa: S608 - our names
            [list(values)],
        )


def _may_skip_triggers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        return bool(cursor.fetchone()[0])


def _psycopg(cursor: CursorWrapper) -> Any:
    """psycopg's own cursor below Django's wrappers, which know no COPY."""
    return cursor.cursor
