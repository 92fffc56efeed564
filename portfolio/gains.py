"""What a holding is worth in a currency, and how much of a gain came from prices and how much from rates.

Pure: Decimals in, Decimals out. The rules and worked tables are in docs/algorithms/valuation.md and
docs/algorithms/currency.md. Every product of an amount and a rate is rounded to 8 decimals, half-even;
sums are exact, so that price gain + currency gain = gain to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from typing import NamedTuple, Protocol

from pricing.money import EXACT, ZERO, to_amount


class Missing(StrEnum):
    """Why a figure of a holding is unknown."""

    PURCHASE = "purchase"  # more was sold than is recorded as bought
    PRICE = "price"
    RATE = "rate"  # from the price's currency on the day of the valuation
    COST = "cost"
    COST_RATE = "cost-rate"  # from the currency of the cost on the day of a purchase


class Quote(NamedTuple):
    """A price in ``currency`` per unit as it is on the day of the valuation, and where it is from."""

    price: Decimal
    currency: str
    day: date
    source: str


class Rate(Protocol):
    """Units of the wanted currency per unit of another; see pricing.conversion.Rate."""

    @property
    def value(self) -> Decimal: ...
    @property
    def day(self) -> date | None: ...
    @property
    def source(self) -> str: ...


class Gain(NamedTuple):
    """``price`` + ``currency`` = ``total``; None is unknown."""

    total: Decimal | None
    price: Decimal | None
    currency: Decimal | None


UNKNOWN = Gain(None, None, None)
NO_GAIN = Gain(ZERO, ZERO, ZERO)


def gain(
    value: Decimal | None, cost: Decimal | None, own_cost: Decimal | None, rate: Decimal | None
) -> Gain:
    """What a value is more than its cost, both in the wanted currency.

    ``own_cost`` is the cost in the currency in which it was paid, and ``rate`` what a unit of that was
    worth in the wanted currency on the day of the value: the currency gain is what the cost alone
    has gained by the change of rates, the price gain is the rest.
    """
    if value is None or cost is None:
        return UNKNOWN
    total = EXACT.subtract(value, cost)
    if own_cost is None or rate is None:
        return Gain(total, None, None)
    by_rates = EXACT.subtract(product(own_cost, rate), cost)
    return Gain(total, EXACT.subtract(total, by_rates), by_rates)


def realized_gain(
    proceeds: Decimal | None,
    cost: Decimal | None,
    sold_rate: Decimal | None,
    bought_rate: Decimal | None,
) -> Gain:
    """The gain of a disposal whose proceeds and cost are in one other currency.

    The rates, into the wanted currency, are those of the days of sale and purchase.
    """
    if proceeds is None or cost is None or sold_rate is None or bought_rate is None:
        return UNKNOWN
    return gain(product(proceeds, sold_rate), product(cost, bought_rate), cost, sold_rate)


def product(amount: Decimal, rate: Decimal) -> Decimal:
    return to_amount(EXACT.multiply(amount, rate))


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The exact sum, unknown as soon as one part is."""
    found = ZERO
    for amount in amounts:
        if amount is None:
            return None
        found = EXACT.add(found, amount)
    return found


def known_total(amounts: Iterable[Decimal | None]) -> Decimal:
    """The exact sum of the parts that are known; who shows it says what is left out."""
    return reduce(EXACT.add, (amount for amount in amounts if amount is not None), ZERO)


def total_gain(gains: Iterable[Gain]) -> Gain:
    found = list(gains)
    return Gain(*(total(parts) for parts in zip(*found, strict=True))) if found else NO_GAIN


@dataclass(frozen=True, slots=True)
class Holding:
    """Units held at the end of a day, in the units of that day, and what they cost.

    ``own_cost`` is in ``currency``, that of the position; ``cost`` is in the wanted one, each purchase at
    the rate of its day.
    """

    quantity: Decimal
    currency: str
    own_cost: Decimal | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Valuation:
    """A holding valued on a day in ``wanted``: each figure, what it rests on, and what it lacks."""

    holding: Holding
    wanted: str
    quote: Quote | None
    # From the price's currency and from the position's, on the day of the valuation.
    rate: Rate | None
    own_rate: Rate | None

    @property
    def value(self) -> Decimal | None:
        if self.quote is None or self.rate is None or self.holding.quantity < 0:
            return None
        worth = EXACT.multiply(self.holding.quantity, self.quote.price)
        return product(worth, self.rate.value)

    @property
    def cost_at_day(self) -> Decimal | None:
        """What the cost would be at the rate of the day instead of those of the purchases."""
        if self.own_rate is None or self.holding.own_cost is None:
            return None
        return product(self.holding.own_cost, self.own_rate.value)

    @property
    def gain(self) -> Gain:
        """What it would bring beyond its cost, if it were sold at this price."""
        rate = None if self.own_rate is None else self.own_rate.value
        return gain(self.value, self.holding.cost, self.holding.own_cost, rate)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Everything that keeps a figure from being known, in the order in which to mend it."""
        held = self.holding
        if held.quantity < 0:
            return (Missing.PURCHASE,)
        checks = (
            (Missing.PRICE, self.quote is None),
            (Missing.RATE, self.quote is not None and self.rate is None),
            (Missing.COST, held.own_cost is None),
            (Missing.COST_RATE, held.own_cost is not None and held.cost is None),
        )
        return tuple(what for what, is_missing in checks if is_missing)

    @property
    def percent(self) -> Decimal | None:
        """The gain in hundredths of the cost; unknown where nothing was paid."""
        return percent(self.gain.total, self.holding.cost)


def percent(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """In hundredths, with 8 decimals; unknown of nothing, and of less than nothing."""
    if part is None or whole is None or whole <= 0:
        return None
    return to_amount(EXACT.divide(EXACT.multiply(part, Decimal(100)), whole))
