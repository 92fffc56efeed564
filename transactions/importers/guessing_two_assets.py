"""Which columns of a table say what went out and what came in: two amounts, and an asset for each.

Known by their names, in which one word says the side and another what it is: “Sent Amount”, “inBuyAsset”.
Where the names say nothing, two amounts with a code beside each are the sides if signs or the words of rows
with one side tell which is which: in a table of one asset a row the amount of money comes as well as goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from decimal import Decimal
from itertools import combinations, product

from pricing.currencies import CURRENCIES
from pricing.money import EXACT, ZERO, NumberError
from pricing.readers import cell
from transactions.importers import guessing_columns as columns_of
from transactions.importers import two_assets_words as words_of
from transactions.importers.coins import home_currency, is_fiat
from transactions.importers.figures import number
from transactions.importers.guessing_columns import Columns, is_number, most_fit, tokens
from transactions.importers.guessing_types import has_meaning, meanings
from transactions.importers.layouts import NOTHING, OF_MOVES, OF_ONE_ASSET, SIDES, TOLD, TRADE, Role
from transactions.importers.mapped_cells import unit_beside
from transactions.importers.mapped_coin_columns import coin_columns, fee_columns
from transactions.kinds import Kind

_ROLES = {
    ("went", "amount"): Role.UNITS_OUT,
    ("went", "asset"): Role.ASSET_OUT,
    ("went", "worth"): Role.PAID_OUT,
    ("came", "amount"): Role.UNITS_IN,
    ("came", "asset"): Role.ASSET_IN,
    ("came", "worth"): Role.PAID_IN,
    ("fee", "amount"): Role.FEE,
    ("fee", "asset"): Role.FEE_CURRENCY,
}
_SIDE_WORDS = {"fee": words_of.FEE, "went": words_of.WENT, "came": words_of.CAME}
_PART_WORDS = {"worth": words_of.WORTH, "amount": words_of.AMOUNT, "asset": words_of.ASSET}
_ASSETS_OF = {
    Role.UNITS_OUT: Role.ASSET_OUT,
    Role.UNITS_IN: Role.ASSET_IN,
    Role.FEE: Role.FEE_CURRENCY,
}
_CODE = re.compile(r"[A-Za-z0-9.$_-]*[A-Za-z][A-Za-z0-9.$_;-]*")
LONGEST_CODE = 20
_PAIR = frozenset({"pair", "pairs", "market"})
_IN = frozenset({Kind.DEPOSIT, Kind.TRANSFER_IN, Kind.STAKING, Kind.AIRDROP, Kind.MINING})
_OUT = frozenset({Kind.WITHDRAWAL, Kind.TRANSFER_OUT, Kind.FEE})


def columns(
    names: Sequence[str], cells: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]
) -> Columns:
    """The columns of a table with two assets in a row; none where it is no such table."""
    found = _by_name(names, cells) or _by_cells(names, cells, rows)
    if not any(cells[found[role]] for role in SIDES if role in found):
        return {}
    others = _others(_free(names, found.values()), cells, found)
    if Role.ISIN in others or _is_of_one(others, names):
        return {}
    return {role: place for role, place in others.items() if role not in OF_ONE_ASSET}


def by_coin(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether each coin has a column, of which a row fills one, or one of what came and one of what went."""
    places = [column.place for column in coin_columns(names)]
    trades = 0
    for row in rows:
        signs = [amount > 0 for place in places if (amount := _figure(row, place))]
        if len(signs) > len(set(signs)):
            return False
        trades += len(signs) > 1
    return trades > 0


def beside_coins(names: Sequence[str], cells: Sequence[Sequence[str]]) -> Columns:
    """What the other columns of such a table hold."""
    coins = [column.place for column in (*coin_columns(names), *fee_columns(names))]
    others = _others(_free(names, coins), cells, {})
    return {role: place for role, place in others.items() if role not in (*OF_ONE_ASSET, *OF_MOVES)}


def _free(names: Sequence[str], taken: Iterable[int]) -> list[str]:
    """The names without those of columns that are known."""
    places = set(taken)
    return ["" if place in places else name for place, name in enumerate(names)]


def _is_of_one(others: Columns, names: Sequence[str]) -> bool:
    """Whether another column says of what the row is, and no pair of coins."""
    place = others.get(Role.TICKER)
    return place is not None and _PAIR.isdisjoint(tokens(names[place]))


