"""The launcher against real servers, and against what crashes leave behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from portfolio import embedded
from portfolio.embedded import creation, server

START = """
import sys
from pathlib import Path
from portfolio import embedded
embedded.start(embedded.locate(Path(sys.argv[1]), "fresh", durable=False)).close()
"""


@pytest.fixture(scope="session")
def base():
    # Blanks and quotes are what paths of real machines have. Not below pytest's own folder, which
    # the server's user cannot enter when root runs the tests.
    folder = Path(tempfile.mkdtemp(prefix="it's a folder "))
    folder.chmod(0o755)
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def start():
    held = []

    def start(cluster: embedded.Cluster):
        held.append(embedded.start(cluster))
        return held[-1]

    yield start
    for file in held:
        file.close()


@pytest.fixture
def cluster(base):
    """One for all these tests, because making it takes most of their time; each finds it stopped."""
    cluster = embedded.locate(base, durable=False)
    yield cluster
    embedded.stop(cluster)


@pytest.fixture
def fresh(base):
    """A cluster that is not made yet."""
    cluster = embedded.locate(base, "fresh", durable=False)
    yield cluster
    embedded.stop(cluster)
    shutil.rmtree(cluster.data, ignore_errors=True)


@pytest.fixture
def changed():
    """Changes files, and puts them back as they were."""
    before = {}

    def changed(file: Path, text: str):
        before[file] = file.read_text()
        file.write_text(text)

    yield changed
    for file, text in before.items():
        file.write_text(text)


def query(cluster: embedded.Cluster, sql: str):
    with psycopg.connect(cluster.conninfo(embedded.DATABASE), autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None


def pid_in_file(cluster: embedded.Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def test_it_starts_in_a_path_with_blanks_and_quotes_and_again_costs_nothing(cluster, start):
    start(cluster)
    first = pid_in_file(cluster)
    start(cluster)
    assert pid_in_file(cluster) == first
    assert query(cluster, "show listen_addresses") == ""
    assert query(cluster, "show fsync") == "off"
    assert (
        query(cluster, "select datlocale from pg_database where datname = 'portfolio'") == "C.UTF-8"
    )
    assert (cluster.socket / f".s.PGSQL.{embedded.PORT}").stat().st_mode & 0o777 == 0o700


def test_a_users_own_cluster_keeps_what_it_committed(base):
    cluster = embedded.locate(base, "durable")
    cluster.data.mkdir(parents=True)
    creation.write_settings(cluster)
    assert "fsync" not in (cluster.data / "portfolio.conf").read_text()


def test_several_first_starts_at_once_share_one_server(fresh, base):
    command = [sys.executable, "-c", START, str(base)]
    starts = [subprocess.Popen(command) for _ in range(4)]
    assert [start.wait(60) for start in starts] == [0, 0, 0, 0]
    assert query(fresh, "select 1") == 1


def test_it_recovers_from_a_killed_server_with_its_data(cluster, start):
    start(cluster)
    query(cluster, "create table kept (n int)")
    query(cluster, "insert into kept values (1)")
    query(cluster, "checkpoint")
    os.kill(pid_in_file(cluster), signal.SIGKILL)
    start(cluster)
    assert query(cluster, "select n from kept") == 1


def test_a_foreign_process_with_the_recorded_number_is_left_alone(cluster, start):
    start(cluster)
    embedded.stop(cluster)
    with subprocess.Popen(["/bin/sleep", "60"]) as foreign:
        (cluster.data / "postmaster.pid").write_text(f"{foreign.pid}\n{cluster.data}\n")
        assert embedded.stop(cluster) is False
        start(cluster)
        assert query(cluster, "select 1") == 1
        assert foreign.poll() is None
        foreign.kill()


def test_stop_ends_the_server_and_says_whether_there_was_one(cluster, start):
    assert embedded.stop(cluster) is False
    start(cluster)
    assert embedded.stop(cluster) is True
    assert embedded.stop(cluster) is False


def test_only_the_last_user_of_the_server_stops_it(cluster, start):
    first = start(cluster)
    second = start(cluster)
    embedded.stop_if_unused(cluster, first)
    assert query(cluster, "select 1") == 1
    embedded.stop_if_unused(cluster, second)
    assert server.state(cluster) == "absent"


def test_a_path_too_long_for_a_socket_gets_a_private_one_elsewhere(base, start):
    cluster = embedded.locate(base / ("long" * 30), durable=False)
    start(cluster)
    assert cluster.socket.parent != cluster.data.parent
    assert cluster.socket.stat().st_mode & 0o777 == 0o700
    embedded.stop(cluster)
    cluster.socket.rmdir()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path, cluster, monkeypatch):
    elsewhere = tmp_path / "socket"
    elsewhere.symlink_to(tmp_path)
    with pytest.raises(embedded.EmbeddedError, match="is not this user's own directory"):
        creation.make_private(elsewhere, None)


def test_a_cluster_of_another_major_version_is_explained(changed, cluster, start):
    start(cluster)
    embedded.stop(cluster)
    changed(cluster.data / "PG_VERSION", "17\n")
    with pytest.raises(embedded.EmbeddedError, match="made by PostgreSQL 17, but 18 is installed"):
        start(cluster)


def test_a_half_made_cluster_of_a_killed_start_is_made_anew(fresh, base, start):
    half = base / "fresh.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    start(fresh)
    assert query(fresh, "select 1") == 1


def test_a_server_that_cannot_start_shows_the_end_of_its_log(changed, cluster, start):
    start(cluster)
    embedded.stop(cluster)
    changed(cluster.data / "postgresql.conf", "shared_buffers = nonsense\n")
    with pytest.raises(embedded.EmbeddedError, match=r"(?s)pg_ctl .* failed.*nonsense"):
        start(cluster)


def test_a_hung_server_is_named_and_not_replaced(cluster, monkeypatch, start):
    start(cluster)
    number = pid_in_file(cluster)
    monkeypatch.setattr(server, "connects", lambda _: False)
    monkeypatch.setattr(server, "state", lambda _: "absent")
    with pytest.raises(
        embedded.EmbeddedError, match=f"process {number}\\) runs but does not answer"
    ):
        start(cluster)


def test_a_wait_without_end_ends(cluster, monkeypatch):
    monkeypatch.setattr(server, "SECONDS_TO_START", 0)
    with pytest.raises(embedded.EmbeddedError, match="did not start within 0 seconds"):
        server.wait_until(lambda: False, "start", cluster)


def test_without_binaries_it_says_how_to_get_them(monkeypatch):
    monkeypatch.setattr(creation, "find_spec", lambda _: None)
    with pytest.raises(embedded.EmbeddedError, match="install it with: make demo"):
        creation.binaries(None)


def test_the_database_of_the_environment_comes_first(monkeypatch):
    assert embedded.is_needed()
    monkeypatch.setenv("DATABASE_URL_FILE", "/run/secrets/database")
    assert not embedded.is_needed()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root takes another user for the server")
class TestAsRoot:
    def test_a_folder_that_the_servers_user_cannot_enter_moves_the_data(
        self, base, tmp_path, monkeypatch
    ):
        monkeypatch.setattr("portfolio.embedded.cluster.ROOT_HOME", base)
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        cluster = embedded.locate(closed / "data")
        assert cluster.data.is_relative_to(base)
        assert cluster.owner.pw_uid != 0

    def test_binaries_that_the_servers_user_cannot_run_are_copied(
        self, base, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(creation, "ROOT_HOME", base)
        installed = tmp_path / "package" / "installed"
        (installed / "bin").mkdir(parents=True)
        (installed / "bin" / "postgres").write_text("binary")
        (tmp_path / "package.libs").mkdir()
        copy = creation.copied_for_others(installed)
        assert (copy / "bin" / "postgres").read_text() == "binary"
        assert (copy.parent.parent / "package.libs").is_dir()
        assert creation.copied_for_others(installed) == copy


def test_the_command_stops_the_servers_of_the_data_directory(cluster, base, start):
    start(cluster)
    command = [sys.executable, "-m", "portfolio.embedded", "stop"]
    environment = {**os.environ, "PORTFOLIO_DATA_DIR": str(base)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"Stopped the PostgreSQL server of {cluster.data}\n"
    deadline = time.monotonic() + 5
    while server.processes(cluster) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(cluster.data / "postmaster.pid").exists()
