"""Which edits reach the server, and that none is lost between its start and its watch."""

import os
import time

import pytest
from watchfiles import Change

from portfolio.devreload import watching
from portfolio.devreload.watching import BASE_DIR, SourceFilter, SourceReloader, edited_since


@pytest.mark.parametrize(
    "path",
    ["portfolio/new.py", "templates/base.html", "static/css/app.css", "static/img/icon.svg"],
)
def test_edits_of_code_templates_and_static_files_count(path):
    assert SourceFilter()(Change.modified, str(BASE_DIR / path))


@pytest.mark.parametrize(
    "path",
    [
        "portfolio/notes.txt",
        "portfolio/__pycache__/x.py",
        "templates/.base.html.swp",
        "static/a.css~",
    ],
)
def test_other_files_and_what_editors_leave_behind_do_not(path):
    assert not SourceFilter()(Change.modified, str(BASE_DIR / path))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "FOLDERS", [tmp_path])
    return tmp_path


def test_a_file_edited_while_the_server_started_is_found_and_one_of_the_future_is_not(folder):
    now = time.time()
    for name, moment in (("old.py", now - 60), ("edited.py", now - 1), ("future.py", now + 3600)):
        (folder / name).write_text("")
        os.utime(folder / name, (moment, moment))
    assert list(edited_since(now - 10)) == [folder / "edited.py"]


def test_edits_are_noticed_from_the_first_look_on(folder, monkeypatch):
    noticed = []
    reloader = SourceReloader()
    monkeypatch.setattr(reloader, "notify_file_changed", noticed.append)
    looks = reloader.tick()
    next(looks)
    for number in range(3):
        file = folder / f"{number}.py"
        file.write_text("")
        deadline = time.monotonic() + 30
        while file not in noticed and time.monotonic() < deadline:
            next(looks)
        assert noticed.count(file) >= 1
    reloader.stop()
    assert list(looks) == []