def _others(names: Sequence[str], cells: Sequence[Sequence[str]], found: Columns) -> Columns:
    """The columns with those that say when, what and how much else."""
    others = columns_of.by_name(names, cells)
    for role in (Role.PAID_IN, Role.PAID_OUT, Role.UNITS_IN, Role.UNITS_OUT):
        others.pop(role, None)
    worth = others.get(Role.AMOUNT)
    if worth is None or not words_of.OTHER.isdisjoint(tokens(names[worth])):
        others.pop(Role.AMOUNT, None)
        others.pop(Role.CURRENCY, None)
    _add_labels(others, names)
    others |= found
    columns_of.add_by_cells(others, cells, has_meaning)
    if Role.AMOUNT not in others:
        others.pop(Role.CURRENCY, None)
    return others


def _add_labels(others: Columns, names: Sequence[str]) -> None:
    """A label says what a row is where no column is called its type, and else more of it."""
    for place, name in enumerate(names):
        if " ".join(tokens(name)).removesuffix(" optional") in words_of.LABELS:
            role = Role.SUBTYPE if Role.TYPE in others else Role.TYPE
            if role not in others:
                for other in (Role.DESCRIPTION, Role.NAME):
                    if others.get(other) == place:
                        del others[other]
                others[role] = place


def _by_name(names: Sequence[str], cells: Sequence[Sequence[str]]) -> Columns:
    found: Columns = {}
    # “Origin” alone is the name of a place where there is an “Origin Currency”. Columns with cells go first.
    for is_bare, is_blank in product((False, True), repeat=2):
        for place, name in enumerate(names):
            if place in found.values() or is_blank is bool(cells[place]):
                continue
            role = _role(name, cells[place], is_bare=is_bare)
            if role is not None:
                found.setdefault(role, place)
    _add_neighbours(found, names, cells)
    return found if found.keys() >= set(SIDES) else {}


def _role(name: str, cells: Sequence[str], *, is_bare: bool) -> Role | None:
    words = _parted(name)
    if not words_of.OTHER.isdisjoint(words):
        return None
    sides = [side for side, known in _SIDE_WORDS.items() if not known.isdisjoint(words)]
    parts = [part for part, known in _PART_WORDS.items() if not known.isdisjoint(words)]
    if not sides or bool(parts) is is_bare or (len(sides) > 1 and sides[0] != "fee"):
        return None
    is_amount = not cells or most_fit(is_number, cells)
    part = parts[0] if len(parts) == 1 else "amount" if is_amount else "asset"
    fits = is_amount if part != "asset" else _are_codes(cells)
    return _ROLES.get((sides[0], part)) if fits else None


def _parted(name: str) -> set[str]:
    """The words of a name, also of OUTAMOUNT, without the “in” of a currency."""
    found = []
    for word in tokens(name):
        known = (one for words in _SIDE_WORDS.values() for one in words if word.startswith(one))
        side = max(known, key=len, default="")
        rest = word.removeprefix(side)
        is_glued = side and any(rest in words for words in _PART_WORDS.values())
        found += [side, rest] if is_glued else [word]
    words = set(found)
    if not CURRENCIES.isdisjoint(map(str.upper, words)):
        words.discard("in")
    return words if words.isdisjoint(words_of.BESIDE_FEE) else words - words_of.FEE


def _add_neighbours(found: Columns, names: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """“Cur.” behind “Buy”, “Sell” and “Fee”, or the amount itself, of “0.5 BTC”."""
    for amount, asset in _ASSETS_OF.items():
        if amount not in found or asset in found:
            continue
        for place in (found[amount] + 1, found[amount] - 1):
            if not 0 <= place < len(names) or place in found.values():
                continue
            if words_of.ASSET.issuperset(tokens(names[place])) and _are_codes(cells[place]):
                found[asset] = place
                break
        else:
            column = cells[found[amount]]
            if column and most_fit(lambda text: bool(unit_beside(text)), column):
                found[asset] = found[amount]


def _are_codes(cells: Sequence[str]) -> bool:
    return not cells or most_fit(_is_code, cells)


def _is_code(text: str) -> bool:
    return len(text) <= LONGEST_CODE and _CODE.fullmatch(text) is not None


def _by_cells(
    names: Sequence[str], cells: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]
) -> Columns:
    """The two amounts with a code beside each, of which one always left and the other always came."""
    of_fees = [
        place for place, name in enumerate(names) if not _parted(name).isdisjoint(words_of.FEE)
    ]
    fee: Columns = {}
    for place in of_fees:
        role = _role(names[place], cells[place], is_bare=False)
        fee.setdefault(role or Role.FEE, place)
    _add_neighbours(fee, names, cells)
    words = _words(names, cells, rows)
    for first, second in combinations(_pairs(cells, {*of_fees, *fee.values()}), 2):
        for into, out in ((first, second), (second, first)):
            if _are_sides(into, out, rows, words):
                return {**dict(zip(SIDES, (*out, *into), strict=True)), **fee}
    return {}


