"""Units that went and units that came instead: splits, mergers and changes of ISIN told in two rows.

The rows of one portfolio and day belong together, those of one security first, then the nearest. The cost
and the dates of what went are kept: as a split where the security is the same, else as a transfer out and
one in of one group. What has no partner stays a transfer of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from pricing.money import EXACT, ZERO
from transactions.importers.base import ParsedTransaction
from transactions.kinds import Kind


def exchanged(moves: Iterable[ParsedTransaction]) -> Iterator[ParsedTransaction]:
    """Pair the transfers of units; each is TRANSFER_OUT or TRANSFER_IN with security and quantity."""
    found = list(moves)
    waiting: dict[tuple[str, date], list[ParsedTransaction]] = defaultdict(list)
    incoming = [one for one in found if one.kind is Kind.TRANSFER_IN]
    for one in incoming:
        waiting[_day(one)].append(one)
    for gone in (one for one in found if one.kind is Kind.TRANSFER_OUT):
        same_day = waiting[_day(gone)]
        if not same_day:
            yield gone
            continue
        came = _partner(gone, same_day)
        same_day.remove(came)
        yield from _exchange(gone, came)
    yield from (one for one in incoming if one in waiting[_day(one)])


def _day(one: ParsedTransaction) -> tuple[str, date]:
    return one.portfolio, one.when.date()


def _partner(gone: ParsedTransaction, same_day: list[ParsedTransaction]) -> ParsedTransaction:
    return min(same_day, key=lambda one: (one.security != gone.security, abs(one.line - gone.line)))


def _exchange(gone: ParsedTransaction, came: ParsedTransaction) -> Iterator[ParsedTransaction]:
    added = EXACT.subtract(came.quantity or ZERO, gone.quantity or ZERO)
    if gone.security == came.security and added:
        merged = (*came.merged_lines, *gone.merged_lines, gone.line)
        yield came._replace(kind=Kind.SPLIT, quantity=added, price=None, merged_lines=merged)
        return
    group = f"exchange-{gone.line}"
    yield gone._replace(group=group)
    yield came._replace(group=group)
