"""Lets VS Code attach to the development server and to the worker: DEBUGPY=true make up."""

import sys
from collections.abc import Sequence

from portfolio import env

WEB_PORT = 5678
WORKER_PORT = 5679


def listen(arguments: Sequence[str]) -> None:
    """Only in the process that does the work: the one that reloads it would take the port."""
    if not env.flag("DEBUGPY", default=False):
        return
    try:
        import debugpy  # noqa: PLC0415 - optional: development only
    except ImportError:
        sys.exit(
            "DEBUGPY is set, but debugpy is not installed. Run: make rebuild, or unset DEBUGPY."
        )
    port = WORKER_PORT if "procrastinate" in arguments[:1] else WEB_PORT
    # Whoever reaches the port runs code: beyond this machine only where Compose publishes it to it.
    debugpy.listen((env.text("DEBUGPY_HOST", "127.0.0.1"), port))
