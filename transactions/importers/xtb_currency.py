"""The currency of an account at XTB: stated above the table, or told by trades or the name of the file."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice, pairwise

from pricing.money import EXACT, parse_number
from pricing.readers import Header, Source, cell
from transactions.importers.base import RowError
from transactions.importers.picking import Picker

TRADED = re.compile(
    r"(OPEN|CLOSE) (BUY|SELL) ([\d.,]+)(?:/[\d.,]+)?\s*@\s*([\d.,]+)", re.IGNORECASE
)
_CURRENCY_CELL = re.compile(r"[A-Z]{3}")
_CURRENCY_TITLES = frozenset({"currency", "waluta", "moneda", "moeda", "währung", "měna", "devise"})
# “PLN_<account>_<days>”; the accounts for retirement (IKE, IKZE) are Polish.
_NAMED = re.compile(r"(?:^|_)(EUR|USD|PLN|CZK|GBP|HUF|RON|IKZ?E)_\d", re.IGNORECASE)
# The exchanges behind the symbols, and the money of their prices; London has several.
_EXCHANGES = {
    **dict.fromkeys(("DE", "FR", "NL", "ES", "IT", "PT", "BE", "FI", "IE", "AT"), "EUR"),
    "US": "USD",
    "PL": "PLN",
    "CZ": "CZK",
    "CH": "CHF",
    "DK": "DKK",
    "SE": "SEK",
    "NO": "NOK",
    "HU": "HUF",
    "RO": "RON",
}
_NEARLY = Decimal("0.01")
_ROWS_LOOKED_AT = 2_000


def account_currency(picker: Picker, header: Header, source: Source) -> str:
    return (
        _stated(source, header.delimiter)
        or _of_trades(picker, header, source)
        or _named(source.name)
        or "EUR"
    )


def _stated(source: Source, delimiter: str) -> str:
    """The cell below the title “Currency” in the block above the table."""
    lines = [
        row
        for line in source.head.splitlines()[:30]
        for row in csv.reader([line], delimiter=delimiter)
    ]
    for titles, values in pairwise(lines):
        for place, title in enumerate(titles):
            found = cell(values, place)
            if title.strip().casefold() in _CURRENCY_TITLES and _CURRENCY_CELL.fullmatch(found):
                return found
    return ""


def _of_trades(picker: Picker, header: Header, source: Source) -> str:
    """The currency of the exchange whose prices times units are the amounts."""
    votes: Counter[str] = Counter()
    for symbol, comment, cash in _first_rows(picker, header, source):
        found, exchange = TRADED.search(comment), symbol.rpartition(".")[2]
        if found is None or exchange not in _EXCHANGES:
            continue
        try:
            numbers = [parse_number(text) for text in (found[3], found[4], cash)]
        except ValueError:
            continue
        quantity, price, amount = (number or Decimal(0) for number in numbers)
        gross = EXACT.multiply(quantity, price)
        if gross and abs(EXACT.subtract(gross, amount.copy_abs())) <= EXACT.multiply(
            gross, _NEARLY
        ):
            votes[_EXCHANGES[exchange]] += 1
    return votes.most_common(1)[0][0] if votes else ""


def _first_rows(picker: Picker, header: Header, source: Source) -> Iterator[tuple[str, str, str]]:
    """Symbol, comment and amount."""
    for _, cells in islice(source.again().records(header), _ROWS_LOOKED_AT):
        try:
            _, _, symbol, comment, cash, _ = picker.cells(cells)
        except RowError:
            continue
        yield symbol, comment, cash


def _named(name: str) -> str:
    found = _NAMED.search(name)
    if found is None:
        return ""
    return "PLN" if found[1].upper().startswith("IK") else found[1].upper()
