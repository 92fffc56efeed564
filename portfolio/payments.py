"""What payments add up to: gross, withheld tax, fee and net, in their currency and in another.

Pure: Decimals in, Decimals out. The rules and a worked table are in docs/algorithms/income.md. Each
payment is converted by the rate of its day and rounded to 8 decimals by itself, so that the sums of a
page are the sums of the rows that it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, localcontext
from operator import add
from typing import NamedTuple

from pricing.money import EXACT, ZERO, to_amount
from transactions.kinds import Kind


class Payment(NamedTuple):
    """One row of the ledger that brought income, or took tax from it.

    ``gross`` is in ``currency`` and before ``tax`` (also in ``currency``) and ``fee`` (in ``payer``);
    negative when a payment is taken back, None when nobody knows it. ``rate`` and ``payer_rate`` are what
    a unit of the two currencies was worth on that day in the currency to convert into, None when unknown.
    """

    day: date
    ticker: str
    kind: Kind
    currency: str
    gross: Decimal | None
    tax: Decimal
    fee: Decimal
    payer: str
    rate: Decimal | None
    payer_rate: Decimal | None


class Sum(NamedTuple):
    """Payments added up. Those of unknown amount are counted in ``unknown`` and left out.

    The first three amounts are in the payments' own currency; ``in_gross`` and so on in the one that was
    converted into, without the ``unrated`` payments, for whose day nobody knows a rate.
    """

    payments: int = 0
    unknown: int = 0
    unrated: int = 0
    gross: Decimal = ZERO
    tax: Decimal = ZERO
    fee: Decimal = ZERO
    in_gross: Decimal = ZERO
    in_tax: Decimal = ZERO
    in_fee: Decimal = ZERO

    @property
    def is_incomplete(self) -> bool:
        return bool(self.unknown or self.unrated)

    @property
    def net(self) -> Decimal:
        return EXACT.subtract(EXACT.subtract(self.gross, self.tax), self.fee)

    @property
    def in_net(self) -> Decimal:
        return EXACT.subtract(EXACT.subtract(self.in_gross, self.in_tax), self.in_fee)


class Key(NamedTuple):
    """What payments have in common that are added up; ``ticker`` is empty for cash."""

    year: int
    month: int
    ticker: str
    kind: Kind
    currency: str


NOTHING = Sum()


def total(sums: Iterable[Sum]) -> Sum:
    found = NOTHING
    with localcontext(EXACT):
        for one in sums:
            found = _plus(found, one)
    return found


def terms(payment: Payment) -> Iterator[tuple[str, Sum]]:
    """What one payment adds to the sums of its currency, and of the one that its fee is in."""
    gross, tax = payment.gross or ZERO, payment.tax
    if payment.kind is Kind.TAX:
        # A tax in a row of its own was taken from income that stands in another row.
        gross, tax = ZERO, EXACT.add(gross, tax)
    yield payment.currency, _term(payment.rate, 1, payment.gross is None, gross, tax)
    if payment.fee:
        yield payment.payer, _term(payment.payer_rate, 0, False, ZERO, ZERO, payment.fee)


def _term(
    rate: Decimal | None,
    count: int,
    is_unknown: bool,
    gross: Decimal,
    tax: Decimal,
    fee: Decimal = ZERO,
) -> Sum:
    told = Sum(count, int(is_unknown), 0, gross, tax, fee)
    if rate is None:
        return told._replace(unrated=int(bool(gross or tax or fee)))
    return told._replace(
        in_gross=_converted(gross, rate), in_tax=_converted(tax, rate), in_fee=_converted(fee, rate)
    )


def _converted(amount: Decimal, rate: Decimal) -> Decimal:
    return to_amount(EXACT.multiply(amount, rate)) if amount else ZERO


def _plus(one: Sum, other: Sum) -> Sum:
    return Sum._make(map(add, one, other))
