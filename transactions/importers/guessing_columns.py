"""Which column of a table holds what: by its name where the cells agree, by its cells, by its figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import permutations

from pricing.currencies import is_money
from pricing.money import EXACT, MINOR_UNITS, ZERO, DecimalMark, NumberError
from pricing.readers import cell
from transactions.importers.base import RowError
from transactions.importers.figures import number
from transactions.importers.free_dates import DateOrder, moment
from transactions.importers.layouts import NUMBERS, Role
from transactions.importers.mapping_words import ROLE_WORDS

# Of the cells of a column, in hundredths, that have to agree: a total below the table does not. Fewer where
# the whole name is known.
MOST, ENOUGH = 80, 50
# A part of a compound (Abrechnungsbetrag) is known from this length on.
LEAST_PART = 4
LONGEST_NAME = 80
# Quantity times price may be off by charges and by rounding, in hundredths of the amount.
NEAR = 2
# Figures of so many columns and rows are multiplied with each other.
MOST_COLUMNS = 10
ROWS_MULTIPLIED = 40

# Between the words of “TransactionDate”.
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
_ISIN = re.compile(r"[A-Za-z]{2}[A-Za-z0-9]{9}[0-9]")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}([:.]\d{2}([.,]\d+)?)?( ?[AaPp]\.?[Mm]\.?)?(Z| ?[A-Z]{3,4})?")

# Two columns that are one with a sign; the last is what one of them alone is.
_PAIRS = (
    (Role.PAID_IN, Role.PAID_OUT, Role.AMOUNT),
    (Role.UNITS_IN, Role.UNITS_OUT, Role.QUANTITY),
)
# Beside other words these say nothing: “Amount in EUR”.
_GROSS = frozenset({"gross", "brutto", "brut", "bruto", "lordo", "principal"})
_NET = frozenset({"net", "netto", "neto", "total", "endbetrag"})
_ONLY_WHOLE = frozenset({"in", "out", "af", "bij"})
_UNITS = frozenset(
    [
        "share",
        "shares",
        "unit",
        "units",
        "stock",
        "coin",
        "qty",
        "quantity",
        "stück",
        "antal",
        "aantal",
    ]
)
_CLASS = frozenset(["type", "class", "kind", "category", "typ", "art", "tipo"])
_NOT_OF: dict[Role, frozenset[str]] = {
    Role.BALANCE: _UNITS,
    Role.AMOUNT: _UNITS,
    Role.FEE: frozenset(["rate", "bps", "currency", "asset", "coin", "percent"]),
    Role.NAME: _CLASS,
    Role.DESCRIPTION: _CLASS,
}
# Days on which a trade is settled or booked, beside the one on which it was made.
_SETTLED = frozenset(
    [
        "settlement",
        "settle",
        "valuta",
        "value",
        "wertstellung",
        "process",
        "valeur",
        "valor",
        "likviddag",
    ]
)

Columns = dict[Role, int]


def tokens(name: str) -> tuple[str, ...]:
    """The words of a name in small letters, without what is between them."""
    parted = _CAMEL.sub(" ", name[:LONGEST_NAME])
    return tuple(re.findall(r"[^\W_]+", parted.casefold()))


_ROLES: dict[tuple[str, ...], list[Role]] = {}
for _role, _names in ROLE_WORDS.items():
    for _name in _names:
        _ROLES.setdefault(tokens(_name), []).append(_role)


def roles_named(names: Sequence[str]) -> set[Role]:
    """The roles that the names of a line are known to have."""
    return {role for name in names for role in _ROLES.get(tokens(name), ())[:1]}


def by_name(names: Sequence[str], cells: Sequence[Sequence[str]]) -> Columns:
    """Columns whose whole name is known, then those of which a part is, if their cells agree."""
    found: Columns = {}
    for candidates in (_whole, _parts):
        for place, name in enumerate(names):
            if place in found.values():
                continue
            for role in candidates(name):
                if role is Role.TICKER and candidates is _parts and not _are_codes(cells[place]):
                    continue
                if role not in found and _fits(role, cells[place], candidates is _whole):
                    found[role] = place
                    break
    _pair(found)
    _prefer_net(found, names, cells)
    _prefer_neighbour(found, cells)
    _prefer_day_of_trade(found, names, cells)
    return found


def _prefer_day_of_trade(
    found: Columns, names: Sequence[str], cells: Sequence[Sequence[str]]
) -> None:
    place = found.get(Role.DATE)
    if place is None or not _SETTLED.intersection(tokens(names[place])):
        return
    for other, name in enumerate(names):
        is_another = other not in found.values() and not _SETTLED.intersection(tokens(name))
        if is_another and Role.DATE in _parts(name) and _fits(Role.DATE, cells[other], False):
            found[Role.DATE] = other
            return


def _prefer_net(found: Columns, names: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """Of a gross and a net amount the one that moved the cash; the charges have columns of their own."""
    place = found.get(Role.AMOUNT)
    if place is None or not _GROSS.intersection(tokens(names[place])):
        return
    for other, name in enumerate(names):
        is_net = other not in found.values() and _NET.intersection(tokens(name))
        if is_net and Role.AMOUNT in _parts(name) and _fits(Role.AMOUNT, cells[other], False):
            found[Role.AMOUNT] = other
            return


def _prefer_neighbour(found: Columns, cells: Sequence[Sequence[str]]) -> None:
    """Of several columns with currencies the one behind the amount is the amount’s."""
    place = found.get(Role.AMOUNT, len(cells)) + 1
    if place >= len(cells) or not cells[place] or place in found.values():
        return
    if _most(_is_currency, cells[place]):
        found[Role.CURRENCY] = place


def _pair(found: Columns) -> None:
    """Two columns for in and out say more than one for both; one of them alone is that one."""
    for into, out, both in _PAIRS:
        if into in found and out in found:
            found.pop(both, None)
            continue
        for one in (into, out):
            if one in found:
                found.setdefault(both, found.pop(one))


def _whole(name: str) -> Iterator[Role]:
    yield from _ROLES.get(tokens(name), ())


def _parts(name: str) -> Iterator[Role]:
    """Of “Net amount (EUR)” the words “net amount”, “amount”; of “Handelsbetrag” its end."""
    words = tokens(name)
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            part = words[start : start + length]
            if not _ONLY_WHOLE.issuperset(part):
                yield from (role for role in _ROLES.get(part, ()) if _is_of(role, words))
    for word in words:
        for start in range(1, len(word) - LEAST_PART + 1):
            yield from _ROLES.get((word[start:],), ())


def _is_of(role: Role, words: tuple[str, ...]) -> bool:
    """A balance of shares is none of money, a rate of fees no fee, a type of securities no name."""
    return _NOT_OF.get(role, frozenset()).isdisjoint(words)


def _are_codes(cells: Sequence[str]) -> bool:
    return _most(lambda text: " " not in text and text == text.upper(), cells)


def _fits(role: Role, cells: Sequence[str], is_whole_name: bool) -> bool:
    if not cells:
        return is_whole_name
    if role is Role.ID and len(set(cells)) * 2 <= len(cells):
        # That of the account repeats in every row.
        return False
    fits = is_number if role in NUMBERS else _CELLS.get(role)
    if fits is not None:
        return _most(fits, cells, ENOUGH if is_whole_name else MOST)
    # Texts: dates and figures are none, but a ticker or an id may be a number.
    return not _most(is_date, cells) and (
        role in {Role.TICKER, Role.ID} or not _most(is_number, cells)
    )


def _most(fits: Callable[[str], bool], cells: Sequence[str], share: int = MOST) -> bool:
    return sum(map(fits, cells)) * 100 >= len(cells) * share


@lru_cache(maxsize=4096)
def is_number(text: str) -> bool:
    try:
        return number(text) is not None
    except NumberError:
        return False


@lru_cache(maxsize=4096)
def is_date(text: str) -> bool:
    """Whether the text is a date in any order."""
    return any(_day(text, order) for order in DateOrder)


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(text) is not None


def _is_clock(text: str) -> bool:
    """A time by itself: without a name above it 9.30 is a figure."""
    return ":" in text and _is_time(text)


def _is_currency(text: str) -> bool:
    return is_money(text.upper()) or text in MINOR_UNITS


def _is_isin(text: str) -> bool:
    return _ISIN.fullmatch(text) is not None


_CELLS: dict[Role, Callable[[str], bool]] = {
    Role.DATE: is_date,
    Role.TIME: _is_time,
    Role.ISIN: _is_isin,
    Role.CURRENCY: _is_currency,
}


def add_by_cells(
    found: Columns, cells: Sequence[Sequence[str]], is_type: Callable[[str], bool]
) -> None:
    """Dates, ISINs, currencies and types whose columns have a name that nobody knows."""
    for role, fits in {**_CELLS, Role.TIME: _is_clock, Role.TYPE: is_type}.items():
        if role in found:
            continue
        for place, column in enumerate(cells):
            if column and place not in found.values() and _most(fits, column):
                found[role] = place
                break


def _day(text: str, order: DateOrder) -> str:
    """The day in ISO's form, or nothing where the text is none."""
    try:
        day = moment(text, "", order)[:10]
    except RowError:
        return ""
    year, month, number_ = day.split("-")
    makes_sense = 1 <= int(month) <= 12 and 1 <= int(number_) <= 31 and 1900 <= int(year) <= 2200
    return day if makes_sense else ""


