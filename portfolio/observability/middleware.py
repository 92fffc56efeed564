"""One line per request with its time and queries, the same in the Server-Timing header and metrics."""

import re
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import structlog
from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, clear_contextvars

from portfolio.observability import metrics

access = structlog.get_logger("portfolio.access")
database = structlog.get_logger("portfolio.database")
# Supervisors ask every few seconds.
QUIET = re.compile(r"^/(up|up/ready|metrics)$")
PROXY_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
LONGEST_SQL = 1000


class Queries:
    """Counts and times what one request asks the database."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,  # noqa: ANN401 - Django's
        many: bool,
        context: dict[str, Any],
    ) -> Any:  # noqa: ANN401 - Django's
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            seconds = time.perf_counter() - started
            self.count += 1
            self.seconds += seconds
            if seconds * 1000 >= settings.SLOW_QUERY_MS:
                # Never the parameters: they are somebody's money.
                database.warning("slow query", sql=str(sql)[:LONGEST_SQL], ms=round(seconds * 1000))


class ObservingMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        clear_contextvars()
        identity = request_id(request)
        bind_contextvars(request_id=identity)
        queries, started = Queries(), time.perf_counter()
        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(queries))
            response = self.get_response(request)
        seconds = time.perf_counter() - started
        response.headers["X-Request-ID"] = identity
        response.headers["Server-Timing"] = (
            f'db;dur={queries.seconds * 1000:.1f};desc="{queries.count} queries", '
            f"total;dur={seconds * 1000:.1f}"
        )
        log(request, response, seconds, queries)
        metrics.observe(request, response.status_code, seconds, queries.count)
        return response

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: Sequence[object],
        kwargs: dict[str, object],
    ) -> None:
        # Pages that anybody may open must not cost a query only for the log.
        if getattr(view, "login_required", True) and request.user.is_authenticated:
            bind_contextvars(user_id=request.user.pk)


def request_id(request: HttpRequest) -> str:
    """The proxy's, so that its log and ours can be read together; a stranger's is not believed."""
    given = request.headers.get("X-Request-ID", "")
    believed = settings.TRUSTED_PROXIES and PROXY_ID.match(given)
    return given if believed else uuid.uuid4().hex


def log(request: HttpRequest, response: HttpResponse, seconds: float, queries: Queries) -> None:
    write = access.debug if QUIET.match(request.path) else access.info
    write(
        "request",
        method=request.method,
        path=request.path,  # without the query, which may name what somebody looks for
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        queries=queries.count,
        db_ms=round(queries.seconds * 1000, 1),
    )
