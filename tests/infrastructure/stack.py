"""A Compose project of the tests: its own name, ports and copy of the checkout."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent
# A busy machine is slow, not wrong; benchmarks/environment.py measures.
PATIENCE = 90


@dataclass
class Answer:
    status: int
    text: str
    headers: dict[str, str]


@dataclass
class Stack:
    folder: Path
    project: str
    variables: dict[str, str]
    file: str = "compose.yaml"
    output: str = field(default="", init=False)

    @property
    def environment(self) -> dict[str, str]:
        # What the developer has set for their own stack must not reach this one.
        mine = {
            k: os.environ[k] for k in ("PATH", "HOME", "DOCKER_HOST", "LANG") if k in os.environ
        }
        owner = self.folder.stat()
        users = {"APP_UID": str(owner.st_uid), "APP_GID": str(owner.st_gid)}
        return mine | users | {"COMPOSE_PROJECT_NAME": self.project} | self.variables

    def run(self, *command: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        self.output = done.stdout + done.stderr
        assert not check or done.returncode == 0, f"{' '.join(command)}:\n{self.output}"
        return done

    def compose(self, *arguments: str, check: bool = True) -> str:
        return self.run("docker", "compose", "--file", self.file, *arguments, check=check).stdout

    def make(self, word: str, check: bool = True) -> str:
        """What `make word` runs."""
        self.run(sys.executable, "scripts/stack.py", word, check=check)
        return self.output

    def remove(self) -> None:
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "5", check=False)

    def exec(self, service: str, *command: str, check: bool = True) -> str:
        return self.compose("exec", "--no-TTY", service, *command, check=check).strip()

    def containers(self) -> list[dict[str, Any]]:
        lines = self.compose("ps", "--all", "--format", "json").splitlines()
        return [json.loads(line) for line in lines]

    def inspect(self, service: str, number: int = 0) -> dict[str, Any]:
        ids = self.compose("ps", "--quiet", service).split()
        found: dict[str, Any] = json.loads(self.run("docker", "inspect", ids[number]).stdout)[0]
        return found

    def get(self, path: str, port: str = "WEB_PORT", **headers: str) -> Answer:
        return get(int(self.variables[port]), path, **headers)

    @property
    def database_url(self) -> str:
        """Through the published port, as a database tool of the developer would ask."""
        port = self.variables["POSTGRES_PORT"]
        return f"postgres://trader:profits123@127.0.0.1:{port}/portfolio"

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url, connect_timeout=5) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []


def get(port: int, path: str, **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers=names)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return Answer(response.status, body.decode(errors="replace"), dict(response.headers))


def copy_checkout(target: Path) -> Path:
    """The files of the checkout as they are now, without what git ignores."""
    listed = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True
    )
    for name in filter(None, listed.split("\0")):
        source, copy = ROOT / name, target / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
    return target


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    numbers = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return numbers


def eventually(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> float:
    """Seconds until the condition held."""
    started = time.monotonic()
    last: object = None
    while time.monotonic() - started < patience:
        try:
            last = condition()
        except (OSError, http.client.HTTPException, psycopg.Error) as error:
            last = error
        else:
            if last:
                return time.monotonic() - started
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {patience} seconds; the last was: {last}")
