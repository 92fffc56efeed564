"""Sums over all rows of an account, kept until the account or an exchange rate changes.

They are kept in parts, because a page of one year has no use for the other forty. What is kept is never
the only copy: without a cache everything is added up again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction
from django.dispatch import receiver

from pricing.signals import prices_changed, rates_changed
from transactions.models import Account

# By name, what a page needs at once.
Parts = Mapping[str, Any]
RATES, PRICES = "rates-edition", "prices-edition"
# Adding up a million rows takes seconds; what is out of date is never asked for again.
SECONDS_KEPT = 24 * 3600


def parts_of(
    accounts: Sequence[Account],
    what: str,
    names: Sequence[str],
    add_up: Callable[[Sequence[Account]], Mapping[int, Parts]],
) -> list[Parts]:
    """The named parts of each account; ``add_up`` makes all parts of accounts that are not kept.

    ``what`` says what they are and all that decides them beside the ledger. A name that an account has
    no part for is missing from the answer.
    """
    prefixes = {account.pk: f"{what}:{account.pk}:{account.revision}" for account in accounts}
    keys = [f"{prefix}:{name}" for prefix in prefixes.values() for name in names]
    found: dict[str, Any] = cache.get_many(keys)
    absent = [
        account
        for account in accounts
        if any(f"{prefixes[account.pk]}:{name}" not in found for name in names)
    ]
    if absent:
        fresh: dict[str, Any] = {}
        for pk, parts in add_up(absent).items():
            # None says that there is no such part, so that nobody looks for it again.
            fresh |= {f"{prefixes[pk]}:{name}": None for name in names}
            fresh |= {f"{prefixes[pk]}:{name}": part for name, part in parts.items()}
        cache.set_many(fresh, SECONDS_KEPT)
        found |= fresh
    return [
        {name: part for name in names if (part := found[f"{prefix}:{name}"]) is not None}
        for prefix in prefixes.values()
    ]


def rates_edition() -> str:
    """A word that changes with every change of an exchange rate, for what rests on rates."""
    return str(cache.get_or_set(RATES, lambda: uuid4().hex, None))


def prices_edition() -> str:
    """Likewise of a price or a split."""
    return str(cache.get_or_set(PRICES, lambda: uuid4().hex, None))


@receiver(rates_changed, dispatch_uid="portfolio.kept")
def new_edition(**_: object) -> None:
    """Only after the commit: before it others would keep old rates under the new word."""
    transaction.on_commit(lambda: cache.set(RATES, uuid4().hex, None))


@receiver(prices_changed, dispatch_uid="portfolio.kept.prices")
def new_prices_edition(**_: object) -> None:
    transaction.on_commit(lambda: cache.set(PRICES, uuid4().hex, None))
