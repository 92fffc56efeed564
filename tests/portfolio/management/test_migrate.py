import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from portfolio.management.commands.migrate import LOCK


@pytest.fixture
def another_migration(db):
    """A process that migrates the same database."""
    address = {key: connection.settings_dict[key] for key in ("HOST", "PORT", "USER", "NAME")}
    with psycopg.connect(
        host=address["HOST"], port=address["PORT"], user=address["USER"], dbname=address["NAME"]
    ) as other:
        other.execute("select pg_advisory_lock(%s)", [LOCK])
        yield other


def test_it_waits_for_a_migration_that_is_under_way(another_migration):
    with connection.cursor() as cursor:
        cursor.execute("set local lock_timeout = '50ms'")
    with pytest.raises(OperationalError, match="lock timeout"):
        call_command("migrate", verbosity=0)


def test_it_frees_the_lock_afterwards(db):
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_locks join pg_database on pg_database.oid = database "
            "where datname = current_database() and locktype = 'advisory' and objid = %s",
            [LOCK],
        )
        assert cursor.fetchone() == (0,)
