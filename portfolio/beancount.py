"""The ledger as text for beancount, whose booking then holds our lots and gains. Pure.

Rules and reasons are in docs/exports.md. In short: every row is a transaction that balances exactly,
every lot is held at its cost, date and number, and what is taken from a lot at another cost than its
units times its price (our shares of a sum are rounded, and add up) takes the whole lot out and puts the
rest back at its own cost. Nothing of beancount is imported: it reads the text in a process of its own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

from portfolio.lots import Book, Entry, Slice
from pricing.money import EXACT, ZERO, to_amount

# Beancount reckons with so many digits, whatever the text has.
ITS_CONTEXT = Context(prec=28, rounding=ROUND_HALF_EVEN)
# Far below the last digit of money, far above what 28 digits leave over.
NOTHING = Decimal("1e-12")
# Held at no cost in this, because beancount knows no lot without one.
UNKNOWN = "UNKNOWN"
FIRST_DAY = date(1900, 1, 1)
LONGEST_COMMODITY = 24


class LotState(NamedTuple):
    """A lot after a row: what remains of it at which cost (None: unknown)."""

    sequence: int
    purchased_at: datetime
    units: Decimal
    cost: Decimal | None


class Step(NamedTuple):
    """What one row did to a book: the lots it opened or changed, and the slices it closed.

    ``loose_gain`` is money of a return of capital that met no lot.
    """

    entry: Entry
    lots: tuple[LotState, ...]
    slices: tuple[Slice, ...]
    loose_gain: Decimal | None


class TracedBook(Book):
    """A book that remembers what each row did."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self._loose: Decimal | None = None

    def _apply(self, entry: Entry) -> None:
        self.touched.clear()
        self._loose = None
        opened, closed = len(self.opened), len(self.slices)
        super()._apply(entry)
        changed = {lot.sequence: lot for lot in self.opened[opened:]} | self.touched
        lots = tuple(
            LotState(lot.sequence, lot.purchased_at, lot.remaining, lot.remaining_cost)
            for lot in changed.values()
        )
        self.steps.append(Step(entry, lots, tuple(self.slices[closed:]), self._loose))

    def _gain_without_lot(self, entry: Entry) -> None:
        self._loose = entry.value
        super()._gain_without_lot(entry)


class Names:
    """Names that beancount can read for ours, each for one only; the text says which is which.

    ``taken`` is shared by those that must not give the same name.
    """

    def __init__(self, taken: set[str]) -> None:
        self.of: dict[str, str] = {}
        self._taken = taken

    def take(self, name: str, wanted: str) -> str:
        """The name given to ours: the wanted one, or with a number where another has it."""
        if name not in self.of:
            number, given = 1, wanted
            while given in self._taken:
                number += 1
                suffix = f"-{number}"
                given = wanted[: LONGEST_COMMODITY - len(suffix)] + suffix
            self._taken.add(given)
            self.of[name] = given
        return self.of[name]


def as_commodity(name: str) -> str:
    """Capitals, digits and . _ - in between: the nearest that beancount takes for a commodity."""
    text = re.sub(r"[^A-Z0-9._-]+", "-", name.upper()).strip("._-")
    if not text[:1].isalpha():
        text = f"X{text}"
    return text[:LONGEST_COMMODITY].rstrip("._-")


def as_component(name: str) -> str:
    """One part of the name of an account: letters, digits and hyphens, a capital or digit first."""
    text = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")
    return text[:1].upper() + text[1:] if text else "X"


class Posting(NamedTuple):
    """One leg. ``cost`` is the whole text in braces; an amount of money has none."""

    account: str
    number: str
    commodity: str
    cost: str = ""

    def __str__(self) -> str:
        held = f" {{{self.cost}}}" if self.cost else ""
        return f"  {self.account}  {self.number} {self.commodity}{held}"


class Moved(NamedTuple):
    """Legs of lots in the order in which they have to be booked, and what their cost adds up to.

    Booking looks at each currency of cost by itself, so units of unknown cost leave before the others
    change and come after them, in transactions of their own.
    """

    leaving_unknown: list[Posting]
    known: list[Posting]
    coming_unknown: list[Posting]
    weight: Decimal


