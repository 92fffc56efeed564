"""What an OFX statement says that its account holds: INVPOSLIST and INVBAL, or LEDGERBAL of a bank.

None of them is an event, so they reject nothing: a list of which a figure cannot be read is not stated.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from pricing.money import EXACT, ONE
from transactions.importers.base import RowError, Stated
from transactions.importers.figures import required
from transactions.importers.ofx_dates import moment
from transactions.importers.ofx_reader import Node
from transactions.importers.ofx_securities import Securities
from transactions.importers.stated_lists import Lists, end_of_day

# Where balances of money stand, by what they are called there.
_BALANCES = {"INVBAL": "AVAILCASH", "LEDGERBAL": "BALAMT"}


def stated_of(statement: Node, securities: Securities, portfolio: str) -> Iterator[Stated]:
    lists = Lists()
    for node in statement.all("INVPOSLIST"):
        for position in node.children:
            try:
                lists.add(_position(statement, position, securities, portfolio))
            except ValueError:
                # Unreadable, so nobody knows what the list would say.
                lists.give_up(portfolio, of_units=True)
    for node in statement.all(*_BALANCES):
        try:
            lists.add(_balance(statement, node, portfolio))
        except ValueError:
            lists.give_up(portfolio, of_units=False)
    yield from lists


def _position(statement: Node, node: Node, securities: Securities, portfolio: str) -> Stated:
    position = node.find("INVPOS") or node
    security, shares = securities.of(position)
    units = required(position.figure("UNITS"), "UNITS")
    if position.value("POSTYPE").upper() == "SHORT":
        # Some brokers leave the minus to the type.
        units = -abs(units)
    when = _as_of(statement.value("DTASOF"))
    units = EXACT.multiply(units, _shares(node, shares))
    return Stated(position.line, when, units, security=security, portfolio=portfolio)


def _shares(node: Node, listed: Decimal | None) -> Decimal:
    if node.tag == "POSOPT" and listed is None:
        raise RowError("nobody says how many shares a contract has (SHPERCTRCT)")
    return listed or ONE


def _balance(statement: Node, node: Node, portfolio: str) -> Stated:
    tag, currency = _BALANCES[node.tag], statement.value("CURDEF").upper()
    if not currency:
        raise RowError("the currency is missing (CURDEF)")
    if _has_foreign_money(statement, currency):
        raise RowError("nobody says whether the balance has money of other currencies in it")
    # A bank dates its balance, a broker all of the statement.
    when = _as_of(node.value("DTASOF") or statement.value("DTASOF"))
    amount = required(node.figure(tag), tag)
    return Stated(node.line, when, amount, currency, portfolio=portfolio)


def _has_foreign_money(statement: Node, currency: str) -> bool:
    """Whether events are booked in another currency; ``ORIGCURRENCY`` is of amounts that were converted."""
    codes = {
        found.value("CURSYM").upper()
        for events in statement.all("INVTRANLIST", "BANKTRANLIST")
        for found in events.all("CURRENCY")
    }
    return not codes <= {currency, ""}


def _as_of(text: str) -> datetime:
    when, has_time = moment(text)
    return when if has_time else end_of_day(when)
