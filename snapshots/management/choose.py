"""Which accounts a command is about."""

from django.core.management.base import CommandError
from django.db.models import QuerySet

from transactions.models import Account


def accounts_named(name: str | None) -> QuerySet[Account]:
    """All accounts, or those of this name; an error when there is none."""
    accounts = Account.objects.order_by("pk")
    if name is None:
        return accounts
    if not accounts.filter(name=name).exists():
        raise CommandError(f"There is no account “{name}”.")
    return accounts.filter(name=name)
