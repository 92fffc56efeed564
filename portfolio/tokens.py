"""Tokens by which programs read in the name of a user."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from portfolio.models import ApiToken

# Says to people and to scanners of leaked secrets what they have found.
PREFIX = "portfolio_"
# A token that is used all the time is written down once in so long.
NOTED_EVERY = timedelta(minutes=1)


def issue(user: User, name: str, expires_on: date | None) -> tuple[ApiToken, str]:
    """A new token, and its text, which is kept nowhere."""
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, expires_on=expires_on, digest=_digest(text)
    )
    return token, text


def user_of(text: str) -> User | None:
    """Whose token it is; None for one that is wrong, revoked or expired, or whose user is locked out."""
    found = ApiToken.objects.select_related("user").filter(digest=_digest(text)).first()
    if found is None or found.is_expired or not found.user.is_active:
        return None
    now = timezone.now()
    if found.last_used_at is None or now - found.last_used_at > NOTED_EVERY:
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found.user


def _digest(text: str) -> str:
    """Without salt or stretching: nobody guesses 256 random bits."""
    return hashlib.sha256(text.encode()).hexdigest()
