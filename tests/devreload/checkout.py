"""A copy of the source with a development server of its own, for tests that edit files."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("manage.py", "portfolio", "pricing", "snapshots", "transactions", "templates", "static")
SECONDS_TO_START = 60


class Checkout:
    def __init__(self, root: Path, port: int) -> None:
        self.root = root
        self.port = port
        self.url = f"http://localhost:{port}"
        self.log = root / "server.log"

    def edit(self, path: str, old: str, new: str) -> float:
        """Replace a piece of a file; returns when it was written."""
        file = self.root / path
        text = file.read_text()
        assert old in text, f"{path} does not contain {old!r}"
        file.write_text(text.replace(old, new))
        return time.monotonic()


def make(folder: Path) -> Checkout:
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Checkout(folder, probe.getsockname()[1])


def environment() -> dict[str, str]:
    """The database, cache and key of the test, so that its users and sessions are valid there."""
    database = connection.settings_dict
    host = quote(str(database["HOST"]), safe="")
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "portfolio.settings",
        "DEBUG": "1",
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": f"postgres://{database['USER']}@{host}:{database['PORT']}/{database['NAME']}",
        "REDIS_URL": f"unix://{settings.VALKEY_SOCKET}",
        "DATABASE_POOL_SIZE": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@contextlib.contextmanager
def serving(checkout: Checkout, **variables: str) -> Iterator[None]:
    """runserver as people run it, reloader and worker included."""
    command = [sys.executable, "manage.py", "runserver", str(checkout.port)]
    with checkout.log.open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=checkout.root,
            env=environment() | variables,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for_port(checkout, server)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def wait_for_port(checkout: Checkout, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", checkout.port), timeout=1).close()
            return
        time.sleep(0.05)
    raise AssertionError(f"The server did not start:\n{checkout.log.read_text()}")
