"""Figures for Prometheus, at /metrics for whoever has the token or sits on this machine.

Several gunicorn workers share their counters through files in PROMETHEUS_MULTIPROC_DIR, else each
scrape would tell those of one worker, a different one each time (docker/gunicorn.conf.py sets it).
"""

import ipaddress
import os
import resource
import secrets
import sys
import time
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
REQUESTS = Counter("portfolio_requests", "Requests answered", ["method", "view", "status"])
DURATION = Histogram("portfolio_request_seconds", "Time to answer", ["view"], buckets=SECONDS)
QUERIES = Counter("portfolio_request_queries", "Database queries of requests", ["view"])
MEMORY = Gauge("portfolio_process_memory_bytes", "Memory in use", multiprocess_mode="liveall")
CPU = Gauge("portfolio_process_cpu_seconds", "Processor time used", multiprocess_mode="liveall")
STARTED = Gauge("portfolio_process_start_seconds", "Start, Unix time", multiprocess_mode="liveall")
STARTED.set(time.time())


def observe(request: HttpRequest, status: int, seconds: float, queries: int) -> None:
    """By the view's name: by path, every transaction would become a time series of its own."""
    match = request.resolver_match
    view = (match and match.view_name) or "none"
    REQUESTS.labels(request.method, view, status).inc()
    DURATION.labels(view).observe(seconds)
    QUERIES.labels(view).inc(queries)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    CPU.set(usage.ru_utime + usage.ru_stime)
    MEMORY.set(memory(usage))


def memory(usage: resource.struct_rusage) -> int:
    try:
        with open("/proc/self/statm") as pages:  # noqa: PTH123 - at every request
            return int(pages.read().split()[1]) * resource.getpagesize()
    except FileNotFoundError:  # macOS knows only the peak, in bytes
        return usage.ru_maxrss if sys.platform == "darwin" else usage.ru_maxrss * 1024


class DatabaseCollector(Collector):
    """What only the database knows, asked at each scrape: the queue and the imports of all machines."""

    FIGURES: tuple[tuple[str, str, list[str], str], ...] = (
        ("portfolio_jobs", "Jobs by queue and status", ["queue", "status"],
         "select queue_name, status::text, count(*) from procrastinate_jobs group by 1, 2"),
        ("portfolio_imports", "Imported files by format and status", ["format", "status"],
         "select format, status, count(*) from imports group by 1, 2"),
        ("portfolio_transactions", "Transactions in the ledger", [],
         "select count(*) from transactions"),
    )  # fmt: skip

    def collect(self) -> Iterator[Metric]:
        with connection.cursor() as cursor:
            for name, text, labels, query in self.FIGURES:
                family = GaugeMetricFamily(name, text, labels=labels)
                cursor.execute(query)
                for *values, count in cursor.fetchall():
                    family.add_metric([str(value) for value in values], count)
                yield family
            yield GaugeMetricFamily(
                "portfolio_oldest_job_seconds",
                "Wait of the oldest job that is due",
                self.wait(cursor),
            )

    def wait(self, cursor: object) -> float:
        cursor.execute(  # type: ignore[attr-defined] # Django's cursors have no common type
            "select coalesce(extract(epoch from now() - min(coalesce(scheduled_at, at))), 0)"
            " from procrastinate_jobs j left join procrastinate_events e"
            " on e.job_id = j.id and e.type = 'deferred'"
            " where status = 'todo' and coalesce(scheduled_at, now()) <= now()"
        )
        return float(cursor.fetchone()[0])  # type: ignore[attr-defined] # as above


def registry() -> CollectorRegistry:
    together = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(together)  # type: ignore[no-untyped-call] # the library's
    else:
        together.register(REGISTRY)
    together.register(DatabaseCollector())
    return together


def is_allowed(request: HttpRequest) -> bool:
    if token := settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {token}".encode())
    # A proxy on this machine comes from loopback too, but says for whom.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    address = request.META.get("REMOTE_ADDR", "")
    return bool(address) and ipaddress.ip_address(address).is_loopback


@login_not_required
@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    if not is_allowed(request):
        raise Http404("Set METRICS_TOKEN and send it: Authorization: Bearer TOKEN")
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)
