"""How often one person may do what costs much. Counted in the cache, so over all processes.

Signing in is limited by allauth in the same way.
"""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse

logger = logging.getLogger(__name__)
TOO_MANY = 429


@dataclass(frozen=True)
class Limit:
    name: str
    path: str
    methods: frozenset[str]  # empty: all
    times: int
    seconds: int

    def covers(self, request: HttpRequest) -> bool:
        fits = not self.methods or request.method in self.methods
        return fits and bool(re.match(self.path, request.path))


class RateLimitMiddleware:
    """Stands behind authentication, because people share addresses and addresses people."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        for limit in settings.RATE_LIMITS:
            if limit.covers(request) and (wait := exceeded(request, limit)):
                return refusal(request, limit, wait)
        return self.get_response(request)


def exceeded(request: HttpRequest, limit: Limit) -> int:
    """Seconds until the next is allowed, or 0."""
    now = time.time()
    window = int(now // limit.seconds)
    key = f"rate-limit:{limit.name}:{who(request)}:{window}"
    cache.add(key, 0, timeout=limit.seconds + 10)
    try:
        count = cache.incr(key)
    except ValueError:
        # The cache is away: slow pages are better than none. Redis logs its own error.
        return 0
    return 0 if not count or count <= limit.times else int((window + 1) * limit.seconds - now) + 1


def who(request: HttpRequest) -> str:
    if request.user.is_authenticated:
        return f"user-{request.user.pk}"
    # allauth knows how many proxies to look past.
    from allauth.core.internal.httpkit import get_client_ip  # noqa: PLC0415 - needs loaded apps

    return f"ip-{get_client_ip(request)}"


def refusal(request: HttpRequest, limit: Limit, wait: int) -> HttpResponse:
    logger.warning("Limit %s reached by %s.", limit.name, who(request))
    sentence = (
        f"That was {limit.times} times in {limit.seconds} seconds. Try again in {wait} seconds."
    )
    headers = {"Retry-After": str(wait)}
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": sentence}, status=TOO_MANY, headers=headers)
    return HttpResponse(
        sentence + "\n", status=TOO_MANY, content_type="text/plain", headers=headers
    )
