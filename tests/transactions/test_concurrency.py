"""Several imports at once, and imports that are killed: processes of their own, on the same database."""

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from portfolio.models import Position
from portfolio.verify import verify
from tests.factories import AccountFactory
from tests.transactions.rows import Files
from transactions import ingest
from transactions.models import Account, Import, Transaction

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path):
    return Files(tmp_path, None)


def start(*arguments):
    """The command in a process of its own, on the database of this test."""
    found = connection.settings_dict
    host = quote(found["HOST"], safe="")
    environment = {
        **{name: value for name, value in os.environ.items() if "DJANGO" not in name},
        "DATABASE_URL": f"postgres://{found['USER']}@{host}:{found['PORT'] or 5432}/{found['NAME']}",
        "SECRET_KEY": "Hu8eiL3aeph9Ohgh2aiqu6eeThoo4Eghae7ohngie5ahXae1",
        "ALLOWED_HOSTS": "localhost",
        "DATABASE_POOL_SIZE": "0",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_transactions", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(*processes):
    """Wait for all; each must have succeeded."""
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err


def trades(count, ticker="T{}", day="2024-01-{:02}"):
    return [
        f"{day.format(number % 28 + 1)}T09:{number // 60 % 60:02}:{number % 60:02} "
        f"BUY {number + 1} {ticker.format(number % 20)} = {number + 7}"
        for number in range(count)
    ]


def test_an_import_that_is_killed_at_any_moment_leaves_no_row(folder):
    User.objects.create(username="alice")
    path = folder.write(*trades(4_000))
    chance = random.Random(5)
    for number in range(3):
        process = start(path)
        wait_until(is_other_at_work)
        # From staging the file to writing the positions.
        time.sleep(chance.random() * 0.4 + number * 0.4)
        process.kill()
        process.communicate()
        # PostgreSQL rolls back when it notices that the client is gone.
        wait_until(lambda: not is_other_at_work())
        imported = Transaction.objects.count()
        assert imported in {0, 4_000}
        assert Position.objects.exists() == bool(imported) == Import.objects.exists()
        assert verify(Account.objects.all()) == []
    finish(start(path))
    assert Transaction.objects.count() == 4_000
    assert Position.objects.count() == 20


def is_other_at_work():
    """Whether another connection to this database has a transaction open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            " AND xact_start IS NOT NULL"
        )
        return cursor.fetchone()[0] > 0


def wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_two_imports_of_one_file_at_once_leave_one_copy(folder):
    User.objects.create(username="alice")
    path = folder.write(*trades(500))
    finish(*[start(path) for _ in range(2)])
    assert Account.objects.count() == 1
    assert Transaction.objects.count() == 500
    counts = Import.objects.order_by("-imported").values_list("imported", "duplicates")
    assert list(counts) == [(500, 0), (0, 500)]
    assert verify(Account.objects.all()) == []


def test_accounts_that_send_each_other_lots_at_once_do_not_deadlock(folder):
    alice = User.objects.create(username="alice")
    for name in ("Here", "There"):
        AccountFactory(owner=alice, name=name)
    moves = {
        "Here": [f"2024-02-{day:02} TRANSFER_OUT {day} T1" for day in range(1, 9)],
        "There": [f"2024-02-{day:02} TRANSFER_IN {day} T1" for day in range(1, 9)],
    }
    # The same instruments in the opposite order, new to both.
    files = {
        "Here": folder.write(*trades(300), *moves["Here"]),
        "There": folder.write(*trades(300)[::-1], *moves["There"]),
    }
    finish(*[start(path, "--account", name) for name, path in files.items()])
    assert Transaction.objects.filter(linked_transaction__isnull=False).count() == 16
    assert verify(Account.objects.all()) == []


def test_users_that_create_the_same_instruments_at_once_do_not_deadlock(folder):
    for name in ("alice", "bob"):
        User.objects.create(username=name)
    paths = [folder.write(*rows) for rows in (trades(300), trades(300)[::-1])]
    users = ("alice", "bob")
    finish(*[start(path, "--user", user) for user, path in zip(users, paths, strict=True)])
    assert Transaction.objects.count() == 600
    assert verify(Account.objects.all()) == []


def test_a_file_is_uploaded_while_another_one_is_imported_into_its_account(folder):
    alice = User.objects.create(username="alice")
    account = AccountFactory(owner=alice, name="Imported")
    locked, uploaded = threading.Event(), threading.Event()

    def import_slowly():
        with transaction.atomic():
            Account.objects.lock(account.pk)
            locked.set()
            uploaded.wait(10)
        connection.close()

    slow = threading.Thread(target=import_slowly)
    slow.start()
    locked.wait(10)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        assert ingest.stage(alice, "a.csv", folder.write(*trades(3)).read_bytes()).pk
    finally:
        uploaded.set()
        slow.join()
        connection.close()
