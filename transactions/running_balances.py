"""Whether what was read of a file explains the balances that the file states, record by record. Pure.

A file with a balance beside each row proves how the rows were read: between two balances of a currency
(or coin) lies exactly what the rows between them did. The method and its limits are in
docs/algorithms/running-balances.md.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from itertools import pairwise
from operator import attrgetter, itemgetter
from typing import NamedTuple

from pricing.money import EXACT, ZERO
from transactions.importers.base import ParsedTransaction, Security, Stated
from transactions.kinds import MOVES_UNITS, UNIT_SIGN, Kind, Money, cash_effects, moves_units_only

CENTS = 2


class Disagreement(NamedTuple):
    """A record after which the file states another balance of ``asset`` than its rows explain.

    ``is_gap``: the balance in front of the record is not the one behind the record before, so rows are
    missing from the file; False: the record itself was read otherwise; None: it does not tell.
    """

    line: int
    asset: str
    expected: Decimal
    stated: Decimal
    is_gap: bool | None = None


class LeftOut(NamedTuple):
    """Records from ``line`` on that were ignored, and by how much they changed a balance together."""

    line: int
    asset: str
    change: Decimal


@dataclass(slots=True)
class Checked:
    """``agreed`` balances are explained by the rows before them; ``closing`` are the last of each day."""

    agreed: int = 0
    disagreements: list[Disagreement] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    closing: list[Stated] = field(default_factory=list)


def check(
    parsed: Sequence[ParsedTransaction],
    stated: Sequence[Stated],
    ignored: Container[int],
    rejected: Iterable[int],
) -> Checked:
    """Compare the running balances of one depot with its transactions.

    ``ignored`` and ``rejected`` are the lines of records that became no transaction.
    """
    running = sorted(
        (one for one in stated if one.when is not None and not one.is_list), key=attrgetter("line")
    )
    if not running:
        return Checked()
    # By most of its rows: a file may have been put together from pieces.
    days = [_day(one) for one in running]
    turns = Counter((later > earlier) - (later < earlier) for earlier, later in pairwise(days))
    direction = -1 if turns[-1] > turns[1] else 1
    walk = _Walk(ignored)
    # Of one record: first its effects, then whether the balance behind it agrees.
    steps: list[tuple[int, int, Callable[[], None]]] = []
    for event in _events(parsed, running, direction):
        steps.append((event.first, 0, partial(walk.begin, event)))
        steps.append((event.last, 1, partial(walk.end, event)))
    steps += [(line * direction, 2, walk.forget) for line in rejected]
    steps += [(one.line * direction, 3, partial(walk.meet, one)) for one in running]
    for _, _, step in sorted(steps, key=itemgetter(0, 1)):
        step()
    return walk.finished()


def asset_of(one: Stated | Security) -> str:
    """What a balance is of, as a word: the currency, or what the file calls the security."""
    if isinstance(one, Security):
        return one.isin or one.ticker
    return one.currency if one.security is None else asset_of(one.security)


def _when(one: Stated) -> datetime:
    assert one.when is not None  # only lists may leave it open
    return one.when


def _day(one: Stated) -> date:
    return _when(one).date()


class _Moment(NamedTuple):
    """When the ledger has a row: by what the moments of a file are put in order, and as the file says it."""

    order: datetime
    when: datetime


def _moment(when: datetime) -> _Moment:
    """A file has instants, or local times."""
    if when.tzinfo is None:
        return _Moment(when, when)
    try:
        instant = when if when.tzinfo is UTC else when.astimezone(UTC)
    except OverflowError:
        # A date that no row could have either.
        instant = when
    return _Moment(instant.replace(tzinfo=None), when)


class _Closing(NamedTuple):
    """A balance that the file states, in all pockets together, and the moment that it is of."""

    moment: _Moment
    one: Stated
    total: Decimal


class _Event(NamedTuple):
    """Transactions whose records belong together, from the first to the last place of these."""

    first: int
    last: int
    effects: Mapping[str, Decimal]
    since: _Moment
    until: _Moment


class _Walk:
    """Goes through the file in the order of time and keeps both sides of the comparison."""

    def __init__(self, ignored: Container[int]) -> None:
        self.ignored = ignored
        self.checked = Checked()
        self.ours: dict[str, Decimal] = defaultdict(lambda: ZERO)
        # How many events are half passed that change an asset: until the last record of a trade
        # and its fee has passed, the balances between them cannot be told apart.
        self.half: Counter[str] = Counter()
        self.pockets: dict[str, dict[str, Decimal]] = defaultdict(dict)
        # Stated minus ours: what was there before the file began. Absent: the next balance tells.
        self.offset: dict[str, Decimal] = {}
        self.drift: dict[str, LeftOut] = {}
        # Of each asset in the order of time, and the latest moment that its balance has in it.
        self.closing: dict[str, list[_Closing]] = defaultdict(list)
        self.latest: dict[str, _Moment] = {}

    def begin(self, event: _Event) -> None:
        self.half.update(event.effects.keys())

    def end(self, event: _Event) -> None:
        self.half.subtract(event.effects.keys())
        for asset, effect in event.effects.items():
            self.ours[asset] = EXACT.add(self.ours[asset], effect)
            self._advance(asset, event.until)
            closing = self.closing[asset]
            # Rows out of order: the ledger counts this one before what the file stated before it.
            while closing and closing[-1].moment.order >= event.since.order:
                closing.pop()

    def forget(self) -> None:
        """A rejected record changed who knows what; that it was rejected is said elsewhere."""
        self.offset.clear()

    def meet(self, one: Stated) -> None:
        asset = asset_of(one)
        pockets = self.pockets[asset]
        self._open_pocket(one, asset)
        previous, pockets[one.pocket] = pockets.get(one.pocket), one.amount
        if self.half[asset]:
            return
        total = _sum(pockets.values())
        gap = EXACT.subtract(total, self.ours[asset])
        if asset in self.offset:
            self._compare(one, asset, EXACT.subtract(gap, self.offset[asset]), previous)
        else:
            self._anchor(one, asset, gap)
        if asset not in self.drift:
            self._close(one, asset, total)

    def _anchor(self, one: Stated, asset: str, gap: Decimal) -> None:
        """Take the first balance as it is; what an ignored record says to have moved is told apart."""
        self.offset[asset] = gap
        if one.change and one.line in self.ignored:
            self.offset[asset] = EXACT.subtract(gap, one.change)
            self._compare(one, asset, one.change, None)

    def _open_pocket(self, one: Stated, asset: str) -> None:
        """Count in what a pocket held before its first record."""
        if one.pocket in self.pockets[asset] or asset not in self.offset:
            return
        if one.change is None:
            # Nobody knows: what comes next is compared with this record.
            del self.offset[asset]
            self._retract(asset)
            return
        opening = EXACT.subtract(one.amount, one.change)
        if opening:
            self.offset[asset] = EXACT.add(self.offset[asset], opening)
            self._retract(asset)

    def _compare(
        self, one: Stated, asset: str, difference: Decimal, previous: Decimal | None
    ) -> None:
        expected = EXACT.subtract(one.amount, difference)
        if agree(one.amount, written_decimals(one.amount), expected):
            self.checked.agreed += 1
            return
        self.offset[asset] = EXACT.add(self.offset[asset], difference)
        is_gap = None
        if one.change is not None and previous is not None:
            is_gap = previous != EXACT.subtract(one.amount, one.change)
        if one.line in self.ignored and not is_gap:
            self._drift(one.line, asset, difference)
            return
        found = Disagreement(one.line, asset, expected, one.amount, is_gap)
        self.checked.disagreements.append(found)

    def _drift(self, line: int, asset: str, difference: Decimal) -> None:
        """Ignored records may move money to and fro; together they must change nothing."""
        before = self.drift.pop(asset, LeftOut(line, asset, ZERO))
        change = EXACT.add(before.change, difference)
        if change:
            self.drift[asset] = before._replace(change=change)

    def _close(self, one: Stated, asset: str, total: Decimal) -> None:
        """Keep the last balance of a day, at the latest moment of all that it has in it."""
        moment = self._advance(asset, _moment(_when(one)))
        closing = self.closing[asset]
        if closing and closing[-1].moment.when.date() == moment.when.date():
            closing.pop()
        closing.append(_Closing(moment, one, total))

    def _advance(self, asset: str, moment: _Moment) -> _Moment:
        latest = self.latest.get(asset)
        if latest is None or latest.order < moment.order:
            latest = self.latest[asset] = moment
        return latest

    def _retract(self, asset: str) -> None:
        """What was told before all pockets were known, was not all."""
        self.closing[asset].clear()

    def finished(self) -> Checked:
        self.checked.left_out = list(self.drift.values())
        self.checked.closing = [
            one._replace(when=moment.when, amount=total, pocket="")
            for found in self.closing.values()
            for moment, one, total in found
        ]
        return self.checked


def agree(stated: Decimal, decimals: int, ours: Decimal) -> bool:
    """Whether a balance that is stated with so many decimals can be ours.

    One that is rounded to the cent, or finer, may be off by less than its last decimal; a whole number
    is taken as it is, because shares are counted so.
    """
    difference = abs(EXACT.subtract(stated, ours))
    if not difference or decimals < CENTS or decimals_of(ours) <= decimals:
        return not difference
    return difference < Decimal(1).scaleb(-decimals)


def written_decimals(number: Decimal) -> int:
    """The decimals that a number is written with."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # figures of files and forms are numbers
    return max(-exponent, 0)


