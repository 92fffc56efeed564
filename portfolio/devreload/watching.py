"""Notices edits of our own files, also those made while the server was starting.

django-watchfiles renews its watch whenever a request has imported another module, and an edit in between
is lost. Here one watch lasts as long as the server: over the folders that people edit and no others,
which also makes it fast to set up. Packages are not watched; after installing one, start again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from django.utils import autoreload
from watchfiles import Change, DefaultFilter, watch

from portfolio.devreload import STARTED
from portfolio.devreload.forking import OURS

BASE_DIR = Path(__file__).resolve().parents[2]
PAGES = [BASE_DIR / "templates", BASE_DIR / "static"]
FOLDERS = [*PAGES, *(BASE_DIR / name for name in sorted(OURS))]
# How long the end of the server may wait for the watch.
LOOK_EVERY_MS = 200


def install() -> None:
    """Let runserver use this reloader."""
    autoreload.get_reloader = SourceReloader


class SourceFilter(DefaultFilter):
    """Python files, and whatever is in the folders of the pages; never what editors leave behind."""

    def __call__(self, change: Change, path: str) -> bool:
        return is_source(Path(path)) and super().__call__(change, path)


def is_source(path: Path) -> bool:
    return path.suffix == ".py" or any(path.is_relative_to(folder) for folder in PAGES)


class SourceReloader(autoreload.BaseReloader):
    def tick(self) -> Iterator[None]:
        changes = watch(
            *FOLDERS,
            watch_filter=SourceFilter(),
            stop_event=self._stop_condition,  # type: ignore[attr-defined] # unknown to the stubs
            rust_timeout=LOOK_EVERY_MS,
            yield_on_timeout=True,
        )
        # The watch is set up by its first answer, so that nothing falls between the two.
        first = {path for _, path in next(changes)}
        for path in sorted(first | {str(path) for path in edited_since(STARTED)}):
            self.notify_file_changed(Path(path))
        for changed in changes:
            for path in sorted({path for _, path in changed}):
                self.notify_file_changed(Path(path))
            yield


def edited_since(moment: float) -> Iterator[Path]:
    """Files that may have been read before they were edited; the future is a clock that is wrong."""
    now = time.time()
    for folder in FOLDERS:
        for path in folder.rglob("*"):
            if is_source(path) and path.is_file() and moment < path.stat().st_mtime <= now:
                yield path
