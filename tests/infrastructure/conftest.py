"""Tests of the Compose stack on a real Docker Engine: `make test-docker`.

They work on a copy of the checkout, under project names and ports of their own, so that a stack that
the developer runs is neither seen nor touched.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infrastructure.stack import Stack, copy_checkout, eventually, free_ports


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.docker)


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Skipped with the reason, never silently; DOCKER_REQUIRED=1 makes that a failure."""
    reason = ""
    if not shutil.which("docker"):
        reason = "Docker is not installed on this machine"
    elif subprocess.run(["docker", "info"], capture_output=True).returncode:
        reason = "no Docker engine answers on this machine"
    elif subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        reason = "Docker on this machine has no Compose"
    if reason and os.environ.get("DOCKER_REQUIRED") == "1":
        pytest.fail(f"{reason}, but DOCKER_REQUIRED is set.")
    if reason:
        pytest.skip(f"{reason}.")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("checkout"))


def started(checkout: Path, project: str) -> Iterator[Stack]:
    """The stack as `make up` leaves it on a fresh clone, until it is no longer needed."""
    names = re.findall(r"\$\{(\w+_PORT):-", (checkout / "compose.yaml").read_text())
    ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
    stack = Stack(checkout, project, ports)
    try:
        stack.make("up")
        yield stack
    finally:
        stack.remove()
        stack.run("docker", "image", "rm", f"{stack.project}-dev", check=False)


@pytest.fixture(scope="session")
def development(engine: None, checkout: Path) -> Iterator[Stack]:
    """One for all tests: nobody has signed up, and no test leaves data in it."""
    yield from started(checkout, f"portfolio-test-{os.getpid()}")


@pytest.fixture(scope="module")
def with_data(engine: None, checkout: Path) -> Iterator[Stack]:
    """One of its own for the tests that need users and transactions."""
    yield from started(checkout, f"portfolio-test-data-{os.getpid()}")


@pytest.fixture
def running(development: Stack) -> Stack:
    """The development stack healthy and at rest, whatever the test before has done to it."""
    development.compose("start")
    eventually(lambda: development.get("/up/ready").status == 200, "Readiness")
    return development


@pytest.fixture(scope="session")
def production(engine: None, checkout: Path) -> Iterator[Stack]:
    """compose.prod.yaml: three web and two workers, all at once on an empty database."""
    first = free_ports(1)[0]
    stack = Stack(
        checkout,
        f"portfolio-test-prod-{os.getpid()}",
        {
            "ALLOWED_HOSTS": "portfolio.example.com",
            "APP_IMAGE": f"portfolio-test-prod-{os.getpid()}",
            "WEB_PORTS": f"127.0.0.1:{first}-{first + 9}",
            "WEB_PORT": str(first),
            "WEB_CONCURRENCY": "1",
            "WEB": "3",
            "WORKERS": "2",
        },
        file="compose.prod.yaml",
    )
    try:
        stack.make("secrets")
        stack.make("prod")
        yield stack
    finally:
        stack.remove()
