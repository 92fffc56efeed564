"""What a provider of prices is: a name, what it promises about its prices, and one question."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import ClassVar, NamedTuple

from pricing.money import EXACT, major_unit, parse_number, to_quantity


class ProviderError(Exception):
    """There are no prices; the message is a sentence for people."""


class ProviderDown(ProviderError):
    """Nothing else can be had from this provider now: no network, no key, or too many questions."""


class Wanted(NamedTuple):
    """The days of one symbol, both ends included. ``currency`` is the instrument's, or empty."""

    symbol: str
    start: date
    end: date
    currency: str


class Quote(NamedTuple):
    """The price of one unit at the end of a day, in a major currency; see ``quote``."""

    day: date
    close: Decimal
    currency: str
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    volume: Decimal | None = None


Answer = list[Quote] | ProviderError

# What reading an answer of another shape raises; broken XML is a SyntaxError.
MISUNDERSTOOD = (
    ArithmeticError, AttributeError, LookupError, SyntaxError, TypeError, ValueError,
)  # fmt: skip


class Provider(ABC):
    """One service. It asks and understands; it stores nothing and knows no instrument."""

    name: ClassVar[str]
    label: ClassVar[str]
    # Whether past prices are told per unit as of today, see docs/algorithms/splits.md.
    adjusted_for_splits: ClassVar[bool]
    symbol_help: ClassVar[str]
    batch_size: ClassVar[int] = 1
    # How far back its prices reach; None when as far as there are any.
    history_days: ClassVar[int | None] = None

    @abstractmethod
    def fetch(self, wanted: Sequence[Wanted]) -> dict[Wanted, Answer]:
        """Quotes for each of at most ``batch_size`` symbols, or why there are none. Never raises."""


def one_by_one(
    wanted: Sequence[Wanted], ask: Callable[[Wanted], list[Quote]]
) -> dict[Wanted, Answer]:
    """Ask for each symbol by itself: one that fails stops no other, unless the provider is down."""
    answers: dict[Wanted, Answer] = {}
    down: ProviderDown | None = None
    for one in wanted:
        try:
            answers[one] = down or ask(one)
        except ProviderDown as error:
            answers[one] = down = error
        except ProviderError as error:
            answers[one] = error
    return answers


def quote(day: date, close: object, currency: str, **others: object) -> Quote:
    """A quote from what a service wrote: exact, and minor units turned into the major one."""
    major, factor = major_unit(currency)

    def price(value: object) -> Decimal:
        return to_quantity(EXACT.multiply(number(value), factor))

    prices = {
        name: price(value)
        for name, value in others.items()
        if name != "volume" and value not in (None, "")
    }
    volume = others.get("volume")
    return Quote(
        day,
        price(close),
        major,
        **prices,
        volume=number(volume) if volume not in (None, "") else None,
    )


def number(value: object) -> Decimal:
    """The exact number of a JSON value or a cell. Raises ValueError where there is none."""
    found = value if isinstance(value, Decimal) else parse_number(str(value), ".")
    if found is None or not found.is_finite():
        raise ValueError(f"“{value}” is not a number")
    return found


@contextmanager
def understood(label: str) -> Iterator[None]:
    """Turn what does not look as documented into a sentence that names the provider."""
    try:
        yield
    except MISUNDERSTOOD as error:
        raise ProviderError(
            f"{label} answered in an unexpected form ({type(error).__name__}: {error}). "
            f"It may have changed; a newer version of this application may know how."
        ) from error
