"""Figures and rows that every importer of a table reads alike: required cells, prices per unit, rejects."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from pricing.money import (
    EXACT,
    LARGEST,
    ZERO,
    DecimalMark,
    NumberError,
    parse_number,
    to_quantity,
)
from transactions.importers.base import ParsedTransaction, Rejected, RowError
from transactions.kinds import Kind

# Enough of a row to find it again; a megabyte of junk in one cell helps nobody.
RAW_LENGTH = 1000


def number(text: str, mark: DecimalMark | None = None) -> Decimal | None:
    """``parse_number``, several times faster for the plain cells of a column with decimal commas.

    Where the column's mark is a comma and the cell has no point, each comma is what a point is
    in a column of decimal points, and that is read without taking the cell apart.
    """
    if not text:
        return None
    if mark == "," and "." not in text:
        return parse_number(text.replace(",", "."))
    return parse_number(text, mark)


def required(text: str, column: str, mark: DecimalMark | None = None) -> Decimal:
    """The number in a cell that must have one; RowError names the column when it is empty."""
    value = number(text, mark)
    if value is None:
        raise RowError(f"the column “{column}” is empty")
    return value


def positive(text: str, column: str, mark: DecimalMark | None = None) -> Decimal:
    """The size of a number that must not be zero, whatever its sign."""
    value = required(text, column, mark)
    if not value:
        raise RowError(f"the column “{column}” is zero")
    return abs(value)


def stated_balance(text: str, mark: DecimalMark | None = None) -> Decimal | None:
    """The balance in a cell, or None: a row is not refused for a figure that only proves it."""
    try:
        return number(text, mark)
    except NumberError:
        return None


def unit_price(amount: Decimal, quantity: Decimal) -> Decimal | None:
    """The price per unit that follows from the cash; None where it is too large to be one."""
    price = EXACT.divide(amount, quantity)
    # Compared first: rounding to so many digits raises for what is far too large.
    return to_quantity(price) if abs(price) < LARGEST else None


def rejected(line: int, error: Exception, cells: Sequence[str], delimiter: str) -> Rejected:
    """The outcome of a row that could not be read, with the row as it was."""
    return Rejected(line, str(error), delimiter.join(cells)[:RAW_LENGTH])


def with_refunds(one: ParsedTransaction) -> Iterator[ParsedTransaction]:
    """The transaction; a tax or fee that was paid back with it is an event of its own."""
    if one.tax >= 0 and one.fee >= 0:
        yield one
        return
    yield one._replace(tax=max(one.tax, ZERO), fee=max(one.fee, ZERO))
    for kind, paid in ((Kind.TAX, one.tax), (Kind.FEE, one.fee)):
        if paid < 0:
            yield one._replace(
                kind=kind,
                amount=paid,
                quantity=None,
                price=None,
                tax=ZERO,
                fee=ZERO,
                merged_lines=(),
            )
