"""Rows of Interactive Brokers' CSV files, read by the rules of the Flex statement.

Every row becomes the element that a Flex query exports as XML for the same booking, so that trades, cash
and corporate actions mean the same in all of the broker's files.
"""

import re
from collections.abc import Iterable, Iterator

from transactions.importers.base import Outcome, Rejected
from transactions.importers.figures import RAW_LENGTH
from transactions.importers.ibkr_flex_statement import DateStyle, Securities, Statement, accounts_of
from transactions.importers.ibkr_flex_xml import in_order
from transactions.importers.xml_reader import Element

_NAMES = (
    *("symbol", "description", "currency", "assetCategory", "conid", "isin", "securityID"),
    *("subCategory", "assetSubCategory"),
)
# “TQQQ 16OCT26 50 P”: underlying, expiry, strike, call or put.
_OPTION = re.compile(r"(\S[\S ]*?) +(\d{2})([A-Z]{3})(\d{2}) +(\d+)(?:\.(\d+))? +([CP])")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def statement_of(elements: list[Element], base: str) -> Statement:
    """All accounts of a file as one statement; each record names its own account."""
    statement = Statement(Element("FlexStatement", 0, "", {}))
    statement.elements = elements
    statement.base = base or statement.find_base()
    statement.dates, statement.securities = DateStyle(elements), Securities(_distinct(elements))
    statement.accounts = [account for account in accounts_of([statement]) if account] or [""]
    return statement


def _distinct(elements: list[Element]) -> Iterable[Element]:
    """One record for each way in which an instrument is named: a thousand trades name it alike."""
    named = {
        (element.tag, *map(element.values.get, _NAMES)): element
        for element in elements
        if element.tag != "CorporateAction"
    }
    return [*named.values(), *(each for each in elements if each.tag == "CorporateAction")]


def outcomes_of(statement: Statement, rows: dict[int, list[str]]) -> Iterator[Outcome]:
    """What became of the records by day; ``rows`` are their cells by line, shown with a reject."""
    for found in in_order([statement]):
        if isinstance(found, Rejected):
            yield found._replace(raw=",".join(rows[found.line])[:RAW_LENGTH])
        else:
            yield found


def option_symbol(symbol: str) -> str:
    """``TQQQ 16OCT26 50 P`` as the exchanges write it, and the Flex query: TQQQ261016P00050000.

    Any other symbol is returned as it is.
    """
    found = _OPTION.fullmatch(symbol)
    if not found or found[3] not in _MONTHS:
        return symbol
    month = _MONTHS.index(found[3]) + 1
    thousandths = (found[6] or "")[:3].ljust(3, "0")
    root = found[1].replace(" ", "")
    return f"{root}{found[4]}{month:02}{found[2]}{found[7]}{found[5]:0>5}{thousandths}"
