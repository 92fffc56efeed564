"""The worker of the development stack: runs the code of the checkout as it is now.

``python -m portfolio.reloading_worker`` starts ``manage.py procrastinate worker``, again whenever a
Python file changes, and also when it ends by itself: a worker ends without an error when the database
goes away. The development server without Compose has its own worker, see portfolio/dev_worker.py.
"""

import signal
import subprocess
import sys
import threading
from pathlib import Path

from watchfiles import PythonFilter, watch

from portfolio import env
from portfolio.devreload import bytecode

BASE_DIR = Path(__file__).resolve().parent.parent
WATCHED = [BASE_DIR / name for name in ("portfolio", "pricing", "snapshots", "transactions")]
COMMAND = [sys.executable, "manage.py", "procrastinate", "worker"]
# A job that takes longer to end is stopped, which undoes it; it runs again later. Short, because somebody
# waits: for their edit, or for make down while a provider of prices does not answer.
GRACE_SECONDS = 2
LOOK_EVERY_MS = 1000


def main() -> None:
    """Work until SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    worker = start()
    changes = watch(
        *WATCHED,
        watch_filter=PythonFilter(),
        stop_event=ended,
        rust_timeout=LOOK_EVERY_MS,
        yield_on_timeout=True,
        # Windows drives in WSL2 report nothing; there every file is looked at.
        force_polling=env.flag("RELOAD_POLLING", default=False),
    )
    for changed in changes:
        for _, path in changed:
            bytecode.forget(Path(path))
        if changed or worker.poll() is not None:
            stop(worker)
            worker = start()
    stop(worker)


def start() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(COMMAND, cwd=BASE_DIR)


def stop(worker: "subprocess.Popen[bytes]") -> None:
    """Let it finish what it is at, but not for long."""
    worker.terminate()
    try:
        worker.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


if __name__ == "__main__":
    main()
