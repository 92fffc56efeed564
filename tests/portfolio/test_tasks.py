"""Jobs whose workers died, and the worker beside the development server."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from portfolio import dev_worker, tasks
from transactions import ingest
from transactions.models import Import, Transaction
from transactions.tasks import KILLED, queue_import

FILE = b"date,type,ticker,quantity,price,amount,currency\n2024-01-05,BUY,AAA,10,5,50,EUR\n"


def queued(owner: User) -> Import:
    record = ingest.stage(owner, "trades.csv", FILE)
    assert queue_import(record)
    record.refresh_from_db()
    return record


def job_of_a_dead_worker(record: Import, attempts: int) -> ProcrastinateJob:
    job = ProcrastinateJob.objects.get(args={"import_id": record.pk})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '5 minutes') RETURNING id"
        )
        worker = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, attempts = %s"
            " WHERE id = %s",
            [worker, attempts, job.pk],
        )
    return job


def test_the_job_of_a_dead_worker_runs_again(alice: User) -> None:
    record = queued(alice)
    job = job_of_a_dead_worker(record, attempts=0)
    async_to_sync(tasks.retry_stalled_jobs.func)(0)
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("todo", 1)
    record.refresh_from_db()
    assert record.status == Import.Status.QUEUED


def test_a_job_that_kills_its_workers_is_given_up_and_says_so(alice: User) -> None:
    record = queued(alice)
    job = job_of_a_dead_worker(record, attempts=2)
    async_to_sync(tasks.retry_stalled_jobs.func)(0)
    job.refresh_from_db()
    assert job.status == "failed"
    record.refresh_from_db()
    assert (record.status, record.error) == (Import.Status.FAILED, KILLED)


def test_the_job_of_a_living_worker_is_left_alone(alice: User) -> None:
    job = job_of_a_dead_worker(queued(alice), attempts=0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now()")
    async_to_sync(tasks.retry_stalled_jobs.func)(0)
    job.refresh_from_db()
    assert job.status == "doing"


def test_the_history_of_jobs_is_kept_for_a_month(alice: User) -> None:
    job = ProcrastinateJob.objects.get(args={"import_id": queued(alice).pk})
    with connection.cursor() as cursor:
        for status in ("doing", "failed"):
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job.pk]
            )
    async_to_sync(tasks.forget_old_jobs.func)(0)
    assert ProcrastinateJob.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '31 days'")
    async_to_sync(tasks.forget_old_jobs.func)(0)
    assert ProcrastinateJob.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_worker_imports_what_is_queued(alice: User) -> None:
    record = queued(alice)

    async def work_until_idle() -> None:
        async with app.open_async():
            await app.run_worker_async(
                wait=False, install_signal_handlers=False, listen_notify=False
            )

    with app.replace_connector(app.connector.get_worker_connector()):
        asyncio.run(work_until_idle())
    record.refresh_from_db()
    assert record.status == Import.Status.IMPORTED
    assert Transaction.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_development_worker_works_and_ends_with_its_server(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = queued(alice)
    database = settings.DATABASES["default"]
    address = f"{database['USER']}@{quote(database['HOST'], safe='')}/{database['NAME']}"
    monkeypatch.setenv("DATABASE_URL", f"postgres://{address}")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "portfolio.settings")
    monkeypatch.setenv("DEBUG", "1")
    worker = dev_worker.start_dev_worker()
    deadline = time.monotonic() + 60
    while record.status == Import.Status.QUEUED and time.monotonic() < deadline:
        time.sleep(0.1)
        record.refresh_from_db()
    dev_worker.stop(worker)
    assert record.status == Import.Status.IMPORTED
    assert worker.returncode == 0


def test_the_development_worker_ends_when_its_server_is_killed(tmp_path: Path) -> None:
    """Also before it could connect anywhere, and however rudely."""
    script = (
        "from portfolio.dev_worker import start_dev_worker as start;"
        "print(start().pid, flush=True); import time; time.sleep(60)"
    )
    environment = {**os.environ, "DATABASE_URL": "postgres://nobody@localhost:1/x", "DEBUG": "1"}
    environment["PORTFOLIO_DATA_DIR"] = str(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=dev_worker.BASE_DIR,
    ) as server:
        assert server.stdout
        pid = int(server.stdout.readline())
        server.kill()
    deadline = time.monotonic() + 30
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_alive(pid)


def is_alive(pid: int) -> bool:
    """A zombie that nobody has buried yet counts as dead."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
