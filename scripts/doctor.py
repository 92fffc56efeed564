"""make doctor: what is resolved, what is missing, and what to do about it."""

import os
import shutil
import sys

import engine
from engine import ROOT

OLDEST_PYTHON = (3, 11)
NEEDED_GIB = 4


def report():
    """Exit code 1 when something keeps the stack from starting."""
    findings = [*python(), *docker(), *ports(), *values(), *stack(), *disk()]
    for mark, sentence in findings:
        print(f"{mark:>4}  {sentence}")
    return int(any(mark == "NO" for mark, _ in findings))


def python():
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        yield (
            "NO",
            f"Python {found} is too old for make serve and make test; 3.11 or newer is needed.",
        )
    else:
        yield "ok", f"Python {found} ({sys.executable})"
    installed = (ROOT / ".venv/.installed-dev").exists()
    yield (
        "ok",
        "The tools for tests and checks are installed."
        if installed
        else ("The tools for tests and checks are not installed yet; make test installs them."),
    )


def docker():
    missing = engine.absence()
    if missing:
        yield "--", f"{missing} make up uses the embedded PostgreSQL instead."
        return
    names = ("Docker Engine", "Docker Compose")
    oldest = (engine.OLDEST_ENGINE, engine.OLDEST_COMPOSE)
    for name, found, least in zip(names, engine.versions(), oldest, strict=True):
        fine = engine.version(found) >= least
        least_text = ".".join(map(str, least))
        yield (
            "ok" if fine else "NO",
            f"{name} {found}" + ("" if fine else f" is older than {least_text}: update it."),
        )


def ports():
    if engine.absence():
        return
    taken = engine.taken_ports()
    for sentence in taken:
        yield "NO", sentence
    if not taken:
        listed = ", ".join(f"{name}={port}" for name, port in engine.ports().items())
        yield "ok", f"The ports are free or ours: {listed}"


def values():
    kept = engine.dot_env()
    if not (ROOT / ".env").exists():
        yield "ok", "There is no .env, and none is needed: every value has a default."
        return
    yield "ok", f".env sets {', '.join(sorted(kept)) or 'nothing'}."
    for name in kept:
        if name in os.environ and os.environ[name] != kept[name]:
            yield "--", f"{name} of .env is overruled by the environment of this shell."
    for line in (ROOT / ".env").read_text().splitlines():
        name, _, value = line.partition("=")
        if "$" in value and not value.strip().startswith("'") and not line.lstrip().startswith("#"):
            yield (
                "NO",
                f"Compose replaces what follows $ in {name} of .env. Put the value in single quotes.",
            )
    if "\r" in (ROOT / ".env").read_bytes().decode(errors="replace"):
        yield "NO", ".env has Windows line ends, which become part of the values. Save it with LF."


def stack():
    for name in ("docker/entrypoint",):
        if b"\r" in (ROOT / name).read_bytes():
            yield (
                "NO",
                f"{name} has Windows line ends and cannot start. Run: git config core.autocrlf input, "
                f"then check it out again.",
            )
    if engine.absence():
        return
    containers = engine.states()
    if not containers:
        yield "--", "The stack does not run; make up starts it."
    for container in containers:
        state = container.get("Health") or container["State"]
        fine = state in ("healthy", "running")
        yield (
            "ok" if fine else "NO",
            f"{container['Service']} is {state}"
            + ("." if fine else f": make logs, or docker compose logs {container['Service']}"),
        )


def disk():
    free = shutil.disk_usage(ROOT).free // 2**30
    if free < NEEDED_GIB:
        yield (
            "NO",
            f"Only {free} GiB are free, and {NEEDED_GIB} are needed. docker system df tells what takes room.",
        )
    else:
        yield "ok", f"{free} GiB are free."
