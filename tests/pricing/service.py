"""A real HTTP server that answers as a provider was seen to answer."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Reply(NamedTuple):
    body: bytes | str | dict | list = b""
    status: int = 200
    headers: tuple = ()

    def content(self):
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


class Asked(NamedTuple):
    path: str
    query: dict
    headers: dict


class Service:
    """Each path has replies that are given in turn, the last one for ever."""

    def __init__(self):
        self.replies = {}
        self.asked = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def answer(self, path, *replies):
        self.replies[path] = [one if isinstance(one, Reply) else Reply(one) for one in replies]

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def _handler(self):
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                url = urlsplit(self.path)
                path = url.path.removeprefix("/")
                service.asked.append(Asked(path, dict(parse_qsl(url.query)), dict(self.headers)))
                replies = service.replies.get(path, [Reply({"error": "not found"}, 404)])
                reply = replies.pop(0) if len(replies) > 1 else replies[0]
                content = reply.content()
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args):
                """Keep quiet."""

        return Handler
