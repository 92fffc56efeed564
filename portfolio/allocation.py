"""How what is held spreads over asset types, currencies, accounts and instruments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import NamedTuple
from urllib.parse import urlencode

from portfolio.gains import percent
from portfolio.listing import PositionRow
from portfolio.summary import Cash
from pricing.money import EXACT, ZERO

TITLES = ("Asset type", "Currency", "Account", "Instrument")
# What comes after is added up.
MOST_SLICES = 8


class Label(NamedTuple):
    """A part of the whole; by ``value`` of the parameter ``name`` the list of positions shows it."""

    text: str
    name: str = ""
    value: object = ""

    @property
    def query(self) -> str:
        return f"?{urlencode({self.name: self.value})}" if self.name else ""


@dataclass(frozen=True, slots=True)
class Slice:
    label: Label
    amount: Decimal
    percent: Decimal | None

    @property
    def width(self) -> str:
        """Of its bar, in hundredths of the room."""
        return f"{min(max(self.percent or ZERO, ZERO), Decimal(100)):.2f}"


@dataclass(frozen=True, slots=True)
class Allocation:
    title: str
    slices: list[Slice]


def allocations(rows: Iterable[PositionRow], cash: Iterable[Cash]) -> list[Allocation]:
    """One for each title; what has no known value is left out."""
    parts = [*_of_positions(rows), *_of_cash(cash)]
    found = []
    for place, title in enumerate(TITLES):
        sums: defaultdict[Label, Decimal] = defaultdict(lambda: ZERO)
        for amount, labels in parts:
            sums[labels[place]] = EXACT.add(sums[labels[place]], amount)
        found.append(Allocation(title, slices(sums)))
    return found


def _of_positions(rows: Iterable[PositionRow]) -> Iterator[tuple[Decimal, Sequence[Label]]]:
    for row in rows:
        value, quote = row.valuation.value, row.valuation.quote
        if value is None or quote is None or not row.held.is_open:
            continue
        instrument, account = row.position.instrument, row.position.account
        yield (
            value,
            (
                Label(instrument.get_asset_type_display(), "type", instrument.asset_type),
                Label(quote.currency),
                Label(account.name, "account", account.pk),
                Label(instrument.ticker, "search", instrument.ticker),
            ),
        )


def _of_cash(cash: Iterable[Cash]) -> Iterator[tuple[Decimal, Sequence[Label]]]:
    for part in cash:
        if part.value is not None:
            account = Label(part.account.name, "account", part.account.pk)
            own = Label(part.currency)
            yield part.value, (Label("Cash"), own, account, Label(f"{part.currency} in cash"))


def slices(sums: Mapping[Label, Decimal]) -> list[Slice]:
    """The largest first; those beyond the first few are one slice."""
    whole = reduce(EXACT.add, sums.values(), ZERO)
    ranked = sorted(sums.items(), key=lambda item: (-item[1], item[0].text))
    rest = [amount for _, amount in ranked[MOST_SLICES:]]
    shown = ranked[:MOST_SLICES]
    if rest:
        shown.append((Label(f"{len(rest)} others"), reduce(EXACT.add, rest, ZERO)))
    return [Slice(label, amount, percent(amount, whole)) for label, amount in shown]
