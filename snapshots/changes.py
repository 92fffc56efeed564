"""Why the value of one day is another than that of an earlier day.

Pure. Flows, income, fees and taxes are what the ledger says, currency is what the change of rates did to what
was held, edits are units and money that no row explains, and price is what is left: so the parts always add
up to the difference, to the last digit. docs/algorithms/attribution.md has the rules and a worked table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import NamedTuple

from pricing.money import AMOUNT_STEP, EXACT, ONE, ZERO, to_amount

HALF_A_CENT = Decimal("0.005")


class Held(NamedTuple):
    """Units at the end of a day and their value in the shown currency, None while it is unknown.

    ``rate`` is what a unit of the price's currency was worth in the shown one on that day.
    """

    quantity: Decimal
    value: Decimal | None
    rate: Decimal | None = ONE


@dataclass(frozen=True, slots=True)
class Side:
    """One account at the end of a day; all amounts in the shown currency.

    ``cash`` is 0 where it is not tracked, ``rate`` what a unit of the account's currency was worth.
    """

    value: Decimal
    cash: Decimal = ZERO
    rate: Decimal = ONE
    held: Mapping[str, Held] = field(default_factory=dict)


class Row(NamedTuple):
    """What ``rows`` rows of the ledger did, in the shown currency, each at the rate of its day.

    ``units`` and ``invested`` (money that went into the instrument, before fee and tax) are negative
    when they leave it. ``quoted`` is what was invested in the currency of the instrument's price, and
    ``own_cash`` what ``cash`` was in the account's; None where nobody knows the rate of the day.
    """

    ticker: str = ""
    units: Decimal = ZERO
    invested: Decimal = ZERO
    quoted: Decimal | None = None
    income: Decimal = ZERO
    fee: Decimal = ZERO
    tax: Decimal = ZERO
    cash: Decimal = ZERO
    own_cash: Decimal | None = None
    rows: int = 1


@dataclass(slots=True)
class InstrumentChange:
    """The part of one instrument: after - before - invested = price + currency + edits."""

    ticker: str
    before: Decimal = ZERO
    after: Decimal = ZERO
    invested: Decimal = ZERO
    currency: Decimal = ZERO
    edits: Decimal = ZERO

    @property
    def price(self) -> Decimal:
        with localcontext(EXACT):
            gained = self.after - self.before - self.invested
            return gained - self.currency - self.edits


@dataclass(slots=True)
class Change:
    """before + flows + income - fees - taxes + price + currency + edits = after."""

    before: Decimal = ZERO
    after: Decimal = ZERO
    flows: Decimal = ZERO
    income: Decimal = ZERO
    fees: Decimal = ZERO
    taxes: Decimal = ZERO
    currency: Decimal = ZERO
    edits: Decimal = ZERO
    instruments: dict[str, InstrumentChange] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        return EXACT.subtract(self.after, self.before)

    @property
    def price(self) -> Decimal:
        """All that is left: what prices did, with the rounding of values."""
        with localcontext(EXACT):
            named = self.flows + self.income - self.fees - self.taxes
            return self.total - named - self.currency - self.edits

    @property
    def lost_to_fees(self) -> Decimal:
        return self.fees.copy_negate()

    @property
    def lost_to_taxes(self) -> Decimal:
        return self.taxes.copy_negate()

    @property
    def elsewhere(self) -> Rest:
        """What the instruments leave of the whole."""
        with localcontext(EXACT):
            return Rest._make(
                getattr(self, name)
                - sum((getattr(one, name) for one in self.instruments.values()), ZERO)
                for name in Rest._fields
            )


class Rest(NamedTuple):
    """What belongs to no single instrument: cash, what has no price yet, rounding."""

    before: Decimal
    price: Decimal
    currency: Decimal
    edits: Decimal
    after: Decimal

    @property
    def is_rounding(self) -> bool:
        """Whether the price that is left is no more than values at 8 decimals leave."""
        return abs(self.price) < HALF_A_CENT


class Part(NamedTuple):
    """One account: its two days, its external flows between them (in less out), and its rows."""

    before: Side
    after: Side
    flows: Decimal
    rows: Sequence[Row]
    # Cash in other currencies than the account's gains and loses by rates alone.
    has_foreign_cash: bool = False


def explain(parts: Sequence[Part]) -> Change:
    """The change of all accounts together."""
    change = Change()
    with localcontext(EXACT):
        for part in parts:
            _add(change, part)
    return change


def _add(change: Change, part: Part) -> None:
    change.before += part.before.value
    change.after += part.after.value
    change.flows += part.flows
    for row in part.rows:
        change.income += row.income
        change.fees += row.fee
        change.taxes += row.tax
    currency, edits = _cash(part)
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for row in part.rows:
        rows[row.ticker].append(row)
    for ticker in sorted({*part.before.held, *part.after.held, *rows} - {""}):
        one = change.instruments.setdefault(ticker, InstrumentChange(ticker))
        by_rates, unexplained = _instrument(one, ticker, part, rows[ticker])
        currency += by_rates
        edits += unexplained
    change.currency += currency
    change.edits += edits


def _instrument(
    one: InstrumentChange, ticker: str, part: Part, rows: Sequence[Row]
) -> tuple[Decimal, Decimal]:
    """Adds the account's share to the instrument; its currency part and its edits."""
    before = part.before.held.get(ticker, Held(ZERO, ZERO))
    after = part.after.held.get(ticker, Held(ZERO, ZERO, before.rate))
    by_rates = _grown(before.value, before.rate, after.rate)
    units = after.quantity - before.quantity
    for row in rows:
        one.invested += row.invested
        units -= row.units
        by_rates += _gained(row.quoted, row.invested, after.rate)
    unexplained = to_amount(units * _unit_value(after, before)) if units else ZERO
    one.before += before.value or ZERO
    one.after += after.value or ZERO
    one.currency += by_rates
    one.edits += unexplained
    return by_rates, unexplained


def _cash(part: Part) -> tuple[Decimal, Decimal]:
    """What rates did to the cash, and what no row explains."""
    moved = sum((row.cash for row in part.rows), ZERO)
    left = part.after.cash - part.before.cash - moved
    if part.has_foreign_cash:
        return left, ZERO
    by_rates = _grown(part.before.cash, part.before.rate, part.after.rate)
    for row in part.rows:
        by_rates += _gained(row.own_cash, row.cash, part.after.rate)
    unexplained = left - by_rates
    # Every row and both days were converted at 8 decimals; what that leaves is no edit.
    if abs(unexplained) <= AMOUNT_STEP * (sum(row.rows for row in part.rows) + 2):
        return left, ZERO
    return by_rates, unexplained


def _grown(amount: Decimal | None, then: Decimal | None, now: Decimal | None) -> Decimal:
    """What an amount gained because its currency is now worth more than then."""
    if not amount or not then or now is None or then == now:
        return ZERO
    return to_amount(amount * now / then - amount)


def _gained(abroad: Decimal | None, amount: Decimal, now: Decimal | None) -> Decimal:
    """How much more the money in another currency is worth now than at the rates of its days."""
    if abroad is None or now is None:
        return ZERO
    return to_amount(abroad * now - amount)


def _unit_value(after: Held, before: Held) -> Decimal:
    for held in (after, before):
        if held.quantity and held.value is not None:
            return held.value / held.quantity
    return ZERO
