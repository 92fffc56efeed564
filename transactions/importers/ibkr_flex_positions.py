"""What an Interactive Brokers Flex statement says that its account holds: OpenPositions and CashReport.

Both are of the end of their day. The rows carry no events, so they reject nothing: a list of which a row
cannot be read is not stated.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from pricing.money import EXACT, ONE
from transactions.importers.base import RowError, Stated
from transactions.importers.ibkr_flex_statement import (
    DERIVATIVES,
    POSITION,
    Statement,
    number,
)
from transactions.importers.stated_lists import Lists, end_of_day
from transactions.importers.xml_reader import Element

# One row for each currency, and these for all of them in the base currency.
_IN_BASE = frozenset({"BASE_SUMMARY"})
_LEVEL_IN_BASE = "BASECURRENCY"


def is_counted(element: Element) -> bool:
    """Whether a row is part of its list: lots repeat the position that they make up."""
    level = element.values.get("levelOfDetail", "").upper()
    if element.tag == POSITION:
        # Currencies are told by the cash report.
        return level in {"", "SUMMARY"} and element.values.get("assetCategory") != "CASH"
    return level != _LEVEL_IN_BASE and element.values.get("currency") not in _IN_BASE


def stated_of(statements: Iterable[Statement]) -> Iterator[Stated]:
    """What all statements of a file state, once: a consolidated one repeats those of its accounts."""
    told = set()
    for statement in statements:
        for one in _lists(statement):
            key = (one.portfolio, one.when, one.security, one.currency)
            if key not in told:
                told.add(key)
                yield one


def _lists(statement: Statement) -> Lists:
    lists = Lists()
    for element in statement.reports():
        if not is_counted(element) or not _is_of_one_account(statement, element):
            continue
        try:
            _add(lists, statement, element)
        except RowError:
            # Unreadable, so nobody knows what the list would say.
            lists.give_up(statement.portfolio(element), of_units=element.tag == POSITION)
    return lists


def _is_of_one_account(statement: Statement, element: Element) -> bool:
    """Not a row of “-” or of no account beside others that have one: these are sums over several."""
    account = statement.account_of(element)
    return account != "-" and account in statement.accounts


def _add(lists: Lists, statement: Statement, element: Element) -> None:
    one = (_position if element.tag == POSITION else _balance)(statement, element)
    if lists.has(one) and not element.values.get("levelOfDetail"):
        raise RowError("without the level of detail a second row may be a lot of the first one")
    lists.add(one)


def _position(statement: Statement, element: Element) -> Stated:
    return Stated(
        element.line,
        end_of_day(statement.dates.moment(_day(statement, element)).when),
        _units(element),
        security=statement.securities.required(element),
        portfolio=statement.portfolio(element),
    )


def _units(element: Element) -> Decimal:
    """The units as trades count them: those of a contract are as many as its multiplier."""
    position, multiplier = _figure(element, "position"), ONE
    if element.values.get("assetCategory") in DERIVATIVES:
        multiplier = _figure(element, "multiplier")
    return EXACT.multiply(position, multiplier)


def _balance(statement: Statement, element: Element) -> Stated:
    currency, factor = statement.currency(element)
    return Stated(
        element.line,
        end_of_day(statement.dates.moment(_day(statement, element)).when),
        EXACT.multiply(_figure(element, "endingCash"), factor),
        currency,
        portfolio=statement.portfolio(element),
    )


def _figure(element: Element, name: str) -> Decimal:
    figure = number(element, name)
    if figure is None:
        raise RowError(f"{name} is missing; include it in the Flex query")
    return figure


def _day(statement: Statement, element: Element) -> str:
    name = "reportDate" if element.tag == POSITION else "toDate"
    return element.values.get(name) or statement.to_date
