"""`make backup` and `make restore` in the development stack: every table comes back byte for byte."""

import sys

import psycopg
import pytest

from tests.infrastructure.stack import eventually

TABLES = (
    "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
)
# Rates that could not be fetched without a network are tried again much later.
UNFINISHED = """SELECT count(*) FROM procrastinate_jobs
    WHERE status IN ('todo', 'doing') AND coalesce(scheduled_at, now()) <= now()"""


@pytest.fixture
def stack(with_data):
    return with_data


def exports(stack) -> dict[str, bytes]:
    """Every table of the data as PostgreSQL copies it out; the worker goes on noting that it lives."""
    found = {}
    with psycopg.connect(stack.database_url, connect_timeout=5) as connection:
        for (table,) in connection.execute(TABLES).fetchall():
            if not table.startswith("procrastinate_"):
                with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as out:
                    found[table] = b"\n".join(sorted(b"".join(map(bytes, out)).split(b"\n")))
    return found


def script(stack, *arguments: str, check: bool = True) -> str:
    """What `make backup` and `make restore` run."""
    stack.run(sys.executable, "scripts/backup.py", *arguments, check=check)
    return stack.output


def test_a_restore_brings_back_every_table_byte_for_byte_and_saves_what_was_there(stack):
    stack.exec("web", "python", "manage.py", "demo")
    # The worker goes on after the restore; what it had left to do would be a difference.
    eventually(lambda: stack.query(UNFINISHED) == [(0,)], "The end of all jobs")
    before = exports(stack)
    assert before["transactions"]
    script(stack, "backup")
    (made,) = (stack.folder / "backups").glob("portfolio-*.dump")
    assert made.stat().st_mode & 0o777 == 0o600

    stack.query("TRUNCATE transactions CASCADE")
    printed = script(stack, "restore", f"backups/{made.name}", "--yes")
    assert "What is there now was saved as" in printed
    assert exports(stack) == before
    eventually(lambda: stack.get("/up/ready").status == 200, "Readiness after the restore")
    assert len(list((stack.folder / "backups").glob("*before-restore.dump"))) == 1


def test_a_dump_of_a_newer_version_is_refused_and_the_stack_goes_on(stack):
    stack.query(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('pricing', '9999_of_tomorrow', now())"
    )
    script(stack, "backup")
    newest = sorted((stack.folder / "backups").glob("portfolio-*.dump"))[-1]
    stack.query("DELETE FROM django_migrations WHERE name = '9999_of_tomorrow'")
    before = exports(stack)
    printed = script(stack, "restore", f"backups/{newest.name}", "--yes", check=False)
    assert "Nothing was restored, the database is as before." in printed
    assert "9999_of_tomorrow" in printed
    assert exports(stack) == before
    eventually(lambda: stack.get("/up/ready").status == 200, "Readiness without a restore")
