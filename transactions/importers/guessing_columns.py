"""Which column of a table holds what: by its name where the cells agree, or by its cells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from pricing.currencies import is_money
from pricing.money import MINOR_UNITS, NumberError
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

# Between the words of “TransactionDate”.
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
# Exports leave them out, “Quantita” and “Qte”.
_ACCENT = re.compile("[\u0300-\u036f]")
_ISIN = re.compile(r"[A-Za-z]{2}[A-Za-z0-9]{9}[0-9]")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}([:.]\d{2}([.,]\d+)?)?( ?[AaPp]\.?[Mm]\.?)?(Z| ?[A-Z]{3,4})?")

# Two columns that are one with a sign; the last is what one of them alone is.
PAIRS = (
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
        "stuck",
        "antal",
        "aantal",
    ]
)
_CLASS = frozenset(["type", "class", "kind", "category", "typ", "art", "tipo"])
_NOT_OF: dict[Role, frozenset[str]] = {
    Role.BALANCE: _UNITS,
    Role.AMOUNT: _UNITS,
    Role.FEE: frozenset(["rate", "bps", "currency", "asset", "coin", "percent"]),
    Role.NAME: _CLASS | {"account", "source"},
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
        "reglement",
    ]
)

Columns = dict[Role, int]


def tokens(name: str) -> tuple[str, ...]:
    """The words of a name in small letters, without accents and what is between them."""
    parted = _CAMEL.sub(" ", name[:LONGEST_NAME])
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", parted.casefold()))
    return tuple(re.findall(r"[^\W_]+", plain))


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
    _prefer_filled_day(found, names, cells)
    _prefer_code(found, names, cells)
    _take_currencies_for_coins(found, names, cells)
    return found


def _take_currencies_for_coins(
    found: Columns, names: Sequence[str], cells: Sequence[Sequence[str]]
) -> None:
    """Exchanges call coins currencies: a column of that name that has few of money is of coins."""
    if not found.keys().isdisjoint({Role.CURRENCY, Role.TICKER, Role.ISIN, Role.NAME}):
        return
    for place, name in enumerate(names):
        if Role.CURRENCY in _whole(name) and cells[place] and most_fit(_is_coin, cells[place]):
            found[Role.TICKER] = place
            return


def _prefer_filled_day(
    found: Columns, names: Sequence[str], cells: Sequence[Sequence[str]]
) -> None:
    """The day of settlement, where that of the trade is blank in rows of dividends and fees."""
    place = found.get(Role.DATE)
    if place is None:
        return
    for other, name in enumerate(names):
        is_fuller = len(cells[place]) * 100 < len(cells[other]) * MOST
        is_day = Role.DATE in _parts(name) and _SETTLED.intersection(tokens(name))
        if is_fuller and is_day and _fits(Role.DATE, cells[other], False):
            found[Role.DATE] = other
            return


def _prefer_code(found: Columns, names: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """“Market” is a pair of coins, or beside a column of codes the exchange."""
    place = found.get(Role.TICKER)
    if place is None or tokens(names[place]) != ("market",):
        return
    for other, name in enumerate(names):
        is_free = other not in found.values() and cells[other]
        if is_free and Role.TICKER in _whole(name) and _fits(Role.TICKER, cells[other], True):
            found[Role.TICKER] = other
            return


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
    if most_fit(_is_currency, cells[place]):
        found[Role.CURRENCY] = place


def _pair(found: Columns) -> None:
    """Two columns for in and out say more than one for both; one of them alone is that one."""
    for into, out, both in PAIRS:
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
    return most_fit(lambda text: " " not in text and text == text.upper(), cells)


def _is_coin(text: str) -> bool:
    return text.isalnum() and text == text.upper() and text[0].isalpha()


def _fits(role: Role, cells: Sequence[str], is_whole_name: bool) -> bool:
    if not cells:
        return is_whole_name
    if role is Role.ID and len(set(cells)) * 2 <= len(cells):
        # That of the account repeats in every row.
        return False
    fits = is_number if role in NUMBERS else _CELLS.get(role)
    if fits is not None:
        return most_fit(fits, cells, ENOUGH if is_whole_name else MOST)
    # Texts: dates and figures are none, but a ticker or an id may be a number.
    return not most_fit(is_date, cells) and (
        role in {Role.TICKER, Role.ID} or not most_fit(is_number, cells)
    )


def most_fit(fits: Callable[[str], bool], cells: Sequence[str], share: int = MOST) -> bool:
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
            if column and place not in found.values() and most_fit(fits, column):
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
    orders = (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, DateOrder.YEAR_FIRST)
    told = {order: [day for text in texts if (day := _day(text, order))] for order in orders}
    most = max(map(len, told.values()))
    if not most or most * 100 < len(texts) * MOST:
        return DateOrder.YEAR_FIRST
    possible = [order for order in orders if len(told[order]) == most]
    for order in possible:
        if told[order] in (sorted(told[order]), sorted(told[order], reverse=True)):
            return order
    # Days first where nothing tells.
    return possible[0]