class _Held(NamedTuple):
    units: Decimal
    # None is unknown.
    price: Decimal | None
    cost: Decimal


class LotWriter:
    """The lots of one position as the text has them so far."""

    def __init__(self, account: str, commodity: str, currency: str) -> None:
        self.account = account
        self.commodity = commodity
        self.currency = currency
        self.held: dict[int, _Held] = {}

    def move(self, lots: Sequence[tuple[LotState, date]]) -> Moved:
        """The legs that bring the lots from how they were written to how they are now."""
        moved = Moved([], [], [], ZERO)
        weight = ZERO
        # What is closed first: beancount takes an opposite sign for a reduction.
        for lot, day in sorted(lots, key=lambda one: one[0].sequence not in self.held):
            before = self.held.get(lot.sequence, _Held(ZERO, None, ZERO))
            after = self._after(lot, before)
            for held, units in _legs(before, after):
                posting = self._posting(lot.sequence, day, units, held.price)
                if held.price is not None:
                    moved.known.append(posting)
                elif abs(after.units) < abs(before.units):
                    moved.leaving_unknown.append(posting)
                else:
                    moved.coming_unknown.append(posting)
            weight = EXACT.add(weight, EXACT.subtract(after.cost, before.cost))
            if after.units:
                self.held[lot.sequence] = after
            else:
                self.held.pop(lot.sequence, None)
        return moved._replace(weight=weight)

    def _after(self, lot: LotState, before: _Held) -> _Held:
        if not lot.units:
            return _Held(ZERO, before.price, ZERO)
        if lot.cost is None:
            return _Held(lot.units, None, ZERO)
        price = before.price
        if price is None or not _is_share(price, lot, before):
            # Beancount holds nothing at a negative cost; the difference shows on the balancing leg.
            price = max(ZERO, ITS_CONTEXT.divide(lot.cost, lot.units))
        return _Held(lot.units, price, lot.cost if price else ZERO)

    def _posting(self, label: int, day: date, units: Decimal, price: Decimal | None) -> Posting:
        money = f"0 {UNKNOWN}" if price is None else f"{number(price)} {self.currency}"
        cost = f'{money}, {day.isoformat()}, "{label}"'
        return Posting(self.account, number(units), self.commodity, cost)


def _is_share(price: Decimal, lot: LotState, before: _Held) -> bool:
    """Whether units times price is what the row took, and what it left, to the last digit."""
    assert lot.cost is not None
    taken = EXACT.subtract(before.units, lot.units)
    took = EXACT.subtract(before.cost, lot.cost)
    off_taken = abs(EXACT.subtract(EXACT.multiply(price, taken), took))
    off_left = abs(EXACT.subtract(EXACT.multiply(price, lot.units), lot.cost))
    return off_taken <= NOTHING and off_left <= NOTHING


def _legs(before: _Held, after: _Held) -> Iterator[tuple[_Held, Decimal]]:
    """Units at the cost of the lot as it was, then at the cost of the lot as it is."""
    if before.price == after.price and before.units:
        change = EXACT.subtract(after.units, before.units)
        if change and abs(after.units) < abs(before.units):
            yield before, change
            return
    if before.units:
        yield before, before.units.copy_negate()
    if after.units:
        yield after, after.units


def number(value: Decimal) -> str:
    """All digits, without an exponent and without zeros at the end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: Decimal) -> str:
    """All eight decimals, so that beancount tolerates no difference in any of them."""
    return format(to_amount(value), "f")


def transaction(
    day: date, narration: str, meta: Mapping[str, str], postings: Iterable[Posting]
) -> str:
    lines = [f"{day.isoformat()} * {quoted(narration)}"]
    lines += [f"  {key}: {quoted(value)}" for key, value in meta.items()]
    lines += [str(posting) for posting in postings]
    return "\n".join(lines) + "\n\n"


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def directive(day: date, words: str, meta: Mapping[str, str] | None = None) -> str:
    """One line with its metadata; empty texts are left out."""
    lines = [f"{day.isoformat()} {words}"]
    lines += [f"  {key}: {quoted(value)}" for key, value in (meta or {}).items() if value]
    return "\n".join(lines) + "\n"
