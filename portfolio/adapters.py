"""How allauth behaves in an instance that belongs to few people who know each other."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Strangers cannot join: the first-run page makes the first user, the admin all others."""
        return False
