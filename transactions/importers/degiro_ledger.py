"""Putting the rows of DEGIRO's account statement together: orders, conversions, corporate actions."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from pricing.money import EXACT, ZERO
from transactions.importers.base import Outcome, ParsedTransaction, Security
from transactions.importers.degiro_events import Fill, corporate_actions, orders, trade
from transactions.kinds import CASH_SIGN, Kind

# DEGIRO converts the cents of the fills one by one; what is left over stays in the foreign currency.
_LEFT_OVER = Decimal("0.05")


class Movement(NamedTuple):
    """One row of the statement that moved cash, or could have."""

    line: int
    more: tuple[int, ...]
    when: datetime
    security: Security | None
    currency: str
    change: Decimal
    order_id: str
    description: str
    cells: Sequence[str]

    @property
    def isin(self) -> str:
        return self.security.isin if self.security is not None else ""

    @property
    def lines(self) -> tuple[int, ...]:
        return (self.line, *self.more)

    def alone(self, kind: Kind, group: str = "") -> ParsedTransaction:
        """The row as a transaction of its own; the sign of the change decides the amount's."""
        if kind in (Kind.TRANSFER_IN, Kind.TRANSFER_OUT):
            # Money between own pockets: with an instrument, a transfer would move units.
            kind = Kind.TRANSFER_IN if self.change > ZERO else Kind.TRANSFER_OUT
            security = None
        else:
            security = self.security
        return ParsedTransaction(
            self.line,
            self.when,
            kind,
            self.currency,
            self.change * CASH_SIGN[kind],
            security,
            external_id=self.order_id,
            group=group,
            description=self.description,
            merged_lines=self.more,
        )


@dataclass(slots=True)
class _Order:
    """The rows that share an order id."""

    fills: list[Fill] = field(default_factory=list)
    charges: list[tuple[Movement, Kind]] = field(default_factory=list)
    legs: list[Movement] = field(default_factory=list)


class Ledger:
    """Takes the rows of a statement in any order, and gives the transactions they make together."""

    def __init__(self) -> None:
        self._orders: dict[str, _Order] = {}
        self._alone: list[Fill] = []
        self._corporate: list[Fill] = []
        self._legs: list[Movement] = []
        self._charges: list[tuple[Movement, Kind]] = []

    def _order(self, order_id: str) -> _Order:
        order = self._orders.get(order_id)
        if order is None:
            order = self._orders[order_id] = _Order()
        return order

    def trade(
        self,
        movement: Movement,
        *,
        units: Decimal,
        price: Decimal,
        currency: str,
        prefix: str,
        free: bool,
    ) -> None:
        """A purchase or sale, or with a prefix one half of a corporate action."""
        assert movement.security is not None
        fill = Fill(
            movement.line,
            movement.when,
            movement.security,
            units,
            price,
            currency,
            abs(EXACT.multiply(price, units)),
            movement.change if units < ZERO else -movement.change,
            movement.currency,
            movement.order_id,
            movement.description,
            movement.cells if prefix else (),
            free=free,
            lines=movement.more,
        )
        if prefix:
            self._corporate.append(fill)
        elif fill.order_id:
            self._order(fill.order_id).fills.append(fill)
        else:
            self._alone.append(fill)

    def charge(self, movement: Movement, kind: Kind) -> None:
        """A fee or tax of a trade."""
        if movement.order_id:
            self._order(movement.order_id).charges.append((movement, kind))
        else:
            self._charges.append((movement, kind))

    def convert(self, movement: Movement) -> None:
        """One leg of a currency conversion."""
        if movement.order_id:
            self._order(movement.order_id).legs.append(movement)
        else:
            self._legs.append(movement)

    def outcomes(self) -> Iterator[Outcome]:
        """Everything that the rows make, once all of them are in."""
        self._adopt_charges()
        for order in self._orders.values():
            yield from self._order_outcomes(order)
        for fill in self._alone:
            yield trade([fill])
        for movement, kind in self._charges:
            yield movement.alone(kind)
        yield from _conversions(self._legs)
        yield from corporate_actions(self._corporate, with_cash=True)

    def _adopt_charges(self) -> None:
        """Charges without an order id belong to the only order of their security in their minute."""
        at: dict[tuple[str, datetime], set[str]] = {}
        if self._charges:
            for order_id, order in self._orders.items():
                for fill in order.fills:
                    at.setdefault((fill.security.isin, fill.when), set()).add(order_id)
        kept = []
        for movement, kind in self._charges:
            found = at.get((movement.isin, movement.when), set())
            if len(found) == 1:
                self._orders[next(iter(found))].charges.append((movement, kind))
            else:
                kept.append((movement, kind))
        self._charges = kept

    def _order_outcomes(self, order: _Order) -> Iterator[Outcome]:
        parts = list(orders(order.fills))
        if len(parts) == 1:
            yield from self._part(parts[0], order.legs, order.charges)
            return
        for fills in parts:
            # An order of several days: every row goes to the part of its day.
            day = fills[0].when.date()
            last = fills is parts[-1]
            legs = [leg for leg in order.legs if last or leg.when.date() == day]
            charges = [item for item in order.charges if last or item[0].when.date() == day]
            order.legs = [leg for leg in order.legs if leg not in legs]
            order.charges = [item for item in order.charges if item not in charges]
            yield from self._part(fills, legs, charges)
        # The trade itself is not in the file, only what belongs to it.
        for movement, kind in order.charges:
            yield movement.alone(kind)
        self._legs.extend(order.legs)

    def _part(
        self, fills: list[Fill], legs: list[Movement], charges: list[tuple[Movement, Kind]]
    ) -> Iterator[Outcome]:
        left_over = _converted(fills, legs)
        if left_over is None:
            self._legs.extend(legs)
        else:
            fills = _in_currency_of(fills, legs)
            if left_over:
                yield _left_over(legs[0], fills[0].currency, left_over)
        taken = _charged(fills[0], charges)
        for movement, kind in charges:
            if movement.line not in taken.lines:
                yield movement.alone(kind)
        yield trade([taken, *fills[1:]])


