"""The tables of the page of realised gains: sums by year, instrument, account, currency and time held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator

from portfolio.realized import LONG_DAYS, GainSum, Key, Selection, grouped, slices
from transactions.models import Account

SLICES_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class Group:
    """Slices with something in common whose account is in one currency.

    ``value`` is what the filter of the page calls it.
    """

    label: str
    value: str
    currency: str
    found: GainSum


def slices_page(wanted: Selection, count: int, number: str) -> Page[Any]:
    """A page of the slices of a selection; how many they are is known from their sums."""
    page: Page[Any] = Paginator(range(count), SLICES_A_PAGE).get_page(number)
    page.object_list = slices(wanted, (page.number - 1) * SLICES_A_PAGE, SLICES_A_PAGE)
    return page


def by_year(sums: Mapping[Key, GainSum]) -> list[Group]:
    """The latest year first."""
    return sorted(
        _groups(sums, lambda key: str(key.year), str),
        key=lambda group: (-int(group.label), group.currency),
    )


def by_instrument(sums: Mapping[Key, GainSum]) -> list[Group]:
    return _largest_first(_groups(sums, lambda key: key.ticker, str))


def by_account(sums: Mapping[Key, GainSum], accounts: Sequence[Account]) -> list[Group]:
    names = {str(account.pk): account.name for account in accounts}
    return _largest_first(_groups(sums, lambda key: str(key.account), names.__getitem__))


def by_time_held(sums: Mapping[Key, GainSum]) -> list[Group]:
    labels = {"long": f"More than {LONG_DAYS} days", "short": f"{LONG_DAYS} days or less"}
    return list(_groups(sums, lambda key: "long" if key.is_long else "short", labels.__getitem__))


def by_currency(sums: Mapping[Key, GainSum]) -> list[Group]:
    """As they were traded: proceeds and cost in the books' currencies, which only here are not mixed."""
    found = grouped(sums, lambda key: (key.currency, key.home))
    return [Group(currency, currency, home, one) for (currency, home), one in sorted(found.items())]


def by_home(sums: Mapping[Key, GainSum]) -> list[Group]:
    """All of it, per currency of accounts."""
    return _groups(sums, lambda key: "", str)


def _groups(
    sums: Mapping[Key, GainSum], value: Callable[[Key], str], label: Callable[[str], str]
) -> list[Group]:
    found = grouped(sums, lambda key: (value(key), key.home))
    return [Group(label(name), name, home, one) for (name, home), one in sorted(found.items())]


def _largest_first(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (-group.found.home_gain, group.label))
