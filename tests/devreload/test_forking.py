"""The development server as forks of one process: each knows the code as it is when it starts."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forking is used on Linux only")

RUN = "import sys; from portfolio.devreload import forking; sys.exit(forking.run(sys.argv[1]))"


def python(
    *arguments: str, interrupts: signal.Handlers = signal.SIG_DFL
) -> "subprocess.Popen[str]":
    """A Python that begins with interrupts handled so, however the tests were started."""
    before = signal.signal(signal.SIGINT, interrupts)
    try:
        return started(arguments)
    finally:
        signal.signal(signal.SIGINT, before)


def started(arguments: Sequence[str]) -> "subprocess.Popen[str]":
    bare = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.Popen(
        [sys.executable, "-c", *arguments],
        cwd=ROOT, env=bare, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_what_is_imported_beforehand_needs_no_settings_starts_no_thread_and_is_none_of_ours():
    code = """
import importlib, sys, threading
from portfolio.devreload.forking import OURS, PACKAGES
before = {name for name in sys.modules if name.partition(".")[0] in OURS}
for name in PACKAGES:
    importlib.import_module(name)
after = {name for name in sys.modules if name.partition(".")[0] in OURS}
from django.conf import settings
print(settings.configured, threading.active_count(), sorted(after - before))
"""
    with python(code) as process:
        printed, errors = process.communicate()
    assert (printed, errors) == ("False 1 []\n", "")


def test_after_an_edit_it_starts_again_with_none_of_our_code_in_memory(tmp_path):
    runs = tmp_path / "runs"
    program = tmp_path / "manage.py"
    program.write_text(f"""
import sys
from pathlib import Path
runs = Path({str(runs)!r})
with runs.open("a") as file:
    ours = [name for name in sys.modules if name.partition(".")[0] == "portfolio"]
    print("psycopg_pool" in sys.modules, ours, __name__, file=file)
sys.exit(3 if len(runs.read_text().splitlines()) < 3 else 7)
""")
    with python(RUN, str(program)) as server:
        server.communicate(timeout=60)
    assert server.returncode == 7
    assert runs.read_text().splitlines() == ["True [] __main__"] * 3


def waiting_program(folder: Path) -> tuple[Path, Path]:
    """A program that does nothing for a while, and the file in which it tells its process."""
    program, running = folder / "manage.py", folder / "running"
    program.write_text(f"""
import os, pathlib, time
pathlib.Path({str(running)!r}).write_text(str(os.getpid()))
time.sleep(60)
""")
    return program, running


def stop(server: "subprocess.Popen[str]", running: Path, number: signal.Signals) -> None:
    """Send a signal once the program runs, and wait until all of it has ended."""
    with server:
        deadline = time.monotonic() + 60
        while not (running.exists() and running.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        server.send_signal(number)
        server.communicate(timeout=20)
    assert server.returncode == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(running.read_text()), 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_whoever_stops_the_first_process_stops_the_server(tmp_path, number):
    program, running = waiting_program(tmp_path)
    stop(python(RUN, str(program)), running, number)


def test_a_server_in_the_background_of_a_shell_can_be_stopped_too(tmp_path):
    program, running = waiting_program(tmp_path)
    # As a shell without job control starts what ends in “&”.
    server = python(RUN, str(program), interrupts=signal.SIG_IGN)
    stop(server, running, signal.SIGTERM)
