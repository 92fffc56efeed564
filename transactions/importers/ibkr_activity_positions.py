"""What Interactive Brokers' Activity Statement says that is held: Open Positions and Cash Report.

Their lines become the rows of reports that a Flex query exports as XML. Both hold at the end of the
statement's period.
"""

from transactions.importers import ibkr_activity_words as words
from transactions.importers.free_dates import DateOrder, moment
from transactions.importers.ibkr_flex_positions import is_counted
from transactions.importers.ibkr_flex_statement import BALANCE
from transactions.importers.xml_reader import Element

CODE_LENGTH = 3


def last_day(period: str) -> str:
    """``2021-12-31`` for “January 1, 2021 - December 31, 2021”; empty where no day is to be read.

    What is held is then not stated, since nobody knows when it was held.
    """
    try:
        return moment(period.rpartition(" - ")[2], "", DateOrder.MONTH_FIRST)
    except ValueError:
        return ""


def reported(line: int, tag: str, values: dict[str, str], day: str) -> Element | None:
    """A line of a report as the row of a Flex query, or None where it states nothing of the end."""
    figure = {"position": values.get("quantity", ""), "reportDate": day}
    if tag == BALANCE:
        # “Base Currency Summary” adds up the lines of the currencies.
        is_of_currency = len(values.get("currency", "")) == CODE_LENGTH
        if not is_of_currency or values.get("line", "").casefold() not in words.ENDING_CASH:
            return None
        figure = {"endingCash": values.get("total", ""), "toDate": day}
    row = Element(tag, line, "", values | figure)
    return row if is_counted(row) else None