def decimals_of(number: Decimal) -> int:
    """The decimals that a number needs."""
    return written_decimals(number.normalize(EXACT))


def _events(
    parsed: Sequence[ParsedTransaction], running: Iterable[Stated], direction: int
) -> Iterator[_Event]:
    """The effects of the transactions, those whose records belong together as one.

    Such records may also pay with money that they bring, which is then no effect of the whole.
    """
    records = _Records(parsed)
    effects: dict[int, dict[str, Decimal]] = defaultdict(dict)
    spans: dict[int, tuple[_Moment, _Moment]] = {}
    for one in parsed:
        record = records.first_of(one.line)
        spans[record] = _widened(spans.get(record), _moment(one.when))
        mine = effects[record]
        for asset, effect in _effects(one):
            mine[asset] = EXACT.add(mine.get(asset, ZERO), effect)
    lines = records.groups()
    for balance in running:
        if (first := records.first_of(balance.line)) in lines:
            effects[first].setdefault(asset_of(balance), ZERO)
    for line, found in effects.items():
        places = [each * direction for each in lines.get(line, (line,))]
        yield _Event(min(places), max(places), found, *spans[line])


def _widened(span: tuple[_Moment, _Moment] | None, by: _Moment) -> tuple[_Moment, _Moment]:
    if span is None:
        return by, by
    first, last = span
    return (by if by.order < first.order else first), (by if by.order > last.order else last)


