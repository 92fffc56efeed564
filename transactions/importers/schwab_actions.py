"""Events of Charles Schwab that take two rows: exchanges of shares and redemptions.

The row that takes old shares out names them by CUSIP, though they were held by ticker, with the reason
behind ``XXX`` in the description. A reverse split is of one instrument whatever its CUSIP was; in other
exchanges, other rows of the file with that name tell the ticker.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from pricing.money import EXACT, ZERO
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, Rejected, Security
from transactions.importers.figures import unit_price
from transactions.kinds import Kind

_WINDOW = timedelta(days=10)
_CUSIP = re.compile(r"(?=.*\d)[0-9A-Z]{9}")


class Event(NamedTuple):
    """One row; quantity and amount keep the sign of the file, None where the cell is empty."""

    line: int
    action: str
    when: datetime
    security: Security
    quantity: Decimal | None
    amount: Decimal | None
    description: str
    raw: str

    @property
    def change(self) -> Decimal:
        return self.quantity or ZERO

    def booked(
        self, kind: Kind, quantity: Decimal | None, amount: Decimal | None = None
    ) -> ParsedTransaction:
        return ParsedTransaction(
            self.line,
            self.when,
            kind,
            "USD",
            amount,
            self.security,
            quantity,
            has_time=False,
            description=self.description,
        )

    def refused(self, reason: str) -> Rejected:
        return Rejected(self.line, reason, self.raw)


def exchanges(events: Iterable[Event], tickers: dict[str, str]) -> Iterator[Outcome]:
    """Splits and transfers out of the rows of exchanges; ``tickers`` are those of the file by name."""
    same_day: dict[tuple[str, date], list[Event]] = defaultdict(list)
    for event in events:
        same_day[event.action, event.when.date()].append(event)
    for rows in same_day.values():
        entries = [row for row in rows if row.change > ZERO]
        for removal in (row for row in rows if row.change <= ZERO):
            if not removal.change:
                yield removal.refused("the column “Quantity” is empty or zero")
                continue
            if not entries:
                yield removal.refused(
                    f"the row that brings the new shares of the “{removal.description}” is missing"
                )
                continue
            entry = min(entries, key=lambda row: _distance(row, removal))
            entries.remove(entry)
            yield from _exchange(removal, entry, tickers)
        for entry in entries:
            yield entry.refused(
                f"the row that takes the old shares of the “{entry.description}” out is missing"
            )


def _distance(entry: Event, removal: Event) -> tuple[bool, int]:
    return plain_name(entry.security.name) != plain_name(removal.security.name), abs(
        entry.line - removal.line
    )


def _exchange(removal: Event, entry: Event, tickers: dict[str, str]) -> Iterator[Outcome]:
    same = removal.security.ticker == entry.security.ticker
    if same or removal.action == "reverse split":
        added = EXACT.add(entry.change, removal.change)
        if added:
            yield entry.booked(Kind.SPLIT, added)._replace(merged_lines=(removal.line,))
        else:
            rule = "an exchange that leaves the number of shares as it was"
            yield from (Ignored(event.line, rule) for event in (removal, entry))
        line, old = entry.line, entry.security
    else:
        line, old = removal.line, _held(removal.security, tickers)
        group = f"exchange-{removal.line}"
        out = removal.booked(Kind.TRANSFER_OUT, abs(removal.change))
        yield out._replace(security=old, group=group)
        yield entry.booked(Kind.TRANSFER_IN, entry.change)._replace(group=group)
    for event in (removal, entry):
        if event.amount:
            # Money on top is for the shares that went; it cuts their cost before that moves,
            # which is last of its line in a file with the newest first.
            paid = event.booked(Kind.RETURN_OF_CAPITAL, None, event.amount)
            yield paid._replace(line=line, security=old)


def _held(security: Security, tickers: dict[str, str]) -> Security:
    """The instrument under the ticker that the file's other rows have for its name."""
    if not is_cusip(security.ticker):
        return security
    return security._replace(ticker=tickers.get(plain_name(security.name), security.ticker))


def is_cusip(symbol: str) -> bool:
    return _CUSIP.fullmatch(symbol) is not None


def plain_name(description: str) -> str:
    """The name of the instrument, without what happened to it."""
    return description.partition("XXX")[0].strip()


def redemptions(events: Iterable[Event]) -> Iterator[Outcome]:
    """Sales out of the rows with money and the rows that take the units out."""
    by_security: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        by_security[event.action, event.security.ticker].append(event)
    for rows in by_security.values():
        removals = [row for row in rows if row.change and not row.amount]
        for paid in (row for row in rows if row.amount or not row.change):
            removal = None
            if not paid.change:
                removal = next((r for r in removals if abs(r.when - paid.when) <= _WINDOW), None)
                if removal is None:
                    yield paid.refused("the row that takes the shares out for the money is missing")
                    continue
                removals.remove(removal)
            quantity = abs((removal or paid).change)
            amount = paid.amount or ZERO
            yield paid.booked(Kind.SELL, quantity, amount)._replace(
                price=unit_price(amount, quantity),
                merged_lines=() if removal is None else (removal.line,),
            )
        for removal in removals:
            yield removal.refused("the row with the money for the shares is missing")