def date_order(texts: Sequence[str]) -> DateOrder:
    """The order in which the dates make sense; of several the one in which they are sorted."""
    # The words of a total below the table are no date.
    texts = [text for text in texts if any(map(str.isdigit, text))]
    if texts and texts[0][:4].isdigit():
        return DateOrder.YEAR_FIRST
    possible = []
    for order in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, DateOrder.YEAR_FIRST):
        days = [day for text in texts if (day := _day(text, order))]
        if days and len(days) * 100 >= len(texts) * MOST:
            possible.append(order)
            if days in (sorted(days), sorted(days, reverse=True)):
                return order
    # Days first where nothing tells.
    return possible[0] if possible else DateOrder.YEAR_FIRST


class Figures:
    """The numbers of the first rows, by which quantity, price, amount and charges are told apart."""

    def __init__(self, rows: Sequence[Sequence[str]], mark: DecimalMark) -> None:
        self.rows = rows
        self.mark = mark

    def numbers(self, place: int) -> list[Decimal | None]:
        return [self._number(cell(list(row), place)) for row in self.rows]

    def _number(self, text: str) -> Decimal | None:
        try:
            return number(text, self.mark) if text else None
        except NumberError:
            return None

    def of(self, columns: Columns, role: Role) -> list[Decimal | None]:
        """Of one column, or of the two for in and out."""
        roles = (role, *next((pair[:2] for pair in _PAIRS if pair[2] is role), ()))
        found = [self.numbers(columns[one]) for one in roles if one in columns]
        if not found:
            return [None] * len(self.rows)
        return [next(filter(None, row), row[0]) for row in zip(*found, strict=True)]

    def is_signed(self, columns: Columns) -> bool:
        column = Role.PAID_OUT if Role.PAID_OUT in columns else Role.AMOUNT
        amounts = self.of(columns, column)
        has_minus = any(one is not None and one < 0 for one in amounts)
        return has_minus and not self._are_worths(columns, amounts)

    def _are_worths(self, columns: Columns, amounts: Sequence[Decimal | None]) -> bool:
        """Whether the minus of an amount is that of the units: then it says what they were worth."""
        pairs = zip(self.of(columns, Role.QUANTITY), amounts, strict=True)
        signs = [(units < 0, amount < 0) for units, amount in pairs if units and amount]
        return any(left for left, _ in signs) and all(left == minus for left, minus in signs)

    def has_charges(self, columns: Columns) -> bool:
        """Whether the amounts are nearer to what was paid than to quantity times price."""
        votes = 0
        roles = (Role.QUANTITY, Role.PRICE, Role.AMOUNT, Role.FEE, Role.TAX)
        rows = zip(*(self.of(columns, role) for role in roles), strict=True)
        for quantity, price, amount, fee, tax in rows:
            charges = EXACT.add(abs(fee or ZERO), abs(tax or ZERO))
            if quantity is None or price is None or amount is None or not charges:
                continue
            off = abs(EXACT.subtract(abs(amount), abs(EXACT.multiply(quantity, price))))
            votes += 1 if abs(EXACT.subtract(off, charges)) < off else -1
        return votes > 0