def _pairs(cells: Sequence[Sequence[str]], taken: set[int]) -> list[tuple[int, int]]:
    """Amounts and the codes behind or before them, whichever gives more."""
    figures, codes = (
        {
            place
            for place, column in enumerate(cells)
            if place not in taken and column and fits(column)
        }
        for fits in (lambda column: most_fit(is_number, column), _are_codes)
    )
    behind = [(place, place + 1) for place in sorted(figures) if place + 1 in codes]
    before = [(place, place - 1) for place in sorted(figures) if place - 1 in codes]
    return before if len(before) > len(behind) else behind


def _words(
    names: Sequence[str], cells: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]
) -> list[str]:
    """What the type of each row means, where there is a column of types."""
    types = columns_of.by_name(names, cells)
    columns_of.add_by_cells(types, cells, has_meaning)
    texts = [cell(list(row), types.get(Role.TYPE, len(names))).casefold() for row in rows]
    known = kinds_of(sorted(set(texts)))
    return [known.get(text, "") for text in texts]


def _are_sides(
    into: tuple[int, int],
    out: tuple[int, int],
    rows: Sequence[Sequence[str]],
    words: Sequence[str],
) -> bool:
    """Whether rows trade the one for the other, and signs or words tell that one came and the other left."""
    told: set[str] = set()
    for row, word in zip(rows, words, strict=True):
        came, went = _figure(row, into[0]), _figure(row, out[0])
        if came < 0:
            return False
        if came and went:
            is_trade = cell(list(row), into[1]) != cell(list(row), out[1])
            told.add("trade" if is_trade else "")
        elif (came and word in _OUT) or (went and word in _IN):
            return False
        elif word in _IN | _OUT:
            told.add("in" if came else "out")
        if went:
            told.add("minus" if went < 0 else "plus")
    return told >= {"trade", "in", "out"} or ("plus" not in told and told >= {"trade", "minus"})


def _figure(row: Sequence[str], place: int) -> Decimal:
    text = cell(list(row), place)
    with suppress(NumberError):
        return (number(text) if text not in NOTHING else None) or ZERO
    return ZERO


def kinds_of(words: Sequence[str]) -> dict[str, str]:
    """What the words of types probably mean; without a word, what came and went says all."""
    found: dict[str, str] = {word: TOLD for word in words if not word}
    rest = [word for word in words if word]
    known = meanings(rest)
    for word in rest:
        meaning = _meaning(word) or known.get(word, "")
        if meaning:
            found[word] = str(meaning)
    return found


def _meaning(word: str) -> str:
    text = f" {re.sub('[_-]+', ' ', word)} "
    for meaning, parts in words_of.MEANINGS:
        if any(part.replace("^", " ") in text for part in parts):
            return meaning
    return ""


def trades(words: Sequence[str], rows: Sequence[Sequence[str]], found: Columns) -> dict[str, str]:
    """The words that only rows with both sides have, unless a status may say that nothing happened."""
    if not found.keys() >= {Role.TYPE, Role.UNITS_OUT}:
        return {}
    sides = (found[Role.UNITS_OUT], found[Role.UNITS_IN])
    are_both = [all(_figure(row, place) for place in sides) for row in rows]
    one_sided = {word for word, both in zip(words, are_both, strict=True) if not both}
    if Role.SUBTYPE in found:
        one_sided |= {word for word in words if not any(part in word for part in words_of.DONE)}
    return {word: str(TRADE) for word in words if word not in one_sided}


def has_fees(rows: Sequence[Sequence[str]], found: Columns) -> bool:
    """Whether the fee is in what went out: of coins that were sent so much less arrived."""
    if Role.FEE not in found:
        return False
    for row in rows:
        assets = {cell(list(row), found[role]) for role in (Role.ASSET_OUT, Role.ASSET_IN)}
        out, into, fee = (
            abs(_figure(row, found[role])) for role in (Role.UNITS_OUT, Role.UNITS_IN, Role.FEE)
        )
        if len(assets) == 1 and fee and EXACT.subtract(out, into) == fee:
            return True
    return False


def home(names: Sequence[str], cells: Sequence[Sequence[str]], found: Columns) -> str:
    """The money that most of the amounts are of, for rows that are in no money at all."""
    roles = (Role.ASSET_OUT, Role.ASSET_IN)
    cells_of = (text for role in roles if role in found for text in cells[found[role]])
    texts = [unit_beside(text) or text for text in cells_of]
    texts = texts or [column.asset for column in coin_columns(names)]
    return home_currency(texts) if any(map(is_fiat, texts)) else ""
