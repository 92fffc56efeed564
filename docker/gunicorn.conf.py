"""How gunicorn serves the production image; every value that depends on the machine is a variable."""

import gc
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

bind = ["0.0.0.0:8000"]
# Two processes use two cores; threads wait for the database and for slow browsers. More of either
# need more memory, and more connections than PostgreSQL's 100 if there are many replicas.
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
worker_class = "gthread"
# An import of thousands of rows in a request takes a while, and is undone if it is cut off.
timeout = int(os.environ.get("WEB_TIMEOUT") or 120)
graceful_timeout = 20
# Behind a reverse proxy connections are reused.
keepalive = 5
# Replaced now and then, so that a leak in a library cannot grow for ever; not all at once.
max_requests = 5000
max_requests_jitter = 500
# The root file system is read-only, and a heartbeat must never wait for a disk.
shared_memory = "/dev/shm"  # noqa: S108 - a file system in memory, private to the container
worker_tmp_dir = shared_memory if Path(shared_memory).is_dir() else None  # macOS has none
# Each process loads the application by itself: threads and connections do not survive a fork.
preload_app = False
# Nobody attaches to a container to steer it, and there is no place for the socket.
control_socket_disable = True
accesslog = None
errorlog = "-"
# Which proxies are believed is Django's setting TRUSTED_PROXIES.
forwarded_allow_ips = "*"

# The workers' counters, in files that all of them see: /metrics adds them up. In memory, like those
# of a process would be; what a former start left there would count twice.
METRICS = Path(
    os.environ.setdefault(
        "PROMETHEUS_MULTIPROC_DIR", str(Path(tempfile.gettempdir()) / "portfolio-metrics")
    )
)


def on_starting(server: object) -> None:
    shutil.rmtree(METRICS, ignore_errors=True)
    METRICS.mkdir(mode=0o700, parents=True)


def post_worker_init(worker: object) -> None:
    # What is loaded by now stays. Looking for rubbish in it too holds a request up for tens of milliseconds.
    gc.freeze()


def child_exit(server: object, worker: Any) -> None:  # noqa: ANN401 - gunicorn has no types
    from prometheus_client import multiprocess  # noqa: PLC0415 - reads the variable when imported

    multiprocess.mark_process_dead(worker.pid)
