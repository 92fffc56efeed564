"""The columns of Revolut's trading statements, and how their cells write money, rates and dates."""

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from pricing.money import EXACT, ONE, DecimalMark, decimal_mark, parse_number, to_quantity
from pricing.readers import Header
from transactions.importers.base import RowError

# Nothing, or what parse_number would cut off too; a minus before the number stays.
_PREFIX = re.compile(r"(?:[$€£]|[A-Z]{3} )?(?=[-\d])")
_RATES = (Decimal("1e-9"), Decimal("1e9"))
SLASHES = 2  # in 31/05/2020
MONTHS = 12


class Row(NamedTuple):
    """The cells of a record in a fixed order, or the names of their columns."""

    date: str
    ticker: str
    type: str
    quantity: str
    price: str
    total: str
    currency: str
    rate: str


# A Row before it is one: the hot path unpacks the cells itself.
Cells = tuple[str, ...]


class Columns:
    """Where a file has its columns, and how they write numbers, as a sample of records shows."""

    def __init__(self, header: Header, names: Row, sample: list[list[str]]) -> None:
        found = [header.find(name) for name in names]
        size = len(header.cells)
        # Columns that are absent read the blank cell that ``fitted`` puts at the end; no record
        # is then as wide as it should be, so that every one is fitted.
        self.width = size if None not in found else -1
        self.header_width = size
        self.pick: Callable[[list[str]], Cells] = itemgetter(
            *(size if at is None else at for at in found)
        )
        rows = [Row(*self.pick(self.fitted(cells))) for cells in sample if len(cells) == size]
        self.sample_dates = [row.date for row in rows]
        self.quantity_mark = decimal_mark(row.quantity for row in rows)
        self.price_mark = decimal_mark(row.price for row in rows)
        self.total_mark = decimal_mark(row.total for row in rows)
        self.rate_mark = decimal_mark(row.rate for row in rows)
        self.price_prefix = common_prefix([row.price for row in rows])
        self.total_prefix = common_prefix([row.total for row in rows])

    def fitted(self, cells: list[str]) -> list[str]:
        """The cells cut or filled to the header's width, and a blank one for absent columns."""
        size = self.header_width
        if any(cell.strip() for cell in cells[size:]):
            raise RowError(f"the row has {len(cells)} cells, the header only {size}")
        # The rate at the end may be cut off; the columns before it are needed.
        if len(cells) < size - 1:
            raise RowError(f"the row has only {len(cells)} of {size} cells")
        return [*cells[:size], "", ""]


def common_prefix(cells: list[str]) -> str:
    """The sign or code that most cells of a column begin with: ``$``, ``EUR `` or nothing.

    Cutting it off leaves parse_number a plain number, which it reads five times as fast.
    """
    found = Counter(match[0] for cell in cells if (match := _PREFIX.match(cell)))
    return found.most_common(1)[0][0] if found else ""


def ungrouped(text: str) -> str:
    """``1,020.29`` without its comma, which also makes a plain number; other text as it is."""
    return text.replace(",", "", 1) if text[-7:-6] == "," and text[-3:-2] == "." else text


@lru_cache(maxsize=4096)
def inverse_rate(text: str, mark: DecimalMark | None) -> Decimal | None:
    """Home currency per unit of the row's currency: the file has it the other way round."""
    rate = parse_number(text, mark)
    if rate is None or rate == ONE:
        return None
    if not _RATES[0] < rate < _RATES[1]:
        raise RowError(f"the FX rate “{text}” cannot be one")
    return to_quantity(EXACT.divide(ONE, rate))


def is_month_first(dates: list[str], default: bool) -> bool:
    """Whether dates with slashes are US dates: known from a day above 12, else by default.

    The statements of 2020 come from a clearing house in the USA, Revolut writes the day first.
    """
    parts = [text.split("/") for text in dates if text.count("/") == SLASHES]
    day_first = any(_is_no_month(first) for first, _, _ in parts)
    month_first = any(_is_no_month(second) for _, second, _ in parts)
    return default if day_first == month_first else month_first


def _is_no_month(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:4]) > MONTHS


def iso_date(text: str, month_first: bool) -> str:
    """``31/05/2020 23:30:04`` as ``2020-05-31 23:30:04``; other text comes back as it is."""
    parts = text.strip().split("/")
    if len(parts) != SLASHES + 1:
        return text
    month, day = parts[:2] if month_first else (parts[1], parts[0])
    return f"{parts[2][:4]}-{month:0>2}-{day:0>2}{parts[2][4:]}"
