"""What a check of a user's data answers with: groups of findings, each finding with the way to settle it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User

from transactions.models import Account

# Of each group the first few are shown, and all are counted.
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose data is looked at, as of which day, and the currency that pages are read in."""

    user: User
    accounts: Sequence[Account]
    today: date
    currency: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to settle: what it is about, a sentence, and the link to what settles it."""

    about: str
    where: str
    sentence: str
    fix: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one sort; ``name`` is its anchor on the page, ``calm`` what is said when it is empty."""

    name: str
    title: str
    calm: str
    about: str
    count: int
    findings: Sequence[Finding]
    # Where all of them are listed, if anywhere.
    url: str = ""

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.findings)


Check = Callable[[Scope], list[Group]]
