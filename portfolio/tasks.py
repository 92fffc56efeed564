"""Housekeeping of the job queue. Tasks about data live in the app that owns the data.

The queue never repeats a job by itself: one whose worker was killed stays "doing" for ever unless
somebody looks. A worker reports every ten seconds, so after a minute of silence it is dead.
"""

from __future__ import annotations

import logging

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app
from procrastinate.jobs import Job, Status

from transactions.tasks import give_up

logger = logging.getLogger(__name__)

SILENT_SECONDS = 60
# A job that killed three workers, for want of memory say, would kill the fourth.
MOST_ATTEMPTS = 3
HISTORY_HOURS = 30 * 24


# No lock: a lock that its own dead worker holds would keep it from ever running again.
@app.periodic(cron="* * * * *")
@app.task(queueing_lock="retry_stalled_jobs")
async def retry_stalled_jobs(timestamp: int) -> None:
    """Run the jobs of dead workers again, a few times."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        if job.attempts + 1 < MOST_ATTEMPTS:
            logger.warning("The worker of job %s died; it is run again.", job.id)
            await app.job_manager.retry_job(job)
        else:
            await _abandon(job)


async def _abandon(job: Job) -> None:
    assert job.id is not None
    logger.error("The workers of job %s died %s times; it is given up.", job.id, MOST_ATTEMPTS)
    await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
    await sync_to_async(give_up)(job.id)


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="forget_old_jobs")
async def forget_old_jobs(timestamp: int) -> None:
    """Keep a month of history."""
    await app.job_manager.delete_old_jobs(
        nb_hours=HISTORY_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )
