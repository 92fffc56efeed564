"""Starts and ends the server of a cluster, whatever a crash or another process left behind."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psycopg

from portfolio.embedded import creation
from portfolio.embedded.cluster import DATABASE, PORT, Cluster, EmbeddedError

SECONDS_TO_START = 120  # crash recovery of a large import takes its time
SECONDS_TO_LET_GO = 1
LARGEST_LOG = 10_000_000


def start(cluster: Cluster) -> IO[str]:
    """Make sure that the server answers and its database exists; 5 ms when they already do.

    The returned file counts this process among the users of the server until it is closed.
    """
    creation.prepare_directories(cluster)
    held = open_lock(cluster, ".users")
    # Before looking: otherwise the last user could take the server away in between.
    fcntl.flock(held, fcntl.LOCK_SH)
    try:
        if not connects(cluster):
            bring_up(cluster)
    except BaseException:
        held.close()
        raise
    return held


def bring_up(cluster: Cluster) -> None:
    with exclusive(cluster):
        if not (cluster.data / "PG_VERSION").exists():
            creation.initialise(cluster)
        creation.require_same_major(cluster)
        launch(cluster)
        create_database(cluster)


def stop(cluster: Cluster) -> bool:
    """End the server if it runs. False when there was none."""
    if not cluster.data.is_dir():
        return False
    with exclusive(cluster):
        number = postmaster(cluster)
        if number is None:
            return False
        # SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything is written.
        os.kill(number, signal.SIGINT)
        wait_until(lambda: postmaster(cluster) is None, "stop", cluster)
    return True


def stop_if_unused(cluster: Cluster, held: IO[str]) -> None:
    """Give up the hold, and end the server when no other process holds it."""
    held.close()
    with open_lock(cluster, ".users") as users:
        # After Ctrl-C the reloader's child may take a moment longer than its parent.
        deadline = time.monotonic() + SECONDS_TO_LET_GO
        while not locked_for_us_alone(users):
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)
        stop(cluster)


def locked_for_us_alone(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def open_lock(cluster: Cluster, suffix: str) -> IO[str]:
    lock = cluster.data.with_suffix(suffix).open("a")
    if cluster.owner and os.fstat(lock.fileno()).st_uid == 0:
        # An ordinary user of the same checkout must be able to lock it too.
        os.fchown(lock.fileno(), cluster.owner.pw_uid, cluster.owner.pw_gid)
    return lock


@contextlib.contextmanager
def exclusive(cluster: Cluster) -> Iterator[None]:
    with open_lock(cluster, ".lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def launch(cluster: Cluster) -> None:
    wait_until(lambda: state(cluster) != "busy", "start", cluster)
    if state(cluster) == "answers":
        return
    clear_stale_pid(cluster)
    creation.write_settings(cluster)
    log = cluster.data / "server.log"
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".old"))
    wait = ("-w", "-t", str(SECONDS_TO_START))
    try:
        creation.run(cluster, "pg_ctl", *wait, "-D", str(cluster.data), "-l", str(log), "start")
    except EmbeddedError as error:
        tail = log.read_text(errors="replace").splitlines()[-8:] if log.exists() else []
        raise EmbeddedError("\n  ".join([str(error), f"The end of {log}:", *tail])) from error


def create_database(cluster: Cluster) -> None:
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", [DATABASE])
        if not found.fetchone():
            connection.execute(f"create database {DATABASE}")


def connects(cluster: Cluster) -> bool:
    try:
        psycopg.connect(cluster.conninfo(DATABASE), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def state(cluster: Cluster) -> str:
    """answers; busy (starting, recovering or shutting down); absent."""
    pg_isready = creation.binaries(cluster.owner) / "pg_isready"
    code = cluster.call(pg_isready, "-q", "-t", "3", "-h", cluster.socket, "-p", PORT)
    return {0: "answers", 1: "busy"}.get(code, "absent")


def processes(cluster: Cluster) -> list[int]:
    """Live PostgreSQL processes that work in this data directory, zombies left out."""
    import psutil  # noqa: PLC0415 - optional dependency: comes with the embedded binaries

    data = cluster.data.resolve()
    found = []
    for process in psutil.process_iter(["name", "status"]):
        if process.info["name"] != "postgres" or process.info["status"] == psutil.STATUS_ZOMBIE:
            continue
        with contextlib.suppress(psutil.Error):  # it ended meanwhile, or is another user's
            try:
                works_here = Path(process.cwd()) == data
            except psutil.AccessDenied:
                # Root in a container may not ask that, but may read the command line.
                works_here = str(cluster.data) in process.cmdline()
            if works_here:
                found.append(process.pid)
    return found


def postmaster(cluster: Cluster) -> int | None:
    """The server's process number, only if a live server of this very directory has it."""
    try:
        number = int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return number if number in processes(cluster) else None


def clear_stale_pid(cluster: Cluster) -> None:
    """After kill -9 or a reboot the recorded number may be a zombie's or another program's, and
    PostgreSQL then refuses to start. Removed only when nothing works in the directory any more."""
    number = postmaster(cluster)
    if number is not None:
        raise EmbeddedError(
            f"The PostgreSQL server of {cluster.data} (process {number}) runs but does not answer "
            f"at {cluster.socket}. End it with: kill {number}"
        )
    # Sessions of a killed server notice its death within moments.
    wait_until(lambda: not processes(cluster), "clean up after itself", cluster)
    for leftover in (
        cluster.data / "postmaster.pid",
        cluster.socket / f".s.PGSQL.{PORT}.lock",
        cluster.socket / f".s.PGSQL.{PORT}",
    ):
        leftover.unlink(missing_ok=True)


def wait_until(condition: Callable[[], bool], verb: str, cluster: Cluster) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not condition():
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"The PostgreSQL server of {cluster.data} did not {verb} within {SECONDS_TO_START} "
                f"seconds. Its log is {cluster.data / 'server.log'}."
            )
        time.sleep(0.05)
