"""Corporate actions of Trade Republic: rows that only make sense together.

A redemption is two rows, one with the cash and one that takes the shares out. An exchange of shares (a
merger, a reverse split, a change of ISIN) is a row that takes the old ones out and one that brings the
new ones in. Partners have the same portfolio and lie within days of each other.
"""

from collections.abc import Iterator, Sequence
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
        removals = list(self._removals)
        for payment in self._payments:
            removal = _nearest(removals, payment, same_security=True)
            if removal is not None:
                removals.remove(removal)
            yield _sale(payment, removal)
        for removal in removals:
            yield _unpaid(removal)
        yield from self._exchanged()

    def _exchanged(self) -> Iterator[Outcome]:
        entries = [event for event in self._exchanges if event.shares > ZERO]
        for removal in (event for event in self._exchanges if event.shares < ZERO):
            same = [event for event in entries if event.kind == removal.kind]
            entry = _nearest(same, removal, same_security=True) or _nearest(same, removal)
            if entry is None:
                yield from _lone_removal(removal)
                continue
            entries.remove(entry)
            yield from _exchange(removal, entry)
        for entry in entries:
            yield entry.delivery(Kind.TRANSFER_IN)


def _nearest(events: Sequence[Event], other: Event, *, same_security: bool = False) -> Event | None:
    found = [
        event
        for event in events
        if event.portfolio == other.portfolio
        and _apart(event, other) <= _WINDOW
        and (not same_security or event.security == other.security or _same_isin(event, other))
    ]
    return min(found, key=lambda event: _apart(event, other)) if found else None


def _same_isin(one: Event, other: Event) -> bool:
    return (one.security.isin, one.security.ticker) == (other.security.isin, other.security.ticker)


def _apart(one: Event, other: Event) -> timedelta:
    # Only the day is known of some: without a zone they cannot be compared with the others.
    return abs(one.when.replace(tzinfo=None) - other.when.replace(tzinfo=None))


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
    if _same_isin(removal, entry):
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
