"""Adds the script to every page, and gives errors to the script in a form it can show."""

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.html import format_html

# Sent by the script, so that an error comes as data and not as Django's page.
HEADER = "X-Dev-Reload"


class DevReloadMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        error = getattr(request, "dev_error", None)
        if error and HEADER in request.headers:
            return JsonResponse(error, status=500)
        if is_page(response):
            add_script(response, tag(request.method or "GET", broken=bool(error)))
        return response


def show_toolbar(request: HttpRequest) -> bool:
    """Where the browser is on this machine, Docker's gateway included; not in pages that are only
    compared with others."""
    from debug_toolbar.middleware import show_toolbar_with_docker  # noqa: PLC0415 - optional

    return HEADER not in request.headers and bool(show_toolbar_with_docker(request))


def is_page(response: HttpResponse) -> bool:
    return (
        not response.streaming
        and response.get("Content-Type", "").startswith("text/html")
        and not response.get("Content-Encoding")
        and b"</head>" in response.content
    )


def tag(method: str, *, broken: bool) -> str:
    """In the head and not deferred: it must see the page before other scripts change it."""
    return format_html(
        '<script src="{}" data-method="{}" data-broken="{}"></script>',
        reverse("devreload:browser", args=["reload.js"]),
        method,
        json.dumps(broken),
    )


def add_script(response: HttpResponse, script: str) -> None:
    head, end, rest = response.content.partition(b"</head>")
    response.content = head + script.encode() + end + rest
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(response.content))
