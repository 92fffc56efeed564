"""Books of lots written in a line or two, and what is in them as text."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from portfolio.lots import Book, Carried, Entry
from transactions.kinds import Kind

FIRST = datetime(2024, 1, 1, 12, tzinfo=UTC)


def number(text):
    return None if text in {None, "?"} else Decimal(text)


def day(count):
    return FIRST + timedelta(days=count)


def applied(*rows, book=None):
    """A book with rows like ``("BUY", "10", "1001")``, one a day, the transactions numbered from 1."""
    book = book or Book()
    book.apply(
        Entry(index, Kind(kind), day(index), Decimal(quantity or 0), number(value), *carried)
        for index, (kind, quantity, value, *carried) in enumerate(rows, start=1)
    )
    return book


def open_lots(book):
    """``[("6", "600.60")]``: what remains of the open lots and its cost, oldest first."""
    return [
        (plain(lot.remaining), plain(lot.remaining_cost)) for lot in (*book.shorts, *book.longs)
    ]


def slices(book):
    return [
        (piece.transaction, plain(piece.quantity), plain(piece.proceeds), plain(piece.cost))
        for piece in book.slices
    ]


def plain(value):
    if value is None:
        return "?"
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def carried(*pieces):
    return tuple(Carried(day(at), Decimal(quantity), number(cost)) for at, quantity, cost in pieces)
