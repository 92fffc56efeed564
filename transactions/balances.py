"""Keep what a file states of balances, and say where its rows do not explain them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from pricing.money import EXACT, LARGEST, to_quantity
from transactions.importers.base import Security, Stated
from transactions.models import Import, StatedBalance
from transactions.reading import RowBuilder, Statement, is_currency
from transactions.results import Remark
from transactions.running_balances import Checked, Disagreement, written_decimals

# What columns hold.
MOST_DECIMALS = 18
BALANCE = "balance"
_CAUSES = {
    True: "Rows are missing from the file in front of it.",
    False: "The row was read otherwise than the file counts it.",
    None: "Rows are missing in front of it, or it was read otherwise than the file counts it.",
}


def remarks(checked: Checked, ignored: Mapping[int, str]) -> Iterator[Remark]:
    """The first record of each asset whose balance is not explained; ``ignored`` has rules by line."""
    counts = Counter(one.asset for one in checked.disagreements)
    told: set[str] = set()
    for one in checked.disagreements:
        if one.asset not in told:
            told.add(one.asset)
            yield Remark(one.line, BALANCE, _sentence(one, counts[one.asset] - 1))
    for left in checked.left_out:
        detail = (
            f"rows that were left out from here on (“{ignored.get(left.line, '')}”) changed the balance "
            f"by {_shown(left.change)} {left.asset} in all"
        )
        yield Remark(left.line, BALANCE, detail)


def _sentence(one: Disagreement, more: int) -> str:
    sentence = (
        f"the file states {_shown(one.stated)} {one.asset} after this row; with what was read it would be "
        f"{_shown(one.expected)}. {_CAUSES[one.is_gap]}"
    )
    if more:
        sentence += f" {more} more balance{'s' if more > 1 else ''} of {one.asset} disagree."
    return sentence


def _shown(number: Decimal) -> str:
    return f"{number.normalize(EXACT):f}"


def keep(
    record: Import,
    statement: Statement,
    builder: RowBuilder,
    tickers: Mapping[Security, str],
    now: datetime,
) -> int:
    """Store the last balance of each day and all lists; returns how many there are.

    ``now`` is when a list was made of which the file does not say it.
    """
    lists = [one for one in statement.stated if one.is_list]
    stored: dict[tuple[object, ...], StatedBalance] = {}
    for one in [*statement.checked.closing, *lists]:
        found = _stored(record, one, tickers)
        if found is None:
            continue
        try:
            found.at = now if one.when is None else builder.instant(one.when)
        except ValueError:
            # A date that no row could have either.
            continue
        # Two items of a list may turn out to be one instrument: two contracts with one ISIN.
        key = (found.at, found.asset, found.is_list)
        if key in stored:
            found.amount = EXACT.add(found.amount, stored[key].amount)
        stored[key] = found
    StatedBalance.objects.bulk_create(stored.values())
    return len(stored)


def _stored(record: Import, one: Stated, tickers: Mapping[Security, str]) -> StatedBalance | None:
    """The balance as a row of the table; None when no column could hold it."""
    ticker = None if one.security is None else tickers.get(one.security)
    if ticker is None and (one.security is not None or not is_currency(one.currency)):
        return None
    if abs(one.amount) >= LARGEST:
        return None
    return StatedBalance(
        account_id=record.account_id,
        instrument_id=ticker,
        currency="" if ticker else one.currency,
        amount=to_quantity(one.amount),
        decimals=min(written_decimals(one.amount), MOST_DECIMALS),
        is_list=one.is_list,
        source=record,
        source_line=one.line,
    )
