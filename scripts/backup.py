"""make backup and make restore: the same two commands in the Compose stack and without it.

PRODUCTION=1 means the stack of compose.prod.yaml, whose backups are in a volume. Standard library only.
"""

import os
import subprocess
import sys

import engine

FILE = "compose.prod.yaml" if os.environ.get("PRODUCTION") else "compose.yaml"
PYTHON = engine.ROOT / ".venv/bin/python"
# The container must not bring the database up to date before it is replaced.
RUN = ("run", "--rm", "--no-deps", "--env", "RUN_MIGRATIONS=no", "--env", "DATABASE_POOL_SIZE=0")


def main(word, *arguments):
    if word == "restore" and not (arguments and arguments[0]):
        sys.exit(
            "Say which one: make restore FILE=backups/… (ls backups lists them, the newest last)"
        )
    if not runs_in_compose():
        return manage(word, *arguments)
    if word == "backup":
        return in_container(word)
    return restore(*arguments)


def runs_in_compose():
    if engine.absence():
        return False
    return any(c["Service"] == "postgres" and c["State"] == "running" for c in engine.states(FILE))


def manage(*arguments):
    if subprocess.run(
        [sys.executable, "scripts/bootstrap.py", "embedded"], cwd=engine.ROOT
    ).returncode:
        return 1
    environment = (
        dict(os.environ) if os.environ.get("DATABASE_URL") else dict(os.environ, DEBUG="1")
    )
    return subprocess.run(
        [PYTHON, "manage.py", *arguments], cwd=engine.ROOT, env=environment
    ).returncode


def in_container(*arguments):
    # Without a terminal (cron, CI) Compose must not ask for one.
    terminal = () if sys.stdin.isatty() else ("--no-TTY",)
    return engine.compose(*RUN, *terminal, "web", "python", "manage.py", *arguments, file=FILE)


def restore(*arguments):
    # Whoever works meanwhile would write into tables that are about to go.
    engine.compose("stop", "web", "worker", file=FILE)
    try:
        return in_container("restore", *arguments)
    finally:
        engine.compose("start", "web", "worker", file=FILE)


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except engine.EngineError as error:
        sys.exit(str(error))
