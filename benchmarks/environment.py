"""How long the Compose stack takes: python benchmarks/environment.py [--quick]

Works on a copy of the checkout, under a project name and ports of its own, on the engine of this
machine, and prints one line of JSON, in seconds. --quick leaves the cold build out. Run it while the
machine does nothing else.
"""

import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.infrastructure.stack import Stack, copy_checkout, eventually, free_ports  # noqa: E402

EDITS = 10
PORTS = (
    "WEB_PORT", "FRONTEND_PORT", "POSTGRES_PORT", "REDIS_PORT", "DEBUGPY_WEB_PORT", "DEBUGPY_WORKER_PORT",
)  # fmt: skip
MIGRATE = ("python", "manage.py", "migrate", "--verbosity", "0")


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return round(time.perf_counter() - started, 2)


def start(stack: Stack) -> float:
    return seconds(lambda: stack.compose("up", "--detach", "--wait", "--wait-timeout", "300"))


def edits(stack: Stack, name: str, url: str, marker: str) -> float:
    """Median from the moment a file is saved to the first answer that shows it."""
    path = stack.folder / name
    before = path.read_text()
    taken = []
    for number in range(EDITS):
        text = f"edit-{number}"
        path.write_text(before.replace(marker, f"{marker}{text}"))
        taken.append(eventually(lambda text=text: text in stack.get(url).text, f"{text} of {name}"))
    path.write_text(before)
    eventually(lambda: "edit-" not in stack.get(url).text, f"{name} as it was")
    return round(statistics.median(taken), 2)


def migrate_on_an_empty_database(stack: Stack) -> float:
    """In a database of its own beside the stack's; includes the start of manage.py."""
    stack.exec("postgres", "sh", "-c", 'createdb -U "$POSTGRES_USER" empty')
    address = "DATABASE_URL=postgres://trader:profits123@postgres:5432/empty"
    return seconds(lambda: stack.exec("web", "env", address, *MIGRATE))


def measure(stack: Stack, *, quick: bool) -> dict[str, object]:
    figures: dict[str, object] = {}
    build = ["build", "web", "worker"]
    if not quick:
        figures["build_cold"] = seconds(lambda: stack.compose(*build, "--no-cache"))
    figures["build_unchanged"] = seconds(lambda: stack.compose(*build))
    figures["start_new_volume"] = start(stack)
    figures["teardown"] = seconds(lambda: stack.compose("down"))
    figures["start_existing_volume"] = start(stack)
    figures["edit_python"] = edits(stack, "portfolio/health.py", "/up", "The process answers.")
    figures["edit_template"] = edits(stack, "templates/plain.html", "/welcome/", "<head>")
    figures["edit_css"] = edits(stack, *a_style_sheet(stack.folder))
    figures["migrate_empty"] = migrate_on_an_empty_database(stack)
    figures["migrate_current"] = seconds(lambda: stack.exec("web", *MIGRATE))
    figures["teardown_with_volumes"] = seconds(lambda: stack.compose("down", "--volumes"))
    return figures


def a_style_sheet(folder: Path) -> tuple[str, str, str]:
    sheet = sorted((folder / "static/css").glob("*.css"))[0]
    first_line = sheet.read_text().splitlines()[0]
    return str(sheet.relative_to(folder)), f"/static/css/{sheet.name}", first_line


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="environment-"))
    ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
    stack = Stack(copy_checkout(folder), f"portfolio-benchmark-{os.getpid()}", ports)
    engine = stack.run("docker", "version", "--format", "{{.Server.Version}}").stdout.strip()
    try:
        figures = measure(stack, quick="--quick" in sys.argv)
    finally:
        stack.remove()
        stack.run("docker", "image", "rm", f"{stack.project}-dev", check=False)
        shutil.rmtree(folder)
    machine = {"engine": engine, "cpus": os.cpu_count(), "load": os.getloadavg()[0]}
    print(json.dumps(figures | machine | {"system": platform.release()}))


if __name__ == "__main__":
    main()