def _converted(fills: Sequence[Fill], legs: Sequence[Movement]) -> Decimal | None:
    """Cash left over in the trade's currency after its conversion; None where the legs do not fit."""
    foreign = fills[0].cash_currency
    bases = {leg.currency for leg in legs} - {foreign}
    if len(bases) != 1 or not any(leg.currency == foreign for leg in legs):
        return None
    sign = -1 if fills[0].units > 0 else 1
    cash = sum((fill.amount for fill in fills), ZERO) * sign
    left_over = cash + sum((leg.change for leg in legs if leg.currency == foreign), ZERO)
    return left_over if abs(left_over) <= _LEFT_OVER else None


def _in_currency_of(fills: list[Fill], legs: Sequence[Movement]) -> list[Fill]:
    """The fills with the converted cash as amount, all of it on the first: they become one transaction."""
    foreign = fills[0].cash_currency
    base = next(leg.currency for leg in legs if leg.currency != foreign)
    sign = -1 if fills[0].units > 0 else 1
    amount = sum((leg.change for leg in legs if leg.currency == base), ZERO) * sign
    lines = tuple(line for leg in legs for line in leg.lines)
    first = fills[0]._replace(amount=amount, cash_currency=base, lines=(*fills[0].lines, *lines))
    return [first, *(fill._replace(amount=ZERO, cash_currency=base) for fill in fills[1:])]


def _left_over(leg: Movement, currency: str, left_over: Decimal) -> ParsedTransaction:
    return ParsedTransaction(
        leg.line,
        leg.when,
        Kind.FEE,
        currency,
        -left_over,
        external_id=leg.order_id,
        description="Rounding of a currency conversion",
    )


def _charged(fill: Fill, charges: Sequence[tuple[Movement, Kind]]) -> Fill:
    """The fill with the fees in one currency, and the taxes in the currency of its cash."""
    fees = [movement for movement, kind in charges if kind is Kind.FEE]
    currency = fees[0].currency if fees else ""
    fees = [movement for movement in fees if movement.currency == currency]
    taxes = [
        movement
        for movement, kind in charges
        if kind is Kind.TAX and movement.currency == fill.cash_currency
    ]
    if fill.units < 0 and currency not in ("", fill.cash_currency):
        # The tax of a sale is added to the fee, so it has to be in the same currency.
        taxes = []
    return fill._replace(
        fee=-sum((movement.change for movement in fees), ZERO),
        fee_currency=currency,
        tax=-sum((movement.change for movement in taxes), ZERO),
        lines=tuple(
            sorted((*fill.lines, *(line for row in (*fees, *taxes) for line in row.lines)))
        ),
    )


def _conversions(legs: Sequence[Movement]) -> Iterator[Outcome]:
    """Pairs of legs as transfers of one group; a leg without a partner stands alone."""
    waiting: dict[tuple[datetime, str], list[Movement]] = defaultdict(list)
    for leg in sorted(legs, key=lambda leg: leg.line):
        together = waiting[leg.when, leg.order_id]
        other = next((found for found in together if _partners(found, leg)), None)
        if other is None:
            together.append(leg)
            continue
        together.remove(other)
        group = f"conversion-{other.line}"
        yield other.alone(Kind.TRANSFER_IN, group)
        yield leg.alone(Kind.TRANSFER_IN, group)
    for leg in sorted(chain.from_iterable(waiting.values()), key=lambda leg: leg.line):
        yield leg.alone(Kind.TRANSFER_IN)


def _partners(one: Movement, other: Movement) -> bool:
    return one.currency != other.currency and (one.change > ZERO) != (other.change > ZERO)
