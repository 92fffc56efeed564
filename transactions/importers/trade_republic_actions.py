"""Corporate actions of Trade Republic: rows that only make sense together.

A redemption is two rows, one with the cash and one that takes the shares out. An exchange of shares (a
merger, a reverse split, a change of ISIN) is a row that takes the old ones out and one that brings the
new ones in. Partners have the same portfolio and lie within days of each other.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from pricing.money import EXACT, ZERO
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, Rejected, Security
from transactions.importers.figures import unit_price
from transactions.kinds import Kind

# Shares out and paid for in cash, or worth nothing.
REDEMPTIONS = frozenset(
    {"REDEMPTION", "EARLY_REDEMPTION", "FINAL_MATURITY", "TILG", "WARRANT_EXERCISE", "WORTHLESS"}
)
# Old shares out, new shares in; or only in.
EXCHANGES = frozenset(
    {
        *("REVERSE_SPLIT", "SHARE_EXCHANGE", "ADR_DISCONTINUATION", "REORGANISATION", "MERGER"),
        *("MIGRATION", "ISIN_CHANGE", "SPINOFF", "SPIN_OFF", "STOCK_DIVIDEND", "BONUS_ISSUE"),
        *("RIGHTS_ISSUE", "CAPITAL_INCREASE", "DIVIDEND_REINVESTMENT"),
    }
)

_WINDOW = timedelta(days=10)
# Further away than any event, and on no line.
_NOBODY = (timedelta.max, 0)


class Event(NamedTuple):
    """One row of a corporate action; shares keep the sign of the file, fee and tax are positive when paid."""

    line: int
    kind: str
    when: datetime
    has_time: bool
    security: Security
    shares: Decimal
    price: Decimal | None
    currency: str
    amount: Decimal | None
    fee: Decimal
    tax: Decimal
    external_id: str
    description: str
    portfolio: str
    raw: str

    def parsed(self, kind: Kind, amount: Decimal | None, quantity: Decimal) -> ParsedTransaction:
        return ParsedTransaction(
            self.line,
            self.when,
            kind,
            self.currency,
            amount,
            self.security,
            quantity,
            has_time=self.has_time,
            external_id=self.external_id,
            description=self.description or self.kind,
            portfolio=self.portfolio,
        )

    def split(self, added: Decimal) -> ParsedTransaction:
        """Units added to a holding whose cost stays."""
        return self.parsed(Kind.SPLIT, None, added)

    def delivery(self, kind: Kind) -> ParsedTransaction:
        """Units in or out without cash; what they cost is not in the file."""
        return self.parsed(kind, None, abs(self.shares))._replace(price=self.price)


class Actions:
    """Collects the rows, and gives the outcomes once all of them are in."""

    def __init__(self) -> None:
        self._payments: list[Event] = []
        self._removals: list[Event] = []
        self._exchanges: list[Event] = []

    def paid(self, event: Event) -> None:
        self._payments.append(event)

    def taken_out(self, event: Event) -> None:
        self._removals.append(event)

    def exchanged(self, event: Event) -> None:
        self._exchanges.append(event)

    def outcomes(self) -> Iterator[Outcome]:
        removals = _Waiting(self._removals, _security)
        for payment in self._payments:
            removal = removals.nearest(payment)
            if removal is not None:
                removals.remove(removal)
            yield _sale(payment, removal)
        for removal in removals:
            yield _unpaid(removal)
        yield from self._exchanged()

    def _exchanged(self) -> Iterator[Outcome]:
        came = [event for event in self._exchanges if event.shares > ZERO]
        of_security, of_kind = _Waiting(came, _kind_and_security), _Waiting(came, _kind)
        for removal in (event for event in self._exchanges if event.shares < ZERO):
            entry = of_security.nearest(removal) or of_kind.nearest(removal)
            if entry is None:
                yield from _lone_removal(removal)
                continue
            of_security.remove(entry)
            of_kind.remove(entry)
            yield from _exchange(removal, entry)
        for entry in of_kind:
            yield entry.delivery(Kind.TRANSFER_IN)


class _Waiting:
    """Events without a partner, of which the nearest is found without looking at all of them.

    ``key`` says what an event and its partner have in common.
    """

    def __init__(self, events: Iterable[Event], key: Callable[[Event], tuple[str, ...]]) -> None:
        self._key = key
        # In the order of the file, by their lines.
        self._all = {event.line: event for event in events}
        self._moments: dict[tuple[str, ...], list[tuple[datetime, int]]] = defaultdict(list)
        for event in self._all.values():
            insort(self._moments[key(event)], (_local(event), event.line))

    def __iter__(self) -> Iterator[Event]:
        return iter(self._all.values())

    def remove(self, event: Event) -> None:
        moments = self._moments[self._key(event)]
        del moments[bisect_left(moments, (_local(event), event.line))]
        del self._all[event.line]

    def nearest(self, other: Event) -> Event | None:
        """The first of the nearest events that lie within the window."""
        moments, moment = self._moments[self._key(other)], _local(other)
        place = bisect_left(moments, (moment, 0))
        found = moments[place : place + 1]
        if place:
            # Of several at one moment the first, as behind it.
            before = moments[place - 1][0]
            found.append(moments[bisect_left(moments, (before, 0))])
        apart, line = min(((abs(when - moment), line) for when, line in found), default=_NOBODY)
        return self._all[line] if apart <= _WINDOW else None


def _security(event: Event) -> tuple[str, ...]:
    return event.portfolio, event.security.isin, event.security.ticker


def _kind(event: Event) -> tuple[str, ...]:
    return event.portfolio, event.kind


def _kind_and_security(event: Event) -> tuple[str, ...]:
    return event.kind, *_security(event)


def _local(event: Event) -> datetime:
    # Only the day is known of some: without a zone they cannot be compared with the others.
    return event.when.replace(tzinfo=None)


def _sale(payment: Event, removal: Event | None) -> Outcome:
    shares = abs((removal or payment).shares)
    amount = payment.amount
    if not shares:
        reason = f"the row that takes the shares out for the {payment.kind} is not in the file"
        return Rejected(payment.line, reason, payment.raw)
    return payment.parsed(Kind.SELL, amount, shares)._replace(
        price=None if amount is None else unit_price(amount, shares),
        fee=payment.fee,
        tax=payment.tax,
        merged_lines=() if removal is None else (removal.line,),
    )


def _unpaid(removal: Event) -> ParsedTransaction:
    # Without a payment in the file, only WORTHLESS says what was paid.
    paid = ZERO if removal.kind == "WORTHLESS" else removal.amount
    return removal.parsed(Kind.SELL, paid, abs(removal.shares))


def _lone_removal(removal: Event) -> Iterator[Outcome]:
    if removal.kind == "REVERSE_SPLIT":
        # Some are told as the number of shares that went, like a split with a minus.
        yield removal.split(removal.shares)
        return
    reason = f"the row that brings the new shares of the {removal.kind} is not in the file"
    yield Rejected(removal.line, reason, removal.raw)


def _exchange(removal: Event, entry: Event) -> Iterator[Outcome]:
    if _security(removal) == _security(entry):
        added = EXACT.add(removal.shares, entry.shares)
        if added:
            yield removal.split(added)._replace(merged_lines=(entry.line,))
            return
        for event in (removal, entry):
            yield Ignored(
                event.line, "an exchange that leaves ISIN and number of shares as they were"
            )
        return
    group = f"exchange-{removal.line}"
    yield removal.delivery(Kind.TRANSFER_OUT)._replace(group=group)
    yield entry.delivery(Kind.TRANSFER_IN)._replace(group=group)
