"""Edits through the bind mount: what the server answers after each, in the container."""

import json
import socket

import pytest

from tests.infrastructure.stack import Stack, eventually

HEALTH = "portfolio/health.py"
ANSWER = 'return HttpResponse("The process answers.'


@pytest.fixture
def stack(running):
    return running


@pytest.fixture
def edit(stack):
    """Replace a piece of a file of the checkout; afterwards it is as it was."""
    originals: dict[str, str] = {}

    def change(name: str, old: str, new: str) -> None:
        file = stack.folder / name
        text = file.read_text()
        originals.setdefault(name, text)
        assert old in text
        file.write_text(text.replace(old, new))

    yield change
    for name, text in originals.items():
        (stack.folder / name).write_text(text)
    eventually(lambda: stack.get("/up").text == "The process answers.\n", "The code as it was")


def overlay(stack, path: str = "/up") -> dict[str, object]:
    """What the page's script gets when it asks after an edit."""
    answer = stack.get(path, X_Dev_Reload="1")
    assert answer.status == 500
    found: dict[str, object] = json.loads(answer.text)
    return found


def test_an_exception_is_told_with_file_and_line_and_goes_when_it_is_mended(stack, edit):
    edit(HEALTH, ANSWER, f"1 / 0\n    {ANSWER}")
    found = eventually_told(stack, "ZeroDivisionError")
    assert found["frames"][0]["file"] == HEALTH
    edit(HEALTH, "1 / 0\n    ", "")
    eventually(lambda: stack.get("/up").status == 200, "The mended page")


def test_a_mistake_that_keeps_django_from_starting_is_told_and_goes_when_it_is_mended(stack, edit):
    edit("portfolio/urls.py", "urlpatterns = [", "urlpatterns = [[")
    found = eventually_told(stack, "SyntaxError")
    assert found["frames"][0]["file"] == "portfolio/urls.py"
    edit("portfolio/urls.py", "urlpatterns = [[", "urlpatterns = [")
    eventually(lambda: stack.get("/up").status == 200, "The mended server")


def eventually_told(stack, kind: str):
    eventually(lambda: stack.get("/up", X_Dev_Reload="1").status == 500, "The error")
    eventually(lambda: overlay(stack)["type"] == kind, kind)
    return overlay(stack)


def test_edits_of_template_style_and_script_are_served_and_told_to_open_pages(stack, edit):
    with socket.create_connection(("127.0.0.1", int(stack.variables["WEB_PORT"])), 10) as page:
        page.sendall(b"GET /__reload__/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        page.settimeout(60)
        told = page.makefile("r")
        next(line for line in told if "hello" in line)
        for name, old, wanted in (
            ("templates/plain.html", "<head>", {"kind": "template", "path": "plain.html"}),
            ("static/css/tokens.css", ":root", {"kind": "static", "path": "css/tokens.css"}),
            ("static/js/app.js", "//", {"kind": "static", "path": "js/app.js"}),
        ):
            edit(name, old, f"{old} ")
            event = next(line for line in told if line.startswith("data:"))
            assert json.loads(event.removeprefix("data:")) == wanted
            if wanted["kind"] == "static":
                assert stack.get(f"/{name}").text == (stack.folder / name).read_text()


def test_a_debugger_attaches_to_web_and_still_does_after_an_edit(stack, edit):
    debugged = Stack(stack.folder, stack.project, stack.variables | {"DEBUGPY": "true"})
    debugged.make("up")
    try:
        port = int(stack.variables["DEBUGPY_WEB_PORT"])
        eventually(lambda: debugger_answers(port), "The debugger")
        edit(HEALTH, "The process answers.", "The edited process answers.")
        eventually(lambda: "edited" in stack.get("/up").text, "The edited code")
        eventually(lambda: debugger_answers(port), "The debugger after the edit")
    finally:
        stack.make("up")


def debugger_answers(port: int) -> bool:
    """Whether a debug adapter is there: the first message of its protocol."""
    hello = json.dumps(
        {"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "test"}}
    )
    with socket.create_connection(("127.0.0.1", port), timeout=5) as editor:
        editor.sendall(f"Content-Length: {len(hello)}\r\n\r\n{hello}".encode())
        return editor.recv(4096).startswith(b"Content-Length: ")
