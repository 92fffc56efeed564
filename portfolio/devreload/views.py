"""The stream of changes, and the scripts that listen to it."""

import json
from collections.abc import Iterator
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.db import connections
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portfolio.devreload.changes import VERSION, changes

BROWSER = Path(__file__).parent / "browser"
# Finds out that a page was closed; each open page costs the development server one thread.
PING_SECONDS = 15
RETRY_MS = 100


def message(kind: str, **details: object) -> str:
    return f"data: {json.dumps({'kind': kind, **details})}\n\n"


def stream() -> Iterator[str]:
    # Django has looked up who is signed in. Held for as long as a page is open, a few pages would take
    # all connections of the pool.
    connections.close_all()
    seen = changes.count
    yield f"retry: {RETRY_MS}\n" + message("hello", version=VERSION)
    while True:
        found = changes.after(seen, PING_SECONDS)
        seen = found[-1].number if found else seen
        # One save of an editor may touch a file twice.
        for kind, path in dict.fromkeys((change.kind, change.path) for change in found):
            yield message(kind, path=path)
        if not found:
            yield ": still here\n\n"


@login_not_required
@require_safe
@never_cache
def events(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(stream(), content_type="text/event-stream")


@login_not_required
@require_safe
@never_cache
def browser(request: HttpRequest, name: str) -> HttpResponse:
    path = BROWSER / name
    if path not in BROWSER.glob("*.js"):
        raise Http404(f"The reload scripts are in {BROWSER}, and {name} is none of them.")
    return HttpResponse(path.read_bytes(), content_type="text/javascript; charset=utf-8")
