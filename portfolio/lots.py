"""First in, first out: how the rows of one instrument in one account become lots and disposals.

Pure: Decimals in, Decimals out. The rules and a worked table are in docs/algorithms/lots.md. Sums
are exact: a lot's cost is handed out pro rata at 8 decimals, half-even, and its last slice takes
what is left, so that open cost plus disposed cost is the cost of all acquisitions to the last digit.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal, localcontext
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from pricing.money import EXACT, ONE, ZERO, split_pro_rata, to_amount, to_quantity
from transactions.kinds import ACQUISITIONS, Kind


class IssueCode(StrEnum):
    OVERSOLD = "oversold"
    UNKNOWN_COST = "unknown-cost"
    UNKNOWN_PROCEEDS = "unknown-proceeds"
    UNMATCHED_SPLIT = "unmatched-split"
    UNMATCHED_TRANSFER = "unmatched-transfer"


class Issue(NamedTuple):
    """Something missing or contradictory that a person should look at."""

    code: IssueCode
    transaction: int
    quantity: Decimal


class Carried(NamedTuple):
    """Units that arrive from another position with the date and cost they had there."""

    purchased_at: datetime
    quantity: Decimal
    cost: Decimal | None
    rate: Decimal | None = ONE


class Entry(NamedTuple):
    """One row of the ledger as the engine sees it.

    ``value`` is in the currency of the book: the full cost of an acquisition (fee and transaction
    tax in), the net proceeds of a disposal (fee taken off), the money of a return of capital. None
    is unknown. ``quantity`` is positive; for a SPLIT the signed number of added units. ``rate`` is what
    a unit of the book's currency was worth in the account's on that day, None where nobody knows: lots
    and slices keep it for good, and no figure of the book rests on it.
    """

    transaction: int
    kind: Kind
    at: datetime
    quantity: Decimal
    value: Decimal | None
    carried: tuple[Carried, ...] = ()
    rate: Decimal | None = ONE


class Slice(NamedTuple):
    """A part of a lot that a transaction closed; see portfolio.models.Disposal."""

    lot: int
    transaction: int
    quantity: Decimal
    proceeds: Decimal | None
    cost: Decimal | None
    gain: Decimal | None
    rate: Decimal | None


class Lot:
    """Units acquired together. Negative quantities and costs: sold before a recorded purchase."""

    __slots__ = (
        "cost",
        "purchased_at",
        "quantity",
        "rate",
        "remaining",
        "remaining_cost",
        "sequence",
        "transaction",
    )

    def __init__(
        self,
        sequence: int,
        transaction: int,
        purchased_at: datetime,
        quantity: Decimal,
        cost: Decimal | None,
        rate: Decimal | None = ONE,
    ) -> None:
        self.sequence = sequence
        self.transaction = transaction
        self.purchased_at = purchased_at
        self.quantity = self.remaining = quantity
        self.cost = self.remaining_cost = cost
        self.rate = rate

    def __lt__(self, other: Lot) -> bool:
        return (self.purchased_at, self.sequence) < (other.purchased_at, other.sequence)

    def take(self, quantity: Decimal) -> Decimal | None:
        """Remove units (positive, at most what remains); returns their exact share of the cost."""
        if quantity == abs(self.remaining):
            share, self.remaining_cost = self.remaining_cost, self.remaining_cost and ZERO
            self.remaining = ZERO
            return share
        taken = quantity if self.remaining > 0 else -quantity
        share = None
        if self.remaining_cost is not None:
            share = to_amount(self.remaining_cost * taken / self.remaining)
            self.remaining_cost -= share
        self.remaining -= taken
        return share


class Book:
    """The open lots of one position, and what applying rows to them produced.

    ``opened`` and ``slices`` hold what is new since the book was made, ``touched`` the lots that
    changed. ``realized`` is None once a gain was unknown.
    """

    def __init__(
        self,
        lots: Sequence[Lot] = (),
        *,
        next_sequence: int = 1,
        realized: Decimal | None = ZERO,
    ) -> None:
        self.longs = deque(sorted(lot for lot in lots if lot.remaining > 0))
        self.shorts = deque(sorted(lot for lot in lots if lot.remaining < 0))
        self.next_sequence = next_sequence
        self.realized = realized
        self.opened: list[Lot] = []
        self.touched: dict[int, Lot] = {}
        self.slices: list[Slice] = []
        self.issues: list[Issue] = []

    def apply(self, entries: Iterable[Entry]) -> None:
        """Apply the next rows; they must come in the order of the ledger (see ``rank``)."""
        with localcontext(EXACT):
            for entry in entries:
                self._apply(entry)

    def _apply(self, entry: Entry) -> None:
        kind = entry.kind
        if kind in ACQUISITIONS:
            self._acquire(entry)
        elif kind is Kind.TRANSFER_IN:
            self._receive(entry)
        elif kind is Kind.SPLIT:
            self._split(entry)
        elif kind is Kind.RETURN_OF_CAPITAL:
            self._return_capital(entry)
        else:  # SELL, TRANSFER_OUT, and a FEE paid in units
            self._dispose(entry)

    def carried_by(self, transaction: int) -> tuple[Carried, ...]:
        """What a TRANSFER_OUT took along: the units with their dates and costs, oldest first."""
        lots = {lot.sequence: lot for lot in (*self.longs, *self.shorts, *self.opened)}
        lots.update(self.touched)
        return tuple(
            Carried(lots[piece.lot].purchased_at, piece.quantity, piece.cost, lots[piece.lot].rate)
            for piece in self.slices
            if piece.transaction == transaction
        )

    def total_cost(self) -> Decimal | None:
        """Cost of what is held, None when the cost of one lot is unknown."""
        total = ZERO
        with localcontext(EXACT):
            for lot in self.longs:
                if lot.remaining_cost is None:
                    return None
                total += lot.remaining_cost
        return total

    def held(self) -> Decimal:
        """Units held; negative when more was sold than is recorded as bought."""
        with localcontext(EXACT):
            return sum((lot.remaining for lot in (*self.longs, *self.shorts)), ZERO)

    def state_issues(self) -> list[Issue]:
        """What is unsettled about the lots that are open now."""
        issues = [
            Issue(IssueCode.OVERSOLD, lot.transaction, lot.remaining.copy_abs())
            for lot in self.shorts
        ]
        issues += [
            Issue(IssueCode.UNKNOWN_COST, lot.transaction, lot.remaining)
            for lot in self.longs
            if lot.remaining_cost is None
        ]
        return issues

    def _acquire(self, entry: Entry) -> None:
        quantity, cost = entry.quantity, entry.value
        while self.shorts and quantity:
            quantity, cost = self._cover(entry, self.shorts[0], quantity, cost)
        if quantity:
            self._open(entry, quantity, cost)

    def _open(self, entry: Entry, quantity: Decimal, cost: Decimal | None) -> None:
        lot = Lot(self.next_sequence, entry.transaction, entry.at, quantity, cost, entry.rate)
        self.next_sequence += 1
        self.opened.append(lot)
        queue = self.longs if quantity > 0 else self.shorts
        if queue and lot < queue[-1]:
            # Transferred units keep their date, and so their place in the queue.
            insort(queue, lot)
        else:
            queue.append(lot)

    def _cover(
        self, entry: Entry, short: Lot, quantity: Decimal, cost: Decimal | None
    ) -> tuple[Decimal, Decimal | None]:
        covered = min(quantity, -short.remaining)
        rest = quantity - covered
        spent = cost
        if rest and cost is not None:
            spent = to_amount(cost * covered / quantity)
        received = short.take(covered)
        self._close(short, entry, covered, None if received is None else -received, spent)
        if not short.remaining:
            self.shorts.popleft()
        return rest, None if cost is None or spent is None else cost - spent

    def _receive(self, entry: Entry) -> None:
        if not entry.carried:
            self._acquire(entry)
            return
        # The units that arrive may differ from those that left: a network fee, an exchange ratio.
        shares = _scaled([piece.quantity for piece in entry.carried], entry.quantity)
        if not shares:
            oldest = min(entry.carried, key=attrgetter("purchased_at"))
            self._take_over(entry, oldest, entry.quantity, _cost_of(entry.carried))
        for piece, share in zip(entry.carried, shares, strict=False):
            self._take_over(entry, piece, share, piece.cost)

    def _take_over(
        self, entry: Entry, piece: Carried, quantity: Decimal, cost: Decimal | None
    ) -> None:
        """Acquire carried units as of the day on which they were bought."""
        self._acquire(
            entry._replace(at=piece.purchased_at, quantity=quantity, value=cost, rate=piece.rate)
        )

    def _dispose(self, entry: Entry) -> None:
        is_transfer = entry.kind is Kind.TRANSFER_OUT
        wanted, value = entry.quantity, None if is_transfer else entry.value
        while wanted and self.longs:
            lot = self.longs[0]
            quantity = lot.remaining if lot.remaining < wanted else wanted
            rest = wanted - quantity
            proceeds = value
            if rest and value is not None:
                proceeds = to_amount(value * quantity / wanted)
                value -= proceeds
            self._close(lot, entry, quantity, proceeds, lot.take(quantity), is_transfer)
            if not lot.remaining:
                self.longs.popleft()
            wanted = rest
        if wanted:
            self._open(entry, -wanted, None if value is None else -value)
            if is_transfer:
                # Nothing is known of these units, yet the receiving side must get them all.
                short = self.opened[-1]
                self.slices.append(
                    Slice(short.sequence, entry.transaction, wanted, None, None, None, entry.rate)
                )

    def _close(
        self,
        lot: Lot,
        entry: Entry,
        quantity: Decimal,
        proceeds: Decimal | None,
        cost: Decimal | None,
        is_transfer: bool = False,
    ) -> None:
        gain = None
        if proceeds is not None and cost is not None:
            gain = proceeds - cost
            if self.realized is not None:
                self.realized += gain
        elif not is_transfer:
            self.realized = None
            code = IssueCode.UNKNOWN_PROCEEDS if proceeds is None else IssueCode.UNKNOWN_COST
            self.issues.append(Issue(code, entry.transaction, quantity))
        self.touched[lot.sequence] = lot
        self.slices.append(
            Slice(lot.sequence, entry.transaction, quantity, proceeds, cost, gain, entry.rate)
        )

    def _split(self, entry: Entry) -> None:
        units = [lot.remaining for lot in self.longs]
        shares = _scaled(units, sum(units, ZERO) + entry.quantity)
        if not shares:
            # The shares that the split multiplied are not recorded: what they cost is unknown.
            self.issues.append(Issue(IssueCode.UNMATCHED_SPLIT, entry.transaction, entry.quantity))
            if entry.quantity > 0:
                self._acquire(entry._replace(value=None))
            else:
                self._dispose(entry._replace(quantity=-entry.quantity, value=None))
            return
        for lot, share in zip(self.longs, shares, strict=True):
            self._rescale(lot, share)

    def _rescale(self, lot: Lot, remaining: Decimal) -> None:
        if lot.quantity == lot.remaining:
            lot.quantity = remaining
        else:
            lot.quantity = to_quantity(lot.quantity * remaining / lot.remaining)
        lot.remaining = remaining
        self.touched[lot.sequence] = lot

    def _return_capital(self, entry: Entry) -> None:
        if entry.value is None or not self.longs:
            # With nothing held the money is still ours: it is gain of the position as a whole.
            self._gain_without_lot(entry)
            return
        shares = split_pro_rata(entry.value, [lot.remaining for lot in self.longs])
        for lot, share in zip(self.longs, shares, strict=True):
            if lot.remaining_cost is None:
                continue
            excess = max(ZERO, share - lot.remaining_cost)
            lot.remaining_cost -= share - excess
            self.touched[lot.sequence] = lot
            if excess:
                self._close(lot, entry, ZERO, excess, ZERO)

    def _gain_without_lot(self, entry: Entry) -> None:
        if self.realized is not None:
            self.realized = None if entry.value is None else self.realized + entry.value
        if entry.value is None:
            self.issues.append(Issue(IssueCode.UNKNOWN_PROCEEDS, entry.transaction, ZERO))


def _scaled(units: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """The units of lots in proportion, so that they add up to ``total``; the last takes the rest.

    Empty when there are none, or when one would be left without any: a lot of nothing would keep its
    cost for ever.
    """
    whole = sum(units, ZERO)
    if not whole:
        return []
    shares = [to_quantity(total * part / whole) for part in units[:-1]]
    shares.append(total - sum(shares, ZERO))
    return shares if min(shares) > 0 else []


def _cost_of(pieces: Sequence[Carried]) -> Decimal | None:
    total = ZERO
    for piece in pieces:
        if piece.cost is None:
            return None
        total += piece.cost
    return total


_RANKS = {Kind.SPLIT: 0, Kind.RETURN_OF_CAPITAL: 1, Kind.TRANSFER_IN: 3, Kind.TRANSFER_OUT: 4}


def rank(kind: Kind) -> int:
    """The order of rows of one day whose times are unknown, or equal.

    A split and a return of capital happen before trading opens; then what comes in, transfers, and
    last what goes out, so that a day's purchases are there to be sold.
    """
    return _RANKS.get(kind, 2 if kind in ACQUISITIONS else 5)
