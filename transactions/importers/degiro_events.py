"""Trades and corporate actions of DEGIRO, made the same way from Transactions.csv and Account.csv.

A user may import both files, in either order. So that nothing doubles, both importers bring their
rows into the form of a ``Fill`` and this module makes the transactions:

- The fills of one order on one day are one transaction. Account.csv lists every fill, Transactions.csv
  lists them in old exports and adds them up in new ones.
- Corporate actions are pairs of rows of equal value, one out and one in. The same ISIN with another number
  of shares is a split; another ISIN moves the lots; neither changes nothing.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import takewhile
from typing import NamedTuple

from pricing.money import EXACT, ZERO
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.importers.figures import rejected, unit_price
from transactions.kinds import Kind

# DEGIRO books the halves of a corporate action minutes to days apart, and rounds each on its own.
_PAIR_WINDOW = timedelta(days=7)
_ROUNDING = Decimal("0.05")
# The decimals of an average price in Transactions.csv.
_PRICE_STEP = Decimal("1e-4")
_PER_CENT = Decimal(100)

RENAMED = "a change of the product that leaves ISIN and number of shares as they were"


class Fill(NamedTuple):
    """One execution, or one half of a corporate action.

    ``units`` is positive in and negative out. ``price`` is per unit in ``currency``, that of the trade, and
    ``value`` what the shares were worth in it, without a sign. ``amount`` is the size of the cash in
    ``cash_currency``: zero when no money moved.
    """

    line: int
    when: datetime
    security: Security
    units: Decimal
    price: Decimal
    currency: str
    value: Decimal
    amount: Decimal
    cash_currency: str
    order_id: str
    description: str
    cells: Sequence[str]
    fee: Decimal = ZERO
    fee_currency: str = ""
    tax: Decimal = ZERO
    free: bool = False
    lines: tuple[int, ...] = ()


def orders(fills: Iterable[Fill]) -> Iterator[list[Fill]]:
    """The fills that are one transaction: same order, day, security and direction."""
    groups: dict[tuple[str, date, str, bool], list[Fill]] = {}
    for fill in fills:
        if not fill.order_id:
            yield [fill]
            continue
        key = (fill.order_id, fill.when.date(), fill.security.isin, fill.units > 0)
        groups.setdefault(key, []).append(fill)
    yield from groups.values()


def trade(fills: Sequence[Fill]) -> ParsedTransaction:
    """The purchase or sale that the fills of one order make."""
    fill = fills[0] if len(fills) == 1 else _merged(fills)
    buys = fill.units > 0
    quantity = abs(fill.units)
    currency, fee_currency = fill.cash_currency, fill.fee_currency if fill.fee else ""
    if fill.currency == currency:
        price: Decimal | None = _quoted_price(fill)
    else:
        price = unit_price(fill.amount, quantity)
    return ParsedTransaction(
        fill.line,
        fill.when,
        Kind.BUY if buys else Kind.SELL,
        currency,
        fill.amount,
        fill.security,
        quantity,
        price,
        # A transaction tax of a sale reduces its proceeds like a fee.
        fill.fee if buys else EXACT.add(fill.fee, fill.tax),
        "" if fee_currency == currency else fee_currency,
        fill.tax if buys else ZERO,
        external_id=fill.order_id,
        description=fill.description,
        merged_lines=fill.lines,
    )


def _merged(fills: Sequence[Fill]) -> Fill:
    """The fills of one order as one: the earliest, with the sums of all."""
    first = min(fills, key=lambda fill: (fill.when, fill.line))
    units = sum((fill.units for fill in fills), ZERO)
    value = sum((fill.value for fill in fills), ZERO)
    if len({fill.price for fill in fills}) == 1:
        price = first.price
    else:
        # As Transactions.csv states the average.
        price = EXACT.divide(value, abs(units)).quantize(_PRICE_STEP, context=EXACT)
    lines = (line for fill in fills for line in (fill.line, *fill.lines) if line != first.line)
    return first._replace(
        units=units,
        value=value,
        price=price,
        amount=sum((fill.amount for fill in fills), ZERO),
        fee=sum((fill.fee for fill in fills), ZERO),
        fee_currency=next((fill.fee_currency for fill in fills if fill.fee), ""),
        tax=sum((fill.tax for fill in fills), ZERO),
        lines=tuple(sorted(lines)),
    )


def _quoted_price(fill: Fill) -> Decimal:
    """The stated price per unit; of a bond, which is quoted in per cent of its face value, a hundredth."""
    percent = fill.amount * _PER_CENT
    if percent and abs(EXACT.subtract(fill.value, percent)) * _PER_CENT <= percent:
        return EXACT.divide(fill.price, _PER_CENT)
    return fill.price


def corporate_actions(halves: Iterable[Fill], *, with_cash: bool = False) -> Iterator[Outcome]:
    """The outcomes of rows that are halves of corporate actions, or look like it.

    They hold from the start of their day: Account.csv has the minute of the booking, Transactions.csv
    midnight, and a split is in the prices of its whole day.
    ``with_cash`` keeps the cents by which the two halves differ, where the file is that of the cash.
    """
    waiting: list[Fill] = []
    for half in sorted(halves, key=_moment):
        other = _counterpart(waiting, half)
        if other is None:
            waiting.append(half)
            continue
        del waiting[bisect_left(waiting, _moment(other), key=_moment)]
        out, into = (half, other) if half.units < 0 else (other, half)
        yield from _pair(out, into)
        left_over = EXACT.subtract(out.amount, into.amount)
        if with_cash and left_over and out.cash_currency == into.cash_currency:
            yield _left_over(out, left_over)
    for half in waiting:
        yield from lone_half(half)


def _moment(half: Fill) -> tuple[datetime, int]:
    return half.when, half.line


def _counterpart(waiting: Sequence[Fill], half: Fill) -> Fill | None:
    found = [
        other
        for other in takewhile(
            lambda other: half.when - other.when <= _PAIR_WINDOW, reversed(waiting)
        )
        if (other.units > 0) != (half.units > 0)
        and other.currency == half.currency
        and _worth_the_same(other, half)
    ]
    # The latest of several, and of those of one minute the one with the same ISIN.
    return max(
        found,
        key=lambda other: (other.when, other.security.isin == half.security.isin, other.line),
        default=None,
    )


def _worth_the_same(one: Fill, other: Fill) -> bool:
    if not one.value or not other.value:
        return False
    difference = abs(EXACT.subtract(one.value, other.value))
    return difference <= _ROUNDING or difference * 10_000 <= one.value


def _pair(out: Fill, into: Fill) -> Iterator[Outcome]:
    first = min(out, into, key=lambda half: (half.when, half.line))
    lines = tuple(line for half in (out, into) for line in (half.line, *half.lines))
    if out.security.isin != into.security.isin:
        yield _delivery(Kind.TRANSFER_OUT, out, f"change-{out.line}")
        yield _delivery(Kind.TRANSFER_IN, into, f"change-{out.line}")
        return
    added = EXACT.add(into.units, out.units)
    if not added:
        for line in lines:
            yield Ignored(line, RENAMED)
        return
    yield ParsedTransaction(
        first.line,
        _start_of_day(first),
        Kind.SPLIT,
        first.currency,
        None,
        first.security,
        added,
        external_id=first.order_id,
        description=first.description,
        merged_lines=tuple(line for line in sorted(lines) if line != first.line),
    )


def _start_of_day(half: Fill) -> datetime:
    return half.when.replace(hour=0, minute=0, second=0)


def _left_over(half: Fill, left_over: Decimal) -> ParsedTransaction:
    return ParsedTransaction(
        half.line,
        half.when,
        Kind.FEE,
        half.cash_currency,
        -left_over,
        half.security,
        description="Rounding of a corporate action",
    )


def _delivery(kind: Kind, half: Fill, group: str = "") -> ParsedTransaction:
    return ParsedTransaction(
        half.line,
        _start_of_day(half),
        kind,
        half.currency,
        None,
        half.security,
        abs(half.units),
        half.price or None,
        external_id=half.order_id,
        group=group,
        description=half.description,
        merged_lines=half.lines,
    )


def lone_half(half: Fill) -> Iterator[Outcome]:
    """What a row without a counterpart is: money for shares, shares for nothing, or half of an event."""
    if half.amount:
        yield trade([half])
    elif half.units < 0 and not half.price:
        # Sold for nothing is what a worthless security ends as.
        yield trade([half])._replace(when=_start_of_day(half))
    elif half.units > 0 and (half.free or not half.price):
        # Shares for nothing: a stock dividend, rights, a spin-off. Their cost is not known.
        yield _delivery(Kind.TRANSFER_IN, half)
    else:
        reason = f"the other half of the corporate action “{half.description}” is not in the file"
        for line in (half.line, *half.lines):
            yield rejected(line, RowError(reason), half.cells, ",")
