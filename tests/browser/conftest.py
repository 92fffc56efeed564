"""Browser tests: `make test-browser` runs them in Debian's Chromium."""

import os
import shutil
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser.visitor import Visitor

# A busy machine is slow, not wrong.
expect.set_options(timeout=20_000)

# Playwright's event loop runs in the test's thread, and Django would refuse its database to it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.exit("Chromium is not installed. Run: make test-browser", returncode=2)
    # Root and containers have neither a sandbox nor room in /dev/shm.
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "executable_path": found, "args": arguments}


@pytest.fixture
def onlooker(page: Page, live_server: Any, alice: User, scheme: str, width: int) -> Visitor:
    """Alice, signed in, with one of LOOKS."""
    visitor = Visitor(page, live_server.url)
    visitor.look_as(scheme, width)
    visitor.sign_in(alice)
    return visitor


@pytest.fixture(autouse=True)
def real_transactions(transactional_db: None) -> None:
    """The live server is another thread, which sees only what is committed."""
