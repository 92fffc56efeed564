"""Work on large files that a request does not wait for; see the queue's traps in portfolio.tasks."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from pricing.readers import ImporterError
from transactions import ingest, previews
from transactions.models import Import
from transactions.results import RejectedRows

logger = logging.getLogger(__name__)

# Workers report every ten seconds.
ALIVE = timedelta(seconds=45)
KILLED = (
    "The worker ended while it imported the file, several times, and nothing was imported. "
    "It may need more memory."
)
UNEXPECTED = (
    "Something unexpected went wrong, and nothing was imported. "
    "The log of the server has the details."
)


@app.task(queue="imports")
def import_file(*, import_id: int) -> None:
    """Import a file that its owner confirmed. Only a queued import runs, and it runs once.

    When the worker dies the database rolls the import back, it stays queued, and the job is retried.
    """
    staged = Import.objects.filter(pk=import_id, status=Import.Status.QUEUED).first()
    if staged is None:
        return
    try:
        ingest.run(staged)
    except (ImporterError, RejectedRows) as error:
        _fail(import_id, str(error))
    except Exception:
        _fail(import_id, UNEXPECTED)
        raise


@app.task(queue="imports")
def work_out_preview(*, import_id: int) -> None:
    """Prepare the preview page of a large file."""
    staged = Import.objects.filter(pk=import_id, status=Import.Status.PREVIEW).first()
    if staged is not None and previews.find(staged) is None:
        previews.work_out(staged)


def queue_import(staged: Import) -> bool:
    """Hand a confirmed import to a worker; False when somebody else decided about it meanwhile.

    The job is stored in the database transaction that marks the import, so neither is ever alone.
    """
    with transaction.atomic():
        waiting = Import.objects.filter(pk=staged.pk, status=Import.Status.PREVIEW)
        queued = waiting.update(status=Import.Status.QUEUED, error="") == 1
        if queued:
            import_file.defer(import_id=staged.pk)
    return queued


def queue_preview(staged: Import) -> None:
    """Have a worker prepare the preview page of a large file."""
    work_out_preview.defer(import_id=staged.pk)
    previews.expect(staged)


def progress(queued: Import) -> str:
    """What is happening to a queued import, as a sentence for those who wait for it."""
    job = ProcrastinateJob.objects.filter(
        task_name=import_file.name, args__import_id=queued.pk
    ).last()
    if job is not None and job.status == "doing":
        return "The worker imports the file and computes the positions."
    if ProcrastinateWorker.objects.filter(last_heartbeat__gt=datetime.now(UTC) - ALIVE).exists():
        return "The file waits for the worker to finish what it does."
    return "The file waits, because no worker is running. Start one: manage.py procrastinate worker"


def give_up(job_id: int) -> None:
    """Tell whoever waits for the job that it will not be tried again."""
    job = ProcrastinateJob.objects.get(pk=job_id)
    if job.task_name == import_file.name:
        _fail(job.args["import_id"], KILLED)


def _fail(import_id: int, sentence: str) -> None:
    Import.objects.filter(pk=import_id, status=Import.Status.QUEUED).update(
        status=Import.Status.FAILED, error=sentence, finished_at=datetime.now(UTC)
    )
