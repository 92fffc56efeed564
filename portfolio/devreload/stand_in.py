"""Answers in place of Django while a mistake keeps Django from starting.

``runserver`` then only waits for the next edit: the browser would show "connection refused", and the
reason would stand in a terminal behind it. The stand-in shows it on the page, and goes with the
process when the next edit restarts it.
"""

import html
import json
import sys
import threading
import uuid
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from portfolio.devreload.errors import describe

BROWSER = Path(__file__).parent / "browser"
PREFIX = "/__reload__/"
DJANGO_THREAD = "django-main-thread"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{type}</title>
<script src="{prefix}reload.js" data-method="GET" data-broken="true"></script></head>
<body><h1>{type}</h1><p>{message}</p><p>This page comes back by itself when the mistake is mended.</p>
<pre>{frames}</pre></body></html>"""


def install(arguments: Sequence[str]) -> None:
    """Stand in when the thread of the development server dies of an exception."""
    address = address_of(arguments)
    original = threading.excepthook

    def stand_in(args: Any) -> None:  # noqa: ANN401 - threading's own type has no public name
        original(args)
        if args.thread and args.thread.name == DJANGO_THREAD and args.exc_value:
            serve(address, describe(args.exc_value))

    threading.excepthook = stand_in


def address_of(arguments: Sequence[str]) -> tuple[str, int]:
    """As runserver reads it: a port, or host:port."""
    given = next((text for text in arguments if text.rpartition(":")[2].isdecimal()), "8000")
    host, _, port = given.rpartition(":")
    return host.strip("[]") or "127.0.0.1", int(port)


def serve(address: tuple[str, int], error: dict[str, Any]) -> None:
    handler = type("Handler", (StandIn,), {"error": error})
    try:
        server = ThreadingHTTPServer(address, handler)
    except OSError as problem:
        sys.stderr.write(f"The error cannot be shown in the browser: {problem}.\n")
        return
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()


class StandIn(BaseHTTPRequestHandler):
    error: dict[str, Any]

    def do_GET(self) -> None:
        name = self.path.removeprefix(PREFIX)
        if self.path == PREFIX + "events":
            self.answer_events()
        elif self.path.startswith(PREFIX) and BROWSER / name in BROWSER.glob("*.js"):
            self.answer(200, "text/javascript; charset=utf-8", (BROWSER / name).read_bytes())
        elif "X-Dev-Reload" in self.headers:
            self.answer(500, "application/json", json.dumps(self.error).encode())
        else:
            self.answer(500, "text/html; charset=utf-8", self.page().encode())

    do_POST = do_GET

    def answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def answer_events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        hello = {"kind": "hello", "version": uuid.uuid4().hex}
        self.wfile.write(f"retry: 100\ndata: {json.dumps(hello)}\n\n".encode())
        self.wfile.flush()
        threading.Event().wait()  # until the process ends

    def page(self) -> str:
        frames = "\n\n".join(
            f"{frame['file']}:{frame['line']}\n" + "\n".join(line for _, line in frame["lines"])
            for frame in self.error["frames"]
        )
        texts = {name: html.escape(self.error[name]) for name in ("type", "message")}
        return PAGE.format(prefix=PREFIX, frames=html.escape(frames), **texts)

    def log_message(self, format: str, *args: object) -> None:
        """The terminal shows the traceback already."""
