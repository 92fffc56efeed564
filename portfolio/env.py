"""Reads the environment strictly: what is misspelt stops the start instead of meaning something else.

Every variable NAME may also be given as NAME_FILE, the path of a file that holds the value (Docker
and systemd pass secrets this way). A variable that is set but empty counts as not set, because
Compose writes ${NAME:-} like that.
"""

import contextlib
import os
import secrets
from collections.abc import Collection
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured
from environ import Env, FileAwareEnv
from environ.fileaware_mapping import FileAwareMapping

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
POSTGRES_SCHEMES = {"postgres", "postgresql", "pgsql", "psql"}


class Environment(FileAwareEnv):  # type: ignore[misc] # environ has no types
    ENVIRON = FileAwareMapping(cache=False)  # read once anyway, and tests change files


def text(name: str, default: str = "") -> str:
    try:
        value: str = Environment()(name, default="")
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name}_FILE names {os.environ.get(name + '_FILE')}, which cannot be read: {error.strerror}."
        ) from error
    # Files of secrets end with a line break that is not part of the secret.
    return value.strip() or default


def is_set(name: str) -> bool:
    return text(name) != ""


def flag(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if value in TRUE | FALSE or not value:
        return value in TRUE if value else default
    raise ImproperlyConfigured(f"{name} is {value!r}, but must be one of: true, false (or 1, 0).")


def number(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    value = text(name, str(default))
    # isdecimal alone also accepts digits of other scripts.
    if not (value.isascii() and value.isdecimal() and int(value) >= least):
        raise ImproperlyConfigured(
            f"{name} is {value!r}, but must be a whole number of at least {least}."
        )
    if most is not None and int(value) > most:
        raise ImproperlyConfigured(f"{name} is {value!r}, but must be at most {most}.")
    return int(value)


def choice(name: str, default: str, choices: Collection[str]) -> str:
    value = text(name, default).upper()
    if value not in choices:
        raise ImproperlyConfigured(
            f"{name} is {value!r}, but must be one of: {', '.join(choices)}."
        )
    return value


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list separated by commas, blanks around the items ignored."""
    found = [word.strip() for word in text(name).split(",") if word.strip()]
    return found or list(default)


def database(name: str) -> dict[str, object]:
    """Django's database settings from a PostgreSQL URL."""
    url = text(name)
    if urlsplit(url).scheme not in POSTGRES_SCHEMES:
        raise ImproperlyConfigured(
            f"{name} must begin with postgres://, because only PostgreSQL keeps amounts exactly. "
            f"Example: postgres://user:password@host:5432/portfolio"
        )
    try:
        config: dict[str, object] = dict(Env.db_url_config(url))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error}.") from error
    if not config.get("NAME"):
        raise ImproperlyConfigured(
            f"{name} names no database. Example: postgres://user:password@host:5432/portfolio"
        )
    if isinstance(config.get("HOST"), str):
        # A socket directory arrives percent-encoded: postgres://user@%2Frun%2Fpostgresql/portfolio
        config["HOST"] = unquote(str(config["HOST"]))
    return config


def time_zone(name: str, default: str) -> str:
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{name} is {value!r}, which is no known time zone. Examples: UTC, Europe/Berlin."
        ) from error
    return value


def kept_secret(path: Path) -> str:
    """A secret for development, generated once and kept in a file that only its owner can read."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(50))
            with contextlib.suppress(FileExistsError):  # two first starts at once keep one secret
                os.link(draft, path)
            draft.unlink()
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The development key {path} cannot be used: {error.strerror}. Run this as the user who "
            f"made it, or set PORTFOLIO_DATA_DIR to a directory of your own, or set SECRET_KEY."
        ) from error


def email(url: str) -> dict[str, object]:
    """Django's EMAIL_… settings from a URL like smtp+tls://user:password@host:587."""
    try:
        return dict(Env.email_url_config(url))
    except (KeyError, ValueError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(
            f"EMAIL_URL cannot be read ({error}). Example: smtp+tls://user:password@host:587"
        ) from error
