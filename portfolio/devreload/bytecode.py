"""Has an edited file compiled again, also where Python would take it for unchanged.

Its bytecode notes the size of the source and the second of its last change. A server starts again in
about a second, so of two edits within one, an editor's and its formatter's, the second could be lost.
"""

import contextlib
import importlib.util
from pathlib import Path


def install() -> None:
    """Forget the bytecode of every file that Django's reloader notices."""
    from django.utils.autoreload import file_changed  # noqa: PLC0415 - the worker does without

    file_changed.connect(forget)


def forget(file_path: Path, **_: object) -> None:
    if file_path.suffix == ".py":
        # Whoever may not remove it could not have written it either.
        with contextlib.suppress(PermissionError):
            Path(importlib.util.cache_from_source(file_path)).unlink(missing_ok=True)
