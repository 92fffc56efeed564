"""Many rows at once: COPY both ways, and foreign keys proven once per parent instead of per row.

Rows are put into COPY's text format here. psycopg's own ``write_row`` and row loaders look up a
dumper or loader per value, several of them in Python, and take four times as long.
"""

import gc
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.pq import TransactionStatus

# How COPY writes a missing value.
NULL = "\\N"
# Small enough that PostgreSQL reads a piece while the next one is made.
CHARACTERS_PER_WRITE = 100_000
TEXTS_REMEMBERED = 10_000
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_UNESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class _Escaped(dict[str, str]):
    """Text as COPY wants it; currencies, tickers and types come again and again."""

    def __missing__(self, text: str) -> str:
        escaped = text.translate(_ESCAPES)
        if len(self) < TEXTS_REMEMBERED:
            self[text] = escaped
        return escaped


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Append rows to a table with COPY, in the current database transaction.

    ``table`` and ``columns`` are names from our own code, never input. Values may be None, strings,
    and whatever PostgreSQL reads in the form that ``str`` gives: numbers, dates, aware datetimes.
    """
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    escaped = _Escaped()
    with connection.cursor() as cursor, _psycopg(cursor).copy(statement) as copy:
        lines: list[str] = []
        waiting = 0
        for row in rows:
            line = "\t".join(
                [
                    "\\N"
                    if value is None
                    else escaped[value]
                    if value.__class__ is str
                    else str(value)
                    for value in row
                ]
            )
            lines.append(line)
            waiting += len(line)
            if waiting > CHARACTERS_PER_WRITE:
                copy.write("\n".join(lines) + "\n")
                lines.clear()
                waiting = 0
        if lines:
            copy.write("\n".join(lines) + "\n")


def copy_out(query: str, parameters: Sequence[Any]) -> Iterator[list[str]]:
    """Stream a query's rows as lists of text in the current transaction; use up all of them.

    Missing values are ``NULL``; columns of free text have to go through ``unescaped``.
    """
    with connection.cursor() as cursor:
        statement = f"COPY ({query}) TO STDOUT"
        with _psycopg(cursor).copy(statement, parameters) as copy:
            rest = ""
            for block in copy:
                lines = (rest + str(block, "utf-8")).split("\n")
                rest = lines.pop()
                for line in lines:
                    yield line.split("\t")


def unescaped(text: str) -> str | None:
    """A text column as it was stored, or None."""
    if "\\" not in text:
        return text
    if text == NULL:
        return None
    return _ESCAPED.sub(lambda found: _UNESCAPES.get(found[1], found[1]), text)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Let millions of small objects pile up without searching them for cycles again and again.

    A third of the time of a large import; what it makes has no cycles and goes by reference counts.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def trusted_references() -> Iterator[None]:
    """Skip PostgreSQL's per-row foreign key triggers for statements in this block.

    They cost more than the rows themselves (docs/decisions/0003-foreign-keys-in-bulk.md). Only for
    rows whose parents this transaction created, or locked with ``lock_parents``: then no row can
    miss its parent. A role without the privilege keeps the triggers and just takes longer.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        if not cursor.fetchone()[0]:
            yield
            return
        cursor.execute("SET LOCAL session_replication_role = replica")
        try:
            yield
        finally:
            # After an error in the block the rollback restores the setting.
            if connection.connection.info.transaction_status == TransactionStatus.INTRANS:
                cursor.execute("SET LOCAL session_replication_role = origin")


def lock_parents(table: str, column: str, values: Sequence[Any]) -> int:
    """Keep parent rows from being deleted until the transaction ends, as a foreign key would.

    Returns how many of them there are.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM {table} WHERE {column} = ANY(%s) FOR KEY SHARE",  # noqa: S608 - our names
            [list(values)],
        )
        count: int = cursor.rowcount
    return count


def _psycopg(cursor: CursorWrapper) -> Any:  # noqa: ANN401 - Django's stubs type it as a class
    """psycopg's own cursor below Django's wrappers, which know no COPY."""
    return cursor.cursor
