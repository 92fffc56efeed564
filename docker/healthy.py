"""The health checks of the containers: `python docker/healthy.py web` or `worker`. Exits with 0 or 1.

Web is healthy when its process answers, whatever the database does: restarting web repairs no database.
The worker is healthy when it runs and a worker has reported to the queue during the last minute.
"""

import os
import socket
import sys
from pathlib import Path

PORT = 8000
SILENT_SECONDS = 60


def web() -> str:
    # By hand, because importing an HTTP client costs more than the question, twice a second at a start.
    request = b"GET /up HTTP/1.0\r\nHost: localhost\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", PORT), timeout=4) as connection:
            connection.sendall(request)
            answer = connection.recv(64).split(b" ", 2)
    except OSError as error:
        return f"Port {PORT} does not answer: {error}."
    return "" if answer[1:2] == [b"200"] else f"/up answers with {answer!r}."


def worker() -> str:
    if not any(is_worker(process) for process in Path("/proc").glob("[0-9]*/cmdline")):
        return "No worker process runs."
    import psycopg  # noqa: PLC0415 - web is checked without any package

    alive = "SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - %s * interval '1 s'"
    try:
        with psycopg.connect(database_url(), connect_timeout=3) as connection:
            reporting = connection.execute(alive, [SILENT_SECONDS]).fetchone()
    except psycopg.Error as error:
        return f"The queue does not answer: {error}"
    return "" if reporting is not None else f"No worker reported for {SILENT_SECONDS} seconds."


def is_worker(command: Path) -> bool:
    try:
        return b"procrastinate\0worker" in command.read_bytes()
    except OSError:  # it ended meanwhile
        return False


def database_url() -> str:
    file = os.environ.get("DATABASE_URL_FILE")
    return Path(file).read_text().strip() if file else os.environ["DATABASE_URL"]


if __name__ == "__main__":
    problem = {"web": web, "worker": worker}[sys.argv[1]]()
    sys.exit(problem or 0)
