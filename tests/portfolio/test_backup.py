"""Dumps and restores a database of its own, so that the other tests keep theirs."""

import stat
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portfolio import backup
from tests.factories import AccountFactory, InstrumentFactory, ledger


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("BACKUP_DIR", str(tmp_path / "backups"))
    return tmp_path / "backups"


@pytest.fixture
def data(transactional_db: None, alice) -> None:
    account = AccountFactory(owner=alice, name="Brøker 'A'", currency="EUR")
    InstrumentFactory(ticker="VWCE")
    ledger(account, "2023-01-02 BUY 0.000000000000000001 VWCE @ 96.42", "2023-02-01 DEPOSIT 20")


def exports() -> dict[str, bytes]:
    """Every table as PostgreSQL copies it out, in the order of its key."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            key = connection.introspection.get_primary_key_columns(cursor, table) or ["1"]
            name = connection.ops.quote_name(table)
            query = f"SELECT * FROM {name} ORDER BY {', '.join(key)}"  # noqa: S608 - names of tables
            with cursor.copy(f"COPY ({query}) TO STDOUT") as out:
                found[table] = b"".join(bytes(block) for block in out)
    return found


def test_restoring_a_backup_brings_every_table_back_byte_for_byte(data, folder):
    before = exports()
    assert before["transactions"]
    path = Path(call_command("backup"))
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE transactions CASCADE")
        cursor.execute("CREATE TABLE leftover (id int)")
    call_command("restore", str(path), "--yes")
    assert exports() == before
    # The sequences went on where they were, and a second round changes nothing either.
    InstrumentFactory(ticker="NEW")
    again = Path(call_command("backup"))
    before = exports()
    call_command("restore", str(again), "--yes")
    assert exports() == before


def test_a_backup_is_readable_by_its_owner_only_and_nothing_half_done_stays(data, folder):
    path = Path(call_command("backup"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.name for file in folder.iterdir()] == [path.name]
    assert "TABLE DATA public transactions" in backup.contents(path)


def test_only_the_newest_backups_are_kept_and_foreign_files_are_left_alone(
    data, folder, monkeypatch
):
    monkeypatch.setenv("BACKUP_KEEP", "2")
    folder.mkdir()
    (folder / "mine.dump").write_text("not made by the program")
    paths = [Path(call_command("backup")) for _ in range(4)]
    assert sorted(folder.iterdir()) == sorted([*paths[2:], folder / "mine.dump"])


def test_a_restore_keeps_what_was_there_in_a_backup_of_its_own(data, folder):
    path = Path(call_command("backup"))
    call_command("restore", str(path), "--yes")
    assert [file.name for file in folder.glob("*before-restore.dump")] != []


def test_a_backup_of_a_newer_version_is_refused_and_nothing_is_touched(data, folder):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('portfolio', '9999_future', now())"
        )
    path = Path(call_command("backup"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE name = '9999_future'")
    before = exports()
    with pytest.raises(
        CommandError, match=r"newer version of this program: portfolio\.9999_future"
    ):
        call_command("restore", str(path), "--yes")
    assert exports() == before
    assert list(folder.glob("*before-restore*")) == []


def test_a_restore_that_fails_half_way_leaves_the_database_as_it_was(data, folder):
    path = Path(call_command("backup"))
    before = exports()
    # A session that holds a table: emptying the schema waits for it in vain.
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("LOCK TABLE accounts IN ACCESS SHARE MODE")
        backup_wait, backup.EMPTY = backup.EMPTY, backup.EMPTY.replace("30s", "300ms")
        try:
            with pytest.raises(CommandError, match="the database is as before"):
                call_command("restore", str(path), "--yes")
        finally:
            backup.EMPTY = backup_wait
    assert exports() == before


def test_files_that_are_no_backup_are_refused_with_a_sentence(db, folder, tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("restore", str(tmp_path / "missing.dump"), "--yes")
    (tmp_path / "text.dump").write_text("hello")
    with pytest.raises(
        CommandError, match=r"pg_restore failed: .*does not appear to be a valid archive"
    ):
        call_command("restore", str(tmp_path / "text.dump"), "--yes")


def test_a_restore_asks_and_takes_anything_but_yes_for_no(data, folder, monkeypatch):
    path = Path(call_command("backup"))
    monkeypatch.setattr("builtins.input", lambda prompt: "y")
    with pytest.raises(CommandError, match="you did not say yes"):
        call_command("restore", str(path))
