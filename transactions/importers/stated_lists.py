"""Lists of what an account holds, as files have them at the end of a period."""

from collections.abc import Iterator
from datetime import datetime, time

from pricing.money import EXACT
from transactions.importers.base import Security, Stated

_Key = tuple[datetime | None, Security | None, str]


class Lists:
    """The lists of units and of money that one statement has of each depot.

    A list says of what it does not name that it was not held. So one with a figure that cannot be read
    says nothing: it is given up as a whole, and the other one stays.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, bool], dict[_Key, Stated]] = {}
        self._given_up: set[tuple[str, bool]] = set()

    def add(self, one: Stated) -> None:
        """Note an item; those that name one thing twice (held in cash and on margin) are added up."""
        found = self._found.setdefault((one.portfolio, one.security is not None), {})
        before = found.get(_key(one))
        if before is not None:
            one = before._replace(amount=EXACT.add(before.amount, one.amount))
        found[_key(one)] = one._replace(is_list=True)

    def has(self, one: Stated) -> bool:
        """Whether there is an item of the same thing at the same time."""
        return _key(one) in self._found.get((one.portfolio, one.security is not None), {})

    def give_up(self, portfolio: str, *, of_units: bool) -> None:
        self._given_up.add((portfolio, of_units))

    def __iter__(self) -> Iterator[Stated]:
        for which, found in self._found.items():
            if which not in self._given_up:
                yield from found.values()


def _key(one: Stated) -> _Key:
    return one.when, one.security, one.currency


def end_of_day(when: datetime) -> datetime:
    """What a list of a day holds has everything of that day in it."""
    return datetime.combine(when, time.max)
