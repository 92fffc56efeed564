"""Splits of Freetrade, as the columns that its files have since 2025 tell them.

“Rate of Share Outturn From/To” is the ratio and “New Share Quantity” the shares that came: beside those of
before where the holding is maintained, else instead of them. How many there were before is only said by
“Quantity”, if it is what the ratio makes into the new ones, and else follows from the ratio where no
fraction was paid out.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from pricing.money import EXACT, ONE, ZERO, parse_number, to_quantity
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.kinds import Kind

# Freetrade keeps eight decimals of a share.
_ROUNDING = Decimal("1e-8")


class SplitCells(NamedTuple):
    """The columns of a split, as they are."""

    new_isin: str
    rate_from: str
    rate_to: str
    is_maintained: str
    new_quantity: str
    cash: str
    cash_currency: str
    fraction_cash: str
    fraction_currency: str


def split_up(
    found: ParsedTransaction, quantity: Decimal | None, cells: SplitCells
) -> Iterator[Outcome]:
    """The transactions of a split; ``found`` has what they share. Raises RowError where it is ambiguous."""
    security = found.security
    assert security is not None  # the caller's
    came = parse_number(cells.new_quantity)
    if not came or came < 0:
        raise RowError(
            "the split does not say how many shares it brought (Stock Split New Share Quantity):"
            " enter it by hand"
        )
    new = security
    if cells.new_isin and cells.new_isin != security.isin:
        new = Security("", cells.new_isin, security.name, security.asset_type, security.currency)
    money = _money(found, cells)
    gone = ZERO
    if cells.is_maintained.casefold() not in {"true", "yes"}:
        gone = _before(came, quantity, cells)
    # Before the cost moves on.
    yield from money
    if new != security:
        yield from _exchanged(found, security, gone, new, came)
    elif came != gone:
        added = EXACT.subtract(came, gone)
        yield found._replace(quantity=added)
    elif not money:
        yield Ignored(found.line, "split that leaves the number of shares as it was")


def _exchanged(
    found: ParsedTransaction, old: Security, gone: Decimal, new: Security, came: Decimal
) -> Iterator[ParsedTransaction]:
    """Shares with another ISIN: instead of the old ones, or beside them at a cost that nobody states."""
    group = f"split-{found.line}" if gone else ""
    if gone:
        yield found._replace(kind=Kind.TRANSFER_OUT, security=old, quantity=gone, group=group)
    yield found._replace(kind=Kind.TRANSFER_IN, security=new, quantity=came, group=group)


def _before(came: Decimal, quantity: Decimal | None, cells: SplitCells) -> Decimal:
    """The shares that the split replaced."""
    has_fraction = bool(parse_number(cells.fraction_cash))
    old, new = parse_number(cells.rate_from), parse_number(cells.rate_to)
    if not old or not new or old < 0 or new < 0:
        raise RowError(
            "the split has no ratio (Stock Split Rate of Share Outturn From, To): enter it by hand"
        )
    if quantity:
        # What came and what was paid out instead, which is less than one share.
        rest = EXACT.subtract(EXACT.divide(EXACT.multiply(quantity, new), old), came)
        if abs(rest) <= _ROUNDING or (has_fraction and ZERO < rest < ONE):
            return quantity
    if has_fraction:
        raise RowError(
            "the split paid a fraction out and does not say how many shares there were before:"
            " enter it by hand"
        )
    return to_quantity(EXACT.divide(EXACT.multiply(came, old), new))


def _money(found: ParsedTransaction, cells: SplitCells) -> list[ParsedTransaction]:
    """What was paid out with the split, as cost given back."""
    paid = []
    for text, currency in (
        (cells.cash, cells.cash_currency),
        (cells.fraction_cash, cells.fraction_currency),
    ):
        amount = parse_number(text)
        if not amount:
            continue
        if currency.upper() not in {"", found.currency}:
            raise RowError(
                f"the split paid {amount} {currency}, which is not the account's currency: enter it by hand"
            )
        paid.append(found._replace(kind=Kind.RETURN_OF_CAPITAL, amount=amount))
    return paid
