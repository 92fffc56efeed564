"""The first user of a new installation: whoever reads the server's log, and nobody else."""

import secrets

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils.crypto import salted_hmac

TOKEN_LENGTH = 24  # hexadecimal digits, 96 bits


class AlreadySetUpError(Exception):
    """Somebody was faster."""


def is_open() -> bool:
    """Only an installation without any user lets strangers make one."""
    return not User.objects.exists()


def needs_token() -> bool:
    """In development the machine is one's own; elsewhere anybody may reach the page first."""
    return not settings.DEBUG


def token() -> str:
    """Derived from the secret key, so that all processes agree on it and nothing has to keep it."""
    return salted_hmac("portfolio.first_run", "token", algorithm="sha256").hexdigest()[
        :TOKEN_LENGTH
    ]


def is_token(text: str) -> bool:
    return secrets.compare_digest(text.strip().encode(), token().encode())


def create_first_user(username: str, email: str, password: str) -> User:
    """An administrator. Of several requests at once the first wins, and the others get an error."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Locking rows cannot keep out a second first user: there is no row yet.
        cursor.execute("LOCK TABLE auth_user IN SHARE ROW EXCLUSIVE MODE")
        if not is_open():
            raise AlreadySetUpError
        return User.objects.create_superuser(username, email, password)
