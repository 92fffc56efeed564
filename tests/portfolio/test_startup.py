import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, migrations
from django.db.migrations.recorder import MigrationRecorder

from portfolio import startup
from portfolio.management.commands import prepare


@pytest.fixture
def address():
    """The settings of the connection, to be changed by a test."""
    before = dict(connection.settings_dict)
    yield connection.settings_dict
    connection.settings_dict.update(before)


def test_a_database_that_answers_is_not_waited_for(db):
    said = []
    startup.wait_for_database(0, said.append)
    assert said == []


def test_a_database_that_never_answers_is_named_with_the_reason(db, address):
    address["HOST"], address["PORT"] = "127.0.0.1", "1"
    with pytest.raises(startup.StartError) as raised:
        startup.wait_for_database(0, print)
    sentence = str(raised.value)
    assert sentence.startswith("PostgreSQL at 127.0.0.1:1 did not answer within 0 seconds.")
    assert "Connection refused" in sentence
    assert "DATABASE_URL" in sentence


def test_a_database_that_does_not_exist_ends_the_wait_at_once(db, address):
    address["NAME"] = "nothing"
    with pytest.raises(startup.StartError, match="has no database nothing"):
        startup.wait_for_database(60, print)


def test_a_refused_password_names_the_volume_and_two_ways_out(address):
    address["USER"] = "trader"
    answer = 'FATAL: password authentication failed for user "trader"'
    sentence = startup.refusal(answer)
    assert "refuses the password of its user trader" in sentence
    assert "Set the old ones again" in sentence
    assert "make clean" in sentence


def test_a_server_that_is_starting_is_waited_for(db):
    assert startup.refusal("FATAL: the database system is starting up") == ""


def test_an_empty_database_needs_no_backup(db):
    MigrationRecorder(connection).flush()
    assert startup.back_up(print) == ""


def test_a_failed_migration_tells_where_the_backup_is():
    sentence = prepare.way_back(psycopg.Error("no room"), "/backups/a.dump")
    assert sentence.startswith("Migrating the database failed: no room")
    assert "The database is as it was before" in sentence
    assert "/backups/a.dump" in sentence


@pytest.mark.django_db(transaction=True)
def test_of_several_pending_migrations_one_that_fails_undoes_all(monkeypatch):
    def fail(apps, schema_editor):
        raise psycopg.DataError("the third failed")

    steps = [
        migrations.RunSQL("CREATE TABLE left_behind (n int)"),
        migrations.RunPython(fail),
    ]
    classes = _pending(steps)
    loader = "django.db.migrations.loader.MigrationLoader.load_disk"
    monkeypatch.setattr(loader, _loading(classes))
    with pytest.raises(psycopg.DataError):
        call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('left_behind')")
        assert cursor.fetchone() == (None,)
    assert not [
        key for key in MigrationRecorder(connection).applied_migrations() if "9" in key[1][:1]
    ]


def _pending(steps):
    """A migration for each step, after the last of the app pricing."""
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    last = MigrationExecutor(connection).loader.graph.leaf_nodes("pricing")[0]
    made = {}
    for number, step in enumerate(steps):
        migration = migrations.Migration(f"900{number}_step", "pricing")
        migration.operations, migration.dependencies = [step], [last]
        last = ("pricing", migration.name)
        made[last] = migration
    return made


def _loading(made):
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415

    original = MigrationLoader.load_disk

    def load_disk(self):
        original(self)
        self.disk_migrations.update(made)

    return load_disk


def test_prepare_on_a_current_database_changes_nothing(db, capsys):
    call_command("prepare", migrate=True)
    assert "Applying" not in capsys.readouterr().out


def test_prepare_says_what_is_wrong_in_one_sentence(db, address):
    address["NAME"] = "nothing"
    with pytest.raises(CommandError, match="has no database nothing"):
        call_command("prepare", patience=0)
