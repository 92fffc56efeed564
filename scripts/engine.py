"""What the scripts of the Compose stack ask the machine: Docker, its versions, and ports.

Standard library only: it runs with the machine's own Python, before anything is installed.
"""

import json
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_ENGINE = (25, 0)  # start_interval of health checks; older ones refuse the whole file
OLDEST_COMPOSE = (2, 24)  # env_file with `required`
PUBLISHED = re.compile(r"^\s+- (?:127\.0\.0\.1:)?\$\{(\w+):-(\d+)\}:\d+$", re.MULTILINE)


class EngineError(Exception):
    """A sentence for the person at the terminal: what is wrong and what to do next."""


def output(*command):
    """What the command prints, or nothing when it fails or does not exist."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def version(text):
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def absence():
    """Why there is no Docker to use here; empty when there is."""
    if not shutil.which("docker"):
        return "Docker is not installed here."
    if not output("docker", "version", "--format", "{{.Server.Version}}"):
        return (
            "Docker is installed, but its engine does not answer (is it started, and may this user "
            "reach it? docker info tells)."
        )
    if not output("docker", "compose", "version", "--short"):
        return "Docker is here, but without Compose (the package docker-compose-plugin)."
    return ""


def versions():
    engine = output("docker", "version", "--format", "{{.Server.Version}}")
    return engine, output("docker", "compose", "version", "--short")


def require_versions():
    engine, compose = versions()
    for name, found, oldest in (
        ("Docker Engine", engine, OLDEST_ENGINE),
        ("Docker Compose", compose, OLDEST_COMPOSE),
    ):
        if version(found) < oldest:
            raise EngineError(
                f"{name} is {found}, but compose.yaml needs {oldest[0]}.{oldest[1]} or newer, for the "
                f"health checks that make the start fast. Update it, or run without Docker: make serve"
            )


def user():
    """Who owns the checkout: what the containers write into it must belong to the same."""
    owner = ROOT.stat()
    return {"APP_UID": str(owner.st_uid), "APP_GID": str(owner.st_gid)}


def environment():
    return user() | dict(os.environ)


def compose(*arguments, file="compose.yaml"):
    command = ["docker", "compose", "--file", file, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment()).returncode


def states(file="compose.yaml"):
    """The containers of this project, as Compose describes them."""
    lines = output("docker", "compose", "--file", file, "ps", "--all", "--format", "json")
    return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]


def is_running(service="web"):
    return any(c["Service"] == service and c["State"] == "running" for c in states())


# ---- ports ------------------------------------------------------------------------------------------


def dot_env():
    """The variables of .env, read as far as a port or a name needs it."""
    path = ROOT / ".env"
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = (line.removeprefix("export ").partition("=") for line in lines if "=" in line)
    return {
        name.strip(): value.strip().strip("'\"")
        for name, _, value in pairs
        if not name.lstrip().startswith("#")
    }


def ports():
    """Variable and number of each port that compose.yaml publishes."""
    kept = dot_env()
    defaults = PUBLISHED.findall((ROOT / "compose.yaml").read_text())
    return {
        name: int(os.environ.get(name) or kept.get(name) or default) for name, default in defaults
    }


def is_free(port):
    with socket.socket() as tried:
        # Connections that ended a moment ago are no listener.
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def next_free(port, others):
    return next(n for n in range(port + 1, 65536) if n not in others and is_free(n))


def taken_ports():
    """A sentence for each port that somebody else holds."""
    ours = {p["PublishedPort"] for c in states() for p in c.get("Publishers") or []}
    wanted = ports()
    return [
        f"Port {port} is taken by {holder(port)}. End that, or choose another port: "
        f"make up {name}={next_free(port, wanted.values())}   (to keep it, write that into .env)"
        for name, port in wanted.items()
        if port not in ours and not is_free(port)
    ]


def holder(port):
    container = output("docker", "ps", "--filter", f"publish={port}", "--format", "{{.Names}}")
    if container:
        return f"the container {container.splitlines()[0]}"
    number = listening_process(port)
    if not number:
        return "a program of another user (sudo ss -tlnp tells which)"
    name = output("ps", "-p", str(number), "-o", "comm=") or process_name(number)
    return f"{Path(name).name} (process {number})"


def process_name(number):
    try:
        return Path(f"/proc/{number}/comm").read_text().strip()
    except OSError:
        return "a program"


def listening_process(port):
    if not Path("/proc/net/tcp").exists():  # macOS
        return output("lsof", "-nP", "-t", f"-iTCP:{port}", "-sTCP:LISTEN").partition("\n")[0]
    sockets = {f"socket:[{inode}]" for inode in listening_inodes(port)}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if sockets and str(link.readlink()) in sockets:
                return link.parts[2]
        except OSError:  # another user's, or gone meanwhile
            continue
    return ""


def listening_inodes(port):
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            listens = fields[3] == "0A"
            if listens and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]
