"""Asking a service over HTTP: no faster than it allows, again when it stumbles, and never for ever."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
from django.conf import settings

from pricing.providers.base import ProviderDown, ProviderError

ATTEMPTS = 4
# Longer than this nobody waits inside a refresh; the next one asks again.
LONGEST_WAIT = 60.0
TOO_MANY = 429
REFUSED = {401, 402, 403}


class Service:
    """One service, by its name in the settings."""

    def __init__(self, name: str, label: str) -> None:
        self.name = name
        self.label = label
        self._pace = threading.Lock()
        self._free_at = 0.0

    @property
    def key(self) -> str:
        return str(settings.PROVIDER_KEYS.get(self.name, ""))

    def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        cost: int = 1,
    ) -> httpx2.Response:
        """The successful answer. ``cost`` is how many requests the service counts this one as.

        Raises ProviderDown when it cannot be reached, refuses, or still fails after several
        attempts, and ProviderError when it does not want this very request.
        """
        with httpx2.Client(
            base_url=settings.PROVIDER_URLS[self.name],
            timeout=settings.PROVIDER_TIMEOUT,
            headers={"User-Agent": "portfolio-tracker", **(headers or {})},
        ) as client:
            for attempt in range(ATTEMPTS):
                self._take_turn(cost)
                failure, wait = self._ask(client, path, params)
                if isinstance(failure, httpx2.Response):
                    return failure
                if wait > LONGEST_WAIT or attempt == ATTEMPTS - 1:
                    break
                time.sleep(max(wait, settings.PROVIDER_PAUSE * 2**attempt))
        raise ProviderDown(failure)

    def json(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - JSON has every type
        """The answer's JSON with exact numbers."""
        response = self.get(*args, **options)
        try:
            return json.loads(response.content, parse_float=Decimal)
        except ValueError as error:
            raise ProviderError(f"{self.label} gave an answer that is not JSON.") from error

    def _take_turn(self, cost: int) -> None:
        """Wait until the service's limit allows the next request of this process."""
        interval = 60.0 / settings.PROVIDER_LIMITS[self.name]
        with self._pace:
            now = time.monotonic()
            start = max(now, self._free_at)
            self._free_at = start + cost * interval
        time.sleep(start - now)

    def _ask(
        self, client: httpx2.Client, path: str, params: Mapping[str, str] | None
    ) -> tuple[httpx2.Response | str, float]:
        """The answer, or what is wrong for now and how many seconds the service asks to wait."""
        try:
            response = client.get(path, params=params)
        except httpx2.TransportError as error:
            reason = str(error) or type(error).__name__
            return f"{self.label} cannot be reached ({reason}). Check the network.", 0.0
        if response.is_success:
            return response, 0.0
        code = response.status_code
        if code == TOO_MANY:
            wait = retry_after(response.headers.get("Retry-After", ""))
            return f"{self.label} has been asked too often{_pause(wait)}.", wait
        if response.is_server_error:
            wait = retry_after(response.headers.get("Retry-After", ""))
            return f"{self.label} is out of order (error {code}){_pause(wait)}.", wait
        if code in REFUSED:
            raise ProviderDown(f"{self.label} refuses access (error {code}). {self._about_key()}")
        raise ProviderError(
            f"{self.label} does not know the symbol or the days (error {code}{_said(response)})."
        )

    def _about_key(self) -> str:
        if self.name not in settings.PROVIDER_KEYS:
            return "It may have blocked this machine."
        variable = f"{self.name.upper()}_API_KEY"
        return f"Check the key in {variable}." if self.key else f"Set {variable}."


def retry_after(header: str) -> float:
    """Seconds to wait by a Retry-After header, which holds seconds or a date; 0 without one."""
    if header.isascii() and header.isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _pause(wait: float) -> str:
    return f" and asks to wait {round(wait)} seconds" if wait > LONGEST_WAIT else ""


def _said(response: httpx2.Response) -> str:
    """What the service says about it, as far as it is short and plain."""
    try:
        answer = response.json()
    except ValueError:
        return ""
    text = next(
        (
            answer[name]
            for name in ("error", "message")
            if isinstance(answer, dict) and name in answer
        ),
        "",
    )
    return f": {text[:120]}" if isinstance(text, str) and text else ""
