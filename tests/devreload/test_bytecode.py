"""Two edits of one size within a second: Python alone would run the first for ever."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.autoreload import file_changed

from portfolio.devreload import bytecode


@pytest.fixture
def installed() -> Iterator[None]:
    bytecode.install()
    yield
    file_changed.disconnect(bytecode.forget)


def value_of(module: Path) -> str:
    found = subprocess.run(
        [sys.executable, "-c", f"import {module.stem}; print({module.stem}.VALUE)"],
        cwd=module.parent, env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return found.stdout.strip()


def edit(module: Path, value: int) -> None:
    module.write_text(f"VALUE = {value}")
    os.utime(module, (1_700_000_000, 1_700_000_000))


def test_an_edit_within_the_second_of_the_one_before_is_compiled_too(tmp_path, installed):
    module = tmp_path / "edited.py"
    edit(module, 1)
    assert value_of(module) == "1"
    edit(module, 2)
    assert value_of(module) == "1"
    file_changed.send(sender=None, file_path=module)
    assert value_of(module) == "2"


def test_files_that_have_no_bytecode_are_no_matter(tmp_path):
    for name in ("new.py", "page.html"):
        bytecode.forget(tmp_path / name)
