"""Which templates and static files changed, as events that any number of pages can wait for."""

import threading
import uuid
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.dispatch import receiver
from django.template.autoreload import get_template_directories
from django.utils.autoreload import BaseReloader, autoreload_started, file_changed

# Other in every process, so that a page notices when new Python code answers.
VERSION = uuid.uuid4().hex
KEPT = 200


@dataclass(frozen=True)
class Change:
    number: int
    kind: str  # template, or static
    path: str  # of a static file: below STATIC_URL


class Changes:
    """The last changes. Each reader keeps its own place, so that no tab takes another's event."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._last: deque[Change] = deque(maxlen=KEPT)
        self._count = 0

    def add(self, kind: str, path: str) -> None:
        with self._news:
            self._count += 1
            self._last.append(Change(self._count, kind, path))
            self._news.notify_all()

    @property
    def count(self) -> int:
        return self._count

    def after(self, number: int, timeout: float) -> list[Change]:
        with self._news:
            self._news.wait_for(lambda: self._count > number, timeout)
            return [change for change in self._last if change.number > number]


changes = Changes()


def static_folders() -> list[Path]:
    return [Path(folder) for folder in settings.STATICFILES_DIRS]


@receiver(autoreload_started, dispatch_uid="portfolio.devreload")
def watch_files(sender: BaseReloader, **_: object) -> None:
    """For Django's own reloader, which looks at what it is told."""
    for folder in [*static_folders(), *get_template_directories()]:
        sender.watch_dir(folder, "**/*")


@receiver(file_changed, dispatch_uid="portfolio.devreload")
def note_change(file_path: Path, **_: object) -> bool | None:
    """True keeps Django from restarting, which only Python code needs."""
    for folder in static_folders():
        if file_path.is_relative_to(folder):
            changes.add("static", file_path.relative_to(folder).as_posix())
            return True
    if file_path.suffix != ".py" and any(
        file_path.is_relative_to(directory) for directory in get_template_directories()
    ):
        changes.add("template", file_path.name)
        return True
    return None
