"""A browser window that notices what nobody sees: console errors, refused content, failed requests."""

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, Request

# Every page is looked at in light and dark, wide and on a phone.
LOOKS = [
    pytest.param(scheme, width, id=f"{scheme}-{width}")
    for scheme in ("light", "dark")
    for width in (1280, 360)
]
WIDE = 1000


class Visitor:
    def __init__(self, page: Page, server: str) -> None:
        self.page = page
        self.server = server
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.note(f"exception: {error}"))
        # Violations of the content security policy arrive here too.
        page.on("console", lambda message: message.type == "error" and self.note(message.text))
        page.on("requestfailed", self.note_request)

    def note_request(self, request: Request) -> None:
        # Going on to the next page cuts off the icon that Chromium fetches last.
        if request.failure != "net::ERR_ABORTED":
            self.note(f"failed: {request.url}")

    def note(self, problem: str) -> None:
        self.problems.append(f"{self.page.url}: {problem}")

    def look_as(self, scheme: str, width: int) -> None:
        """Have the window of somebody with that taste and that screen."""
        self.page.set_viewport_size({"width": width, "height": 900 if width > WIDE else 740})
        self.page.emulate_media(color_scheme=scheme)

    def sign_in(self, user: User) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"]
        self.page.context.add_cookies(
            [{"name": "sessionid", "value": cookie.value, "url": self.server}]
        )

    def visit(self, path: str) -> Page:
        """Open a page; it must answer, and fit into the window: no page scrolls sideways."""
        response = self.page.goto(self.server + path, wait_until="load")
        if response is None or not response.ok:
            self.note(f"answered {response and response.status}")
        overflow = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if overflow > 0:
            self.note(f"is {overflow} pixels too wide")
        return self.page

    def keep(self, name: str) -> None:
        """Take a picture where pictures are wanted (make screenshots)."""
        if folder := os.environ.get("SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
