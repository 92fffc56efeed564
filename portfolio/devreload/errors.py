"""What went wrong, short enough for an overlay: the message and the lines of code that led to it."""

import linecache
import sys
import traceback
from pathlib import Path
from typing import Any

from django.core.signals import got_request_exception
from django.dispatch import receiver
from django.http import HttpRequest

ROOT = Path(__file__).resolve().parent.parent.parent
CONTEXT = 3


@receiver(got_request_exception, dispatch_uid="portfolio.devreload")
def remember(request: HttpRequest | None = None, **_: object) -> None:
    error = sys.exc_info()[1]
    if request is not None and error is not None:
        request.dev_error = describe(error)  # type: ignore[attr-defined] # ours


def describe(error: BaseException) -> dict[str, Any]:
    """Frames of this project only: those of Django say nothing about the mistake."""
    frames = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = Path(frame.f_code.co_filename)
        if is_ours(path):
            frames.append(place(path, line, frame.f_code.co_name))
    if isinstance(error, SyntaxError) and error.filename:
        frames.append(place(Path(error.filename), error.lineno or 1, ""))
    if template := template_place(error):
        frames.append(template)
    return {"type": type(error).__name__, "message": str(error), "frames": frames[::-1]}


def is_ours(path: Path) -> bool:
    return path.is_relative_to(ROOT) and "site-packages" not in path.parts


def place(path: Path, line: int, function: str) -> dict[str, Any]:
    linecache.checkcache(str(path))
    numbers = range(max(1, line - CONTEXT), line + CONTEXT + 1)
    lines = [(number, linecache.getline(str(path), number).rstrip()) for number in numbers]
    # Past the end of the file there is nothing to show.
    while lines and not lines[-1][1] and lines[-1][0] > line:
        lines.pop()
    name = str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
    return {"file": name, "line": line, "function": function, "lines": lines}


def template_place(error: BaseException) -> dict[str, Any] | None:
    """Django notes where in a template an exception came from."""
    debug = getattr(error, "template_debug", None)
    if not debug:
        return None
    path = Path(debug["name"])
    return place(path, debug["line"], "template") if path.is_file() else None
