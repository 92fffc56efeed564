"""For supervisors: /up says that the process answers, /up/ready that it can do its work."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)
UNAVAILABLE = 503


@login_not_required
@require_safe
@never_cache
def up(request: HttpRequest) -> HttpResponse:
    return HttpResponse("The process answers.\n", content_type="text/plain")


@login_not_required
@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    problem = database_problem() or cache_problem() or static_files_problem()
    if problem:
        return HttpResponse(problem + "\n", content_type="text/plain", status=UNAVAILABLE)
    return HttpResponse(
        "Database, migrations, cache and static files are ready.\n", content_type="text/plain"
    )


def database_problem() -> str:
    """A sentence without details of the connection, since anybody may ask; those go to the log."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        logger.exception("The database does not answer the readiness check.")
        return "The database does not answer. Its error is in the log."
    if pending:
        return f"{len(pending)} migrations are not applied. Run: manage.py migrate"
    return ""


def cache_problem() -> str:
    # Read back, because a Redis that is down is ignored everywhere else.
    try:
        cache.set("readiness", "written", timeout=10)
        works = cache.get("readiness") is not None
    except DatabaseError:
        logger.exception("The cache table does not answer the readiness check.")
        works = False
    return "" if works else "The cache does not answer. Check REDIS_URL and the log."


def static_files_problem() -> str:
    """Without the manifest every page that names a style sheet fails, but only in production."""
    read_manifest = getattr(staticfiles_storage, "read_manifest", None)
    if read_manifest is None or read_manifest() is not None:
        return ""
    return "The static files are not collected. Run: manage.py collectstatic"
