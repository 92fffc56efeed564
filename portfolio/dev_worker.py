"""A worker beside the development server, so that background jobs need no second terminal.

``manage.py runserver`` calls ``start_dev_worker`` in the process that serves. The worker is a process
of its own, because an import would slow the pages of the same process down, and it ends when the
server does in whatever way: it reads from a pipe whose other end only the server holds. An autoreload
is an end of the server too, so the worker always runs the code that the pages run. In production a
supervisor runs ``manage.py procrastinate worker``.
"""

import atexit
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from django.utils.autoreload import file_changed

from portfolio import embedded

logger = logging.getLogger(__name__)

BASE_DIR = Path(__file__).resolve().parent.parent
# A job that takes longer to end is stopped, which undoes it; it runs again later.
GRACE_SECONDS = 10
# Between attempts while the database is away, or not migrated yet.
PAUSE_SECONDS = 2
# An edit of Python code ends the server within moments; later ends have another reason.
RELOAD_SECONDS = 2
_edits: list[float] = []


def start_dev_worker() -> subprocess.Popen[bytes]:
    """Start the worker; it lives as long as this process."""
    command = [sys.executable, "-m", "portfolio.dev_worker"]
    worker = subprocess.Popen(command, cwd=BASE_DIR, stdin=subprocess.PIPE)
    file_changed.connect(note_edit)
    # While we leave in good order the worker may finish first, and nothing of ours outlives us.
    atexit.register(stop, worker)
    return worker


def note_edit(file_path: Path, **_: object) -> None:
    if file_path.suffix == ".py":
        _edits.append(time.monotonic())


def stop(worker: subprocess.Popen[bytes]) -> None:
    """Let the worker finish what it is at, but not for long."""
    assert worker.stdin
    worker.stdin.close()
    if _edits and time.monotonic() - _edits[-1] < RELOAD_SECONDS:
        return  # a reload: the next server waits for no job, and its worker works beside the old one
    try:
        worker.wait(GRACE_SECONDS + PAUSE_SECONDS)
    except subprocess.TimeoutExpired:
        worker.kill()


def main() -> None:
    """Work until standard input ends."""
    os.nice(5)  # after a reload the pages come first
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portfolio.settings")
    if embedded.is_needed():
        cluster = embedded.locate(embedded.data_directory())
        atexit.register(embedded.stop_if_unused, cluster, embedded.start(cluster))
    ended = threading.Event()
    threading.Thread(target=_watch_server, args=(ended,), daemon=True).start()
    import django  # noqa: PLC0415 - the database may have to be started first

    django.setup()
    while not ended.is_set():
        _work()
        ended.wait(PAUSE_SECONDS)


def _work() -> None:
    """One worker's life. It also ends, without an error, when the database goes away."""
    from procrastinate.contrib.django import app  # noqa: PLC0415 - after django.setup()
    from procrastinate.exceptions import ConnectorException  # noqa: PLC0415

    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined] # Django's
    try:
        with app.replace_connector(connector):
            app.run_worker(shutdown_graceful_timeout=GRACE_SECONDS)
    except ConnectorException as error:
        logger.warning("The worker cannot reach its queue (%s); it tries again.", error)
    except KeyboardInterrupt:
        # Ctrl+C reaches the whole group of processes; the server's end tells whether it was meant.
        pass


def _watch_server(ended: threading.Event) -> None:
    sys.stdin.buffer.read()
    ended.set()
    # The worker's own way to stop: it finishes the job that it is at.
    os.kill(os.getpid(), signal.SIGTERM)
    timer = threading.Timer(GRACE_SECONDS, os._exit, (1,))
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    main()
