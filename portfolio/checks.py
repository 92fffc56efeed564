"""System checks for what people get wrong who host this themselves. Each has an id and a hint.

What Django cannot even start with (a boolean misspelt, no secret key) is refused in settings.py.
"""

import tempfile
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

SHORTEST_KEY = 32
REDIS_SCHEMES = {"redis", "rediss", "unix"}


@register(Tags.security)
def check_hosts(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.PUBLIC_HOSTS and not settings.LOCAL:
        found.append(
            Error(
                "ALLOWED_HOSTS is empty, so that every page answers 400 to every browser.",
                hint="Set it to the host name in the address bar, for example portfolio.example.com.",
                id="portfolio.E001",
            )
        )
    for host in settings.PUBLIC_HOSTS:
        # An IPv6 address has its colons inside brackets.
        if "/" in host or ":" in host.rpartition("]")[2]:
            found.append(
                Error(
                    f"ALLOWED_HOSTS contains {host}, which is more than a host name.",
                    hint="Leave out https://, the port and the path.",
                    id="portfolio.E002",
                )
            )
    if "*" in settings.PUBLIC_HOSTS:
        found.append(
            Warning(
                "ALLOWED_HOSTS is *, so that anybody can make links in mails point to their own site.",
                hint="Name the hosts that you use.",
                id="portfolio.W001",
            )
        )
    return found


@register(Tags.security)
def check_secret_key(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    key = settings.SECRET_KEY
    if settings.LOCAL or (len(key) >= SHORTEST_KEY and "change" not in key.lower()):
        return []
    return [
        Error(
            "SECRET_KEY is short or an example, so that strangers can guess it and sign in as you.",
            hint="Use the output of: openssl rand -base64 48",
            id="portfolio.E003",
        )
    ]


@register(Tags.security)
def check_https(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    if settings.LOCAL:
        return []
    if not settings.HTTPS:
        return [
            Warning(
                "HTTPS is off, so that passwords cross the network readable for everybody in it.",
                hint="Put a reverse proxy with a certificate in front and remove HTTPS=false.",
                id="portfolio.W002",
            )
        ]
    if not settings.TRUSTED_PROXIES:
        return [
            Warning(
                "HTTPS is on, but TRUSTED_PROXIES is 0: this server itself speaks only HTTP, so every "
                "page would redirect to itself for ever.",
                hint="Set TRUSTED_PROXIES to the number of reverse proxies in front, usually 1.",
                id="portfolio.W003",
            )
        ]
    return []


@register(Tags.security)
def check_debug(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    if not (settings.DEBUG and settings.PUBLIC_HOSTS):
        return []
    return [
        Warning(
            "DEBUG is on while ALLOWED_HOSTS names public hosts: error pages show your data and "
            "settings to everybody who finds one.",
            hint="Remove DEBUG, or ALLOWED_HOSTS if this machine is for development.",
            id="portfolio.W004",
        )
    ]


@register(Tags.caches)
def check_redis_url(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    if not settings.REDIS_URL or urlsplit(settings.REDIS_URL).scheme in REDIS_SCHEMES:
        return []
    return [
        Error(
            "REDIS_URL does not begin with redis://, rediss:// or unix://.",
            hint="Example: redis://cache:6379/0. Leave it empty to keep the cache in PostgreSQL.",
            id="portfolio.E004",
        )
    ]


@register(Tags.files)
def check_temporary_folder(
    app_configs: Sequence[AppConfig] | None, **_: object
) -> list[CheckMessage]:
    try:
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR):
            return []
    except OSError as error:
        return [
            Error(
                f"No file can be written to the temporary folder ({error}), so that uploads fail.",
                hint="Mount a writable folder at /tmp, or set TMPDIR to one.",
                id="portfolio.E005",
            )
        ]
