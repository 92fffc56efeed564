#!/usr/bin/env python3
"""Runs the management commands, with the embedded PostgreSQL where no other database is set."""

import atexit
import os
import sys
from importlib.util import find_spec

from portfolio import embedded

# Commands that must answer where no database is or may be started (image builds, type checks).
WITHOUT_DATABASE = {
    "help",
    "version",
    "--version",
    "collectstatic",
    "makemessages",
    "compilemessages",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portfolio.settings")
    try:
        from django.core.management import execute_from_command_line  # noqa: PLC0415
    except ImportError as error:
        sys.exit(
            f"Django is not installed here ({error}). Run: make demo, then .venv/bin/python manage.py"
        )
    if embedded.is_needed() and WITHOUT_DATABASE.isdisjoint(sys.argv[1:2]):
        start_embedded_database()
    if sys.argv[1:2] == ["runserver"]:  # nothing of it is in an installation
        from portfolio.devreload import forking  # noqa: PLC0415

        if forking.is_possible(sys.argv[1:]):
            sys.exit(forking.run(sys.argv[0]))
    if serves_pages() or sys.argv[1:3] == ["procrastinate", "worker"]:
        listen_for_debugger()
    if serves_pages():
        prepare_server()
    execute_from_command_line(sys.argv)


def prepare_server() -> None:
    from portfolio import env  # noqa: PLC0415
    from portfolio.devreload import bytecode, stand_in  # noqa: PLC0415

    stand_in.install(sys.argv[2:])
    bytecode.install()
    # Drives of Windows tell nobody about edits; there Django looks at every file each second.
    if find_spec("watchfiles") and not env.flag("RELOAD_POLLING", default=False):
        from portfolio.devreload import watching  # noqa: PLC0415

        watching.install()
    # In the Compose stack the worker is a service of its own.
    if env.flag("DEV_WORKER", default=True):
        from portfolio.dev_worker import start_dev_worker  # noqa: PLC0415

        start_dev_worker()


def listen_for_debugger() -> None:
    if os.environ.get("DEBUGPY"):  # nothing of it is in an installation
        from portfolio.devreload import debugger  # noqa: PLC0415

        debugger.listen(sys.argv[1:])


def serves_pages() -> bool:
    """Whether this is the development server itself, not the process that reloads it."""
    return sys.argv[1:2] == ["runserver"] and bool(
        os.environ.get("RUN_MAIN") or "--noreload" in sys.argv
    )


def start_embedded_database() -> None:
    cluster = embedded.locate(embedded.data_directory())
    try:
        held = embedded.start(cluster)
    except embedded.EmbeddedError as error:
        sys.exit(str(error))
    # Whoever serves takes the server down at the end, if it is the last. Other commands leave it
    # running, since the next one follows soon; `make stop` ends it.
    serves = sys.argv[1:2] == ["runserver"] and not os.environ.get("RUN_MAIN")
    atexit.register(*((embedded.stop_if_unused, cluster, held) if serves else (held.close,)))


if __name__ == "__main__":
    main()
