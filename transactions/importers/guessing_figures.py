"""Which column of a table holds what, by its figures: quantity times price is the amount."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations

from pricing.money import EXACT, ZERO, DecimalMark, NumberError
from pricing.readers import cell
from transactions.importers.figures import number
from transactions.importers.guessing_columns import PAIRS, Columns, is_number, most_fit
from transactions.importers.layouts import UNITS, Role

# Quantity times price may be off by charges and by rounding, in hundredths of the amount.
NEAR = 2
# Figures of so many columns and rows are multiplied with each other.
MOST_COLUMNS = 10
ROWS_MULTIPLIED = 40
# Of money, with which some brokers work it out.
MOST_DECIMALS = 4


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
        roles = (role, *next((pair[:2] for pair in PAIRS if pair[2] is role), ()))
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
        if place not in taken and column and most_fit(is_number, column)
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


def take_amounts_for_units(found: Columns, figures: Figures) -> None:
    """Beside a coin and nothing else that counts, an amount with so many decimals is one of coins."""
    others = {*UNITS, Role.PRICE, Role.CURRENCY, Role.ISIN, Role.PAID_IN}
    if Role.TICKER not in found or Role.AMOUNT not in found or not others.isdisjoint(found):
        return
    amounts = filter(None, figures.numbers(found[Role.AMOUNT]))
    if any(amount != round(amount, MOST_DECIMALS) for amount in amounts):
        found[Role.QUANTITY] = found.pop(Role.AMOUNT)
