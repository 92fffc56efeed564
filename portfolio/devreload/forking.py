"""Starts the development server again after an edit in a fraction of the time.

Most of a start is the import of packages that no edit changes. This process imports them once, knowing
neither Django's settings nor our code, and every server is a fork of it: the fork imports our code as
it is by then. Elsewhere than on Linux, where forking is not safe, Django starts a new Python each time.
"""

import atexit
import contextlib
import gc
import importlib
import os
import runpy
import signal
import sys

from django.utils.autoreload import autoreload_started

from portfolio import embedded

OURS = frozenset({"portfolio", "pricing", "snapshots", "transactions"})
# What the server imports anyway, as far as it can be imported before the settings are known.
PACKAGES = (
    "asyncio",
    "cProfile",
    "croniter",
    "cryptography.hazmat.primitives.asymmetric.ec",
    "cryptography.x509",
    "debug_toolbar.settings",
    "defusedxml.ElementTree",
    "django.contrib.admin.sites",
    "django.contrib.auth.hashers",
    "django.contrib.staticfiles.finders",
    "django.core.management.commands.runserver",
    "django.core.servers.basehttp",
    "django.db.backends.postgresql.base",
    "django.db.migrations.executor",
    "django.forms",
    "django.template.defaulttags",
    "django.test.signals",
    "django.views.generic",
    "django_redis.client.default",
    "fido2.server",
    "httpx2",
    "numpy",
    "procrastinate",
    "prometheus_client",
    "psycopg_pool",
    "pydantic.json_schema",
    "python_calamine",
    "redis",
    "rich.traceback",
    "sqlparse",
    "structlog",
    "watchfiles",
    "xlsxwriter",
)
# Django's way to say: start me again.
CHANGED = 3


def is_possible(arguments: list[str]) -> bool:
    """Whether these are the arguments of a development server that restarts, on a system that forks."""
    is_first = "RUN_MAIN" not in os.environ and "--noreload" not in arguments
    return arguments[:1] == ["runserver"] and is_first and sys.platform == "linux"


def run(program: str) -> int:
    """Serve until the server ends for another reason than an edit; returns its exit code."""
    os.environ["RUN_MAIN"] = "true"
    for name in PACKAGES:
        # Who only tries the demo out has not installed all of them.
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    # As an exception it reaches the server below too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    code = CHANGED
    while code == CHANGED:
        code = serve(program)
    return code


def serve(program: str) -> int:
    """One server from its start to its end."""
    child = os.fork()
    if not child:
        start(program)
    try:
        _, status = os.waitpid(child, 0)
    except (KeyboardInterrupt, SystemExit):
        # The terminal tells both of us, whoever stops a service only this process.
        os.kill(child, signal.SIGINT)
        _, status = os.waitpid(child, 0)
        return 0
    return os.waitstatus_to_exitcode(status)


def start(program: str) -> None:
    """Become a server that knows nothing yet of our code."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # It is how serve() ends the server, and who starts one in the background of a shell has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # The database is the parent's to stop.
    atexit.unregister(embedded.stop_if_unused)
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    # What a start makes stays; looking for rubbish in it meanwhile takes a fifth of the time.
    gc.disable()
    autoreload_started.connect(collect_rubbish, weak=False)
    runpy.run_path(program, run_name="__main__")
    sys.exit()


def collect_rubbish(**_: object) -> None:
    """The server is loaded: from here on, and without looking at what it was loaded with."""
    gc.freeze()
    gc.enable()