def add_by_product(found: Columns, cells: Sequence[Sequence[str]], figures: Figures) -> None:
    """Quantity, price and amount, where a name tells too little, by the first two giving the third."""
    roles = (Role.QUANTITY, Role.PRICE, Role.AMOUNT)
    known = {role: place for role, place in found.items() if role in roles}
    if len(known) == len(roles) or Role.PAID_OUT in found:
        return
    if Role.QUANTITY not in known:
        # On exchanges an “amount” is so many coins, and the money a “total”.
        known.pop(Role.AMOUNT, None)
    taken = {place for role, place in found.items() if role not in roles}
    free = [
        place
        for place, column in enumerate(cells)
        if place not in taken and column and _most(is_number, column)
    ][:MOST_COLUMNS]
    numbers = {place: figures.numbers(place)[:ROWS_MULTIPLIED] for place in free}
    best, most = None, 1
    for places in permutations(free, len(roles)):
        chosen = dict(zip(roles, places, strict=True))
        if not known.items() <= chosen.items():
            continue
        agreeing = _agreeing(*(numbers[place] for place in places))
        if agreeing > most:
            best, most = chosen, agreeing
    found.update(best or {})


def _agreeing(
    quantities: Sequence[Decimal | None],
    prices: Sequence[Decimal | None],
    amounts: Sequence[Decimal | None],
) -> int:
    """In how many rows, of all that have the three figures and no zero, the first two give the third."""
    count = 0
    for quantity, price, amount in zip(quantities, prices, amounts, strict=True):
        if not quantity or not price or not amount or price == 1 or abs(quantity) == 1:
            continue
        off = abs(EXACT.subtract(abs(EXACT.multiply(quantity, price)), abs(amount)))
        if EXACT.multiply(off, Decimal(100)) > EXACT.multiply(abs(amount), Decimal(NEAR)):
            return 0
        count += 1
    return count
