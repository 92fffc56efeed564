"""Where a cluster of the embedded PostgreSQL lives, and as whom its programs run."""

import contextlib
import hashlib
import os
import pwd
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent.parent
USER = DATABASE = "portfolio"
PORT = "5432"  # names the socket file only; nothing listens on TCP
# Longest path of a Unix socket on macOS; Linux allows four more.
LONGEST_SOCKET_PATH = 103
# Where root keeps what the server's unprivileged user could not reach in the checkout.
ROOT_HOME = Path("/var/lib/portfolio-tracker")


class EmbeddedError(Exception):
    """A sentence for the person at the terminal: what is wrong and what to do next."""


@dataclass(frozen=True)
class Cluster:
    """One data directory with its server. All processes of a checkout compute the same one."""

    data: Path
    socket: Path
    durable: bool
    owner: pwd.struct_passwd | None  # whom root becomes, because PostgreSQL refuses to run as root

    def conninfo(self, database: str) -> str:
        from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - slow import, settings need none

        return make_conninfo(host=str(self.socket), port=PORT, user=USER, dbname=database)

    def call(self, *command: str | Path, output: IO[Any] | int | None = None) -> int:
        return call_as(self.owner, command, output)


def is_needed() -> bool:
    """Whether the environment names no other database."""
    return not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))


def data_directory() -> Path:
    """What this installation writes: the embedded database, and in development the secret key."""
    return Path(os.environ.get("PORTFOLIO_DATA_DIR") or ROOT / ".data").absolute()


def locate(base: Path, name: str = "postgres", *, durable: bool = True) -> Cluster:
    """Compute where the cluster lives. Changes nothing, so settings may call it at import."""
    owner = server_owner()
    if owner and not reachable(owner, base):
        base = ROOT_HOME / digest(base)
    data = base / name
    if owner and data.exists():
        # Made by an ordinary user before: root joins in without taking it away.
        owner = user_with(data.stat().st_uid) or owner
    return Cluster(data, socket_directory(data), durable, owner)


def server_owner() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and this machine has neither a user postgres nor a user "
        "nobody to run it as. Add one (useradd --system postgres), or run this as an ordinary user."
    )


def user_with(number: int) -> pwd.struct_passwd | None:
    """None for root and for numbers without a name."""
    try:
        return pwd.getpwuid(number) if number else None
    except KeyError:
        return None


def reachable(owner: pwd.struct_passwd, path: Path) -> bool:
    """Whether root's stand-in can enter the path, or what exists of it: not so below /root."""
    while not path.exists():
        path = path.parent
    return call_as(owner, ["/bin/sh", "-c", 'test -x "$1"', "sh", path]) == 0


def call_as(
    owner: pwd.struct_passwd | None,
    command: Sequence[str | Path],
    output: IO[Any] | int | None = None,
) -> int:
    # No PGPORT, PGDATA or the like of the caller may reach the server.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    return subprocess.run(
        command,
        check=False,
        cwd="/",
        env=environment | {"LC_ALL": "C"},
        stdout=output,
        stderr=output,
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
    ).returncode


def digest(path: Path) -> str:
    return hashlib.sha256(bytes(path)).hexdigest()[:10]


def socket_directory(data: Path) -> Path:
    if len(bytes(data / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH:
        return data
    return Path(tempfile.gettempdir()) / f"portfolio-{os.geteuid()}-{digest(data)}"