class _Records:
    """Which records belong together: those that one transaction was made of, and the legs of a swap."""

    def __init__(self, parsed: Iterable[ParsedTransaction]) -> None:
        self._above: dict[int, int] = {}
        for one in parsed:
            for line in one.merged_lines:
                self._above[self.first_of(line)] = self.first_of(one.line)

    def first_of(self, line: int) -> int:
        """The record that stands for all that belong to the one in ``line``."""
        while (above := self._above.get(line, line)) != line:
            line = above
        return line

    def groups(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for line in {*self._above, *self._above.values()}:
            found[self.first_of(line)].append(line)
        return found


def _effects(one: ParsedTransaction) -> Iterator[tuple[str, Decimal]]:
    """How a transaction changes units and money."""
    if one.security is not None and one.quantity is not None and one.kind in _WITH_UNITS:
        yield asset_of(one.security), one.quantity * UNIT_SIGN[one.kind]
    money = Money(one.amount, one.currency, one.fee, one.fee_currency, one.tax)
    units_only = moves_units_only(
        one.kind, has_instrument=one.security is not None, has_quantity=one.quantity is not None
    )
    yield from cash_effects(one.kind, money, units_only=units_only).items()


_WITH_UNITS = MOVES_UNITS | {Kind.FEE}


def _sum(numbers: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for number in numbers:
        total = EXACT.add(total, number)
    return total
