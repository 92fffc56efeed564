"""Events of OFX that take back or correct other ones.

A reversal is told by its signs and, since version 2, names what it reverses (``REVERSALFITID``). Bookings of
cash are corrected by another one that names them (``CORRECTFITID``) and replaces or deletes them.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from pricing.money import EXACT, ZERO
from transactions.cancellations import cancelling_id
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError
from transactions.importers.figures import required
from transactions.importers.ofx_reader import Node
from transactions.kinds import Kind

REPLACE, DELETE = "REPLACE", "DELETE"
# Whose sign is always that of what happened, so that of a reversal is the other one.
_SIGNED = frozenset({"INCOME", "RETOFCAP", "INVEXPENSE"})
# Which lots a transfer or a split changed is not to be had back by its opposite.
_BY_HAND = frozenset({"TRANSFER", "SPLIT"})


def named(node: Node) -> str:
    """The id of the event that this one reverses, if it says so."""
    return next((found.text for found in node.all("REVERSALFITID")), "")


def id_of(node: Node, own: str) -> str:
    """The id of an event whose figures tell no reversal from what happens anyway."""
    return cancelling_id(own, named(node)) if named(node) else own


def is_reversal(node: Node, trade: Node, kind: Kind, gross: Decimal) -> bool:
    """Whether the record of a trade takes one back; ``gross`` is its money without charges.

    Some brokers write the units of sales without a minus, so that the money has to agree.
    """
    units = required(trade.figure("UNITS"), "UNITS")
    wrong_way = -1 if kind is Kind.SELL else 1
    is_money_turned, are_units_turned = gross * wrong_way > 0, units * wrong_way < 0
    if is_money_turned and (named(node) or are_units_turned):
        return True
    if named(node):
        raise RowError(_unturned(node))
    if is_money_turned:
        raise RowError(
            f"TOTAL has the sign of a trade that is taken back, but UNITS ({units}) has not:"
            " enter by hand what happened"
        )
    return False


def turned(kind: Kind, fee: Decimal, tax: Decimal) -> tuple[Kind, Decimal, Decimal]:
    """A trade's kind and charges as those of the trade that takes it back."""
    if kind is Kind.BUY:
        return Kind.SELL, EXACT.subtract(EXACT.subtract(ZERO, fee), tax), ZERO
    return Kind.BUY, EXACT.subtract(ZERO, fee), EXACT.subtract(ZERO, tax)


def check_signs(node: Node, outcomes: Iterable[Outcome]) -> None:
    """Raises RowError for a reversal that would be taken for a new event."""
    if not named(node):
        return
    if node.tag in _BY_HAND:
        raise RowError(
            f"it takes back the event {named(node)}: if that is in the ledger, delete it by hand"
        )
    amounts = [one.amount or ZERO for one in outcomes if isinstance(one, ParsedTransaction)]
    if node.tag in _SIGNED and any(amount > 0 for amount in amounts):
        raise RowError(_unturned(node))


def _unturned(node: Node) -> str:
    return (
        f"it takes back the event {named(node)}, but its signs are those of a new one:"
        " if that event is in the ledger, delete it by hand"
    )


def corrected(
    line: int, booking: Node, before: Iterable[Outcome] | None, after: Iterable[Outcome]
) -> Iterator[Outcome]:
    """A booking that corrects another one: that once more with its sign turned, and what replaces it.

    Not left out itself, because it may be in the ledger from an earlier file.
    """
    id, action = booking.value("CORRECTFITID"), booking.value("CORRECTACTION").upper()
    if action not in {REPLACE, DELETE}:
        raise RowError(
            f"the correction “{action}” of the booking {id} is not known; known are {REPLACE}, {DELETE}"
        )
    if before is None:
        raise RowError(
            f"it corrects the booking {id}, which is not in the file: export a period that has both,"
            " or correct that booking by hand"
        )
    for one in before:
        if isinstance(one, ParsedTransaction):
            amount = (one.amount or ZERO).copy_negate()
            both = cancelling_id(booking.value("FITID"), id)
            yield one._replace(line=line, amount=amount, external_id=both)
        else:
            yield Ignored(line, "correction of a booking of 0.00")
    if action == REPLACE:
        yield from after
