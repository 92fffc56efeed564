"""PostgreSQL without an installation: runs the server binaries of a Python wheel for this checkout.

manage.py and the tests start it when DATABASE_URL is not set. One server serves every process of
the checkout, listens only on a Unix socket of its owner, and ends with the last server process or
test run that holds it, or with `make stop`. Only the wheel's binaries are used: its Python layer
signals whatever process now has the number in a stale pid file, and gives up while a killed server
is a zombie.

Knows nothing of Django, so that settings can ask it for the address before Django is there.
"""

from portfolio.embedded.cluster import (
    DATABASE,
    PORT,
    USER,
    Cluster,
    EmbeddedError,
    data_directory,
    is_needed,
    locate,
)
from portfolio.embedded.server import start, stop, stop_if_unused

__all__ = [
    "DATABASE",
    "PORT",
    "USER",
    "Cluster",
    "EmbeddedError",
    "data_directory",
    "is_needed",
    "locate",
    "start",
    "stop",
    "stop_if_unused",
]
