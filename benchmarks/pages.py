"""How fast the pages answer: python benchmarks/pages.py ROWS [--requests 60]

A ledger of so many transactions in 200 instruments over ten years, with a price and a rate for each day,
behind gunicorn with two workers, as an installation runs it. Every page is asked by one client and by
sixteen. Prints a line per page: milliseconds (median and 95th percentile), and the queries that the
server says it needed. The floor is /up, which asks nothing, in the same run.
"""

import argparse
import http.client
import importlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
synthetic = importlib.import_module("import")  # also sets Django up

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from portfolio.models import Position  # noqa: E402
from pricing.bulk import copy_rows  # noqa: E402
from pricing.models import Instrument  # noqa: E402
from snapshots.record import record_account  # noqa: E402
from tests import servers  # noqa: E402
from tests.infrastructure.stack import free_ports  # noqa: E402
from transactions.files import Choices, import_path  # noqa: E402
from transactions.models import Account, Import, Transaction  # noqa: E402

DAYS = 3653
WARM_UPS = 12
FIRST = date(2015, 1, 1)
SECRET = "only for this benchmark, but long enough for the checks of an installation"  # noqa: S105


# ---- the data -----------------------------------------------------------------------------------


def fill(rows: int, folder: Path) -> User:
    owner = User.objects.create(username="benchmark")
    path = folder / "benchmark.csv"
    synthetic.write_export(path, rows, synthetic.START, seed=1)
    (outcome,) = import_path(owner, path, Choices(), synthetic.no_progress)
    if outcome.error:
        raise SystemExit(outcome.error)
    # Read beforehand: while COPY runs the connection does nothing else.
    tickers = list(Instrument.objects.values_list("ticker", flat=True))
    copy_rows("price_history", PRICE_COLUMNS, prices(tickers))
    copy_rows("exchange_rates", ("currency", "date", "rate", "source", "created_at"), rates())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for account in Account.objects.all():
        record_account(account, FIRST + timedelta(DAYS - 1))
    return owner


PRICE_COLUMNS = (
    "ticker", "date", "close_price", "currency", "source", "adjusted_for_splits", "quarantine", "created_at",
)  # fmt: skip


def days() -> list[date]:
    return [FIRST + timedelta(number) for number in range(DAYS)]


def prices(tickers: list[str]) -> Iterator[tuple[object, ...]]:
    now = synthetic.datetime.now(synthetic.UTC)
    for place, ticker in enumerate(tickers):
        for number, day in enumerate(days()):
            price = Decimal(10_000 + (number * (place + 3)) % 9_973).scaleb(-2)
            yield ticker, day, price, "USD", "imported", False, "", now


def rates() -> Iterator[tuple[object, ...]]:
    now = synthetic.datetime.now(synthetic.UTC)
    for number, day in enumerate(days()):
        yield "USD", day, Decimal(10_500 + number % 997).scaleb(-4), "ECB", now


# ---- the server ---------------------------------------------------------------------------------


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    (port,) = free_ports(1)
    database = connection.settings_dict
    host = quote(str(database["HOST"]), safe="")
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {
        "DATABASE_URL": f"postgres://{database['USER']}@{host}:{database['PORT']}/{database['NAME']}",
        "REDIS_URL": f"unix://{settings.VALKEY_SOCKET}",
        "SECRET_KEY": SECRET,
        "ALLOWED_HOSTS": "localhost",
        "HTTPS": "false",
        "STATIC_ROOT": str(folder / "static"),
        "LOG_LEVEL": "WARNING",
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
    }
    manage = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(manage, cwd=ROOT, env=environment, check=True)
    command = [sys.executable, "-m", "gunicorn", "--config", "docker/gunicorn.conf.py"]
    command += ["--bind", f"127.0.0.1:{port}", "portfolio.wsgi"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def wait_for(port: int) -> None:
    for _ in range(600):
        try:
            ask(http.client.HTTPConnection("localhost", port, timeout=5), "/up", "")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("gunicorn did not answer within a minute.")


# ---- the measurement ----------------------------------------------------------------------------


def ask(client: http.client.HTTPConnection, path: str, cookie: str) -> tuple[float, int]:
    """Milliseconds and queries of one answer."""
    started = time.perf_counter()
    client.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "identity"})
    answer = client.getresponse()
    answer.read()
    spent = (time.perf_counter() - started) * 1000
    if answer.status != http.client.OK:
        raise SystemExit(f"{path} answered {answer.status}.")
    told = re.search(r"(\d+) queries", answer.headers.get("Server-Timing", ""))
    return spent, int(told[1]) if told else 0


def connected(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("localhost", port, timeout=60)


def load(port: int, path: str, cookie: str, clients: int, requests: int) -> list[float]:
    times: list[float] = []

    def visit() -> None:
        client = connected(port)
        for _ in range(max(1, requests // clients)):
            times.append(ask(client, path, cookie)[0])
        client.close()

    threads = [threading.Thread(target=visit) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def measure(port: int, path: str, cookie: str, requests: int) -> str:
    cold, cold_queries = ask(connected(port), path, cookie)
    # A connection stays with the worker that took it: with so many, each has met the page.
    queries = max(ask(connected(port), path, cookie)[1] for _ in range(WARM_UPS))
    columns = [f"{cold:8.0f} {cold_queries:4}", f"{queries:4}"]
    for clients in (1, 16):
        times = load(port, path, cookie, clients, requests)
        p95 = statistics.quantiles(times, n=20)[-1]
        columns.append(f"{statistics.median(times):8.1f} {p95:8.1f}")
    return " ".join(columns)


def paths() -> Iterator[str]:
    yield "/up"
    position = Position.objects.order_by("-quantity").first()
    assert position
    for name in (
        "portfolio:overview", "snapshots:performance", "snapshots:series",
        "snapshots:changes", "portfolio:positions", "transactions:transactions",
        "portfolio:income", "portfolio:gains", "portfolio:data-health", "pricing:prices",
        "transactions:imports", "transactions:accounts",
    ):  # fmt: skip
        yield reverse(name)
    yield position.get_absolute_url()
    yield reverse("pricing:instrument", args=[position.instrument.pk])
    yield reverse("transactions:transaction", args=[Transaction.objects.latest("pk").pk])
    yield reverse("transactions:import-detail", args=[Import.objects.latest("pk").pk])


def run(rows: int, requests: int, folder: Path) -> None:
    started = time.perf_counter()
    owner = fill(rows, folder)
    print(f"{rows} transactions after {time.perf_counter() - started:.0f} s")
    settings.SECRET_KEY = SECRET  # the session must be valid in the server
    client = Client()
    client.force_login(owner)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    with serving(folder) as port:
        print(
            f"{'ms':>40} {'first  q':>13} {'q':>4} {'1: p50':>8} {'p95':>8} {'16: p50':>8} {'p95':>8}"
        )
        for path in paths():
            print(f"{path:>40} {measure(port, path, cookie, requests)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("--requests", type=int, default=64)
    options = parser.parse_args()
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with tempfile.TemporaryDirectory() as folder, servers.valkey(settings.VALKEY_SOCKET):
            run(options.rows, options.requests, Path(folder))
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
