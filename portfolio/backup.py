"""Dumps of the whole database, and the way back from one.

With PostgreSQL's own programs: they know every type and constraint, and a dump can be read without
this application. They come with the embedded PostgreSQL and with the images.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from portfolio import embedded, env
from portfolio.embedded import creation

KEEP = 14
SUFFIX = ".dump"
# As the server makes it in a new database; else the next dump would contain the schema itself.
EMPTY = """SET lock_timeout = '30s';
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
ALTER SCHEMA public OWNER TO pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
COMMENT ON SCHEMA public IS 'standard public schema';
"""
APPLIED = re.compile(r"^\d+\t([^\t]+)\t([^\t]+)\t", re.MULTILINE)


class BackupError(Exception):
    """A sentence for the terminal: what is wrong and what to do next."""


# ---- making one -------------------------------------------------------------------------------------


def back_up(folder: Path, name: str = "") -> Path:
    """Write a dump that only its owner can read, and check it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    path = folder / f"portfolio-{stamp}{name and '-' + name}{SUFFIX}"
    # Under another name until it is whole, so that a killed run leaves nothing that looks like a backup.
    draft = path.with_suffix(".part")
    draft.touch(mode=0o600)
    try:
        run("pg_dump", "--format=custom", f"--file={draft}", "--no-owner", "--no-privileges")
        contents(draft)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def folder_of_backups() -> Path:
    return Path(env.text("BACKUP_DIR", str(settings.BASE_DIR / "backups")))


def rotate(folder: Path) -> list[Path]:
    """Remove all but the newest BACKUP_KEEP dumps that this program named."""
    keep = env.number("BACKUP_KEEP", KEEP, least=1)
    old = sorted(folder.glob(f"portfolio-*{SUFFIX}"))[:-keep]
    for path in old:
        path.unlink()
    return old


def contents(path: Path) -> str:
    """The table of contents; raises if the file is no complete dump."""
    return run("pg_restore", "--list", str(path), connect=False)


# ---- going back to one ------------------------------------------------------------------------------


def check(path: Path) -> None:
    """Refuse what cannot be restored here, before anything is touched."""
    if not path.is_file():
        raise BackupError(f"There is no file {path}. The backups are in {folder_of_backups()}.")
    if "TABLE DATA public django_migrations" not in contents(path):
        raise BackupError(f"{path} is a dump of another program's database: it has no migrations.")
    unknown = sorted(applied_in(path) - known_migrations())
    if unknown:
        raise BackupError(
            f"{path} was made by a newer version of this program: {', '.join(unknown)} is not known here. "
            f"Install that version first, then restore."
        )


def applied_in(path: Path) -> set[str]:
    rows = run(
        "pg_restore",
        "--data-only",
        "--table=django_migrations",
        "--file=-",
        str(path),
        connect=False,
    )
    return {f"{app}.{name}" for app, name in APPLIED.findall(rows)}


def known_migrations() -> set[str]:
    found = MigrationLoader(None).disk_migrations
    known = {f"{app}.{name}" for app, name in found}
    # A squashed migration stands for those that it replaced.
    replaced = (migration.replaces for migration in found.values())
    return known | {f"{app}.{name}" for names in replaced for app, name in names}


def restore(path: Path) -> None:
    """Replace all that is in the database, in one transaction: afterwards it is the old or the new."""
    check(path)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        connection.close()
        # As one script, so that emptying the schema belongs to the transaction too.
        script.write(EMPTY)
        script.flush()
        with Path(script.name).open("a") as end:
            run("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(path), output=end)
        run("psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1",
            "--output=/dev/null", f"--file={script.name}")  # fmt: skip


def is_empty() -> bool:
    """Whether there is nothing that a safety copy would have to keep."""
    try:
        return not connection.introspection.table_names()
    except DatabaseError as error:
        raise BackupError(f"The database does not answer ({error}). Start it first.") from error


# ---- PostgreSQL's programs --------------------------------------------------------------------------


def run(program: str, *arguments: str, connect: bool = True, output: IO[Any] | None = None) -> str:
    # Restoring to standard output needs no connection, and knows no option for one.
    connects = connect and output is None
    command = [find(program), *arguments, *([f"--dbname={database_name()}"] if connects else [])]
    result = subprocess.run(
        command,
        env=environment(),
        stdout=output or subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if result.returncode:
        raise BackupError(f"{program} failed: {result.stderr.strip() or 'it gave no reason.'}")
    return str(result.stdout or "")


def find(program: str) -> str:
    found = shutil.which(program)
    if found and not embedded.is_needed():
        return found
    try:
        # Of the wheel and as ourselves: these programs, unlike the server, may run as root.
        path = creation.binaries(None) / program
    except embedded.EmbeddedError as error:
        raise BackupError(
            f"{program} is not installed here. Install PostgreSQL's client programs, at least in the "
            f"version of the server (Debian: postgresql-client), or run this in the container of web."
        ) from error
    return str(path)


def database_name() -> str:
    return str(connection.settings_dict["NAME"])


def environment() -> dict[str, str]:
    """The address by variables: a password among the arguments would show in the list of processes."""
    parameters = connection.get_connection_params()
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "sslmode": "PGSSLMODE",
        "sslrootcert": "PGSSLROOTCERT",
    }
    address = {names[key]: str(parameters[key]) for key in names.keys() & parameters.keys()}
    return _without_postgres(os.environ.items()) | address


def _without_postgres(variables: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in variables if not name.startswith("PG")}
