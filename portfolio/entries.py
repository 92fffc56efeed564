"""From the ledger's rows of one instrument to the entries of a lot book, in one currency."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db import connection

from portfolio.lots import Entry, rank
from pricing.conversion import find_rate
from pricing.money import EXACT, ZERO, to_amount
from transactions.kinds import INCOME_IN_KIND, Kind
from transactions.models import Account

UNIT_TYPES = [
    kind.value
    for kind in (
        Kind.BUY,
        Kind.SELL,
        Kind.SPLIT,
        Kind.RETURN_OF_CAPITAL,
        Kind.TRANSFER_IN,
        Kind.TRANSFER_OUT,
        *sorted(INCOME_IN_KIND),
    )
]
_KINDS = {kind.value: kind for kind in Kind}
# Fees and transaction taxes are part of what these cost.
_COSTS = frozenset({Kind.BUY, Kind.TRANSFER_IN, *INCOME_IN_KIND})


class LedgerLine(NamedTuple):
    """The columns of a transaction that lots rest on."""

    pk: int
    account: int
    ticker: str
    type: str
    at: datetime
    day: date
    has_time: bool
    quantity: Decimal | None
    amount: Decimal | None
    currency: str
    fee: Decimal
    fee_currency: str
    tax: Decimal
    fx_rate: Decimal | None
    linked: int | None
    sequence: int


_SELECT = """
SELECT id, account_id, ticker, transaction_type, transaction_date, trade_date, has_time, quantity,
       total_amount, currency, fee, fee_currency, tax, fx_rate, linked_transaction_id, sequence
FROM transactions
WHERE account_id = %(account)s AND ticker = ANY(%(tickers)s)
  AND trade_date > %(after)s
  AND (transaction_type = ANY(%(types)s) OR (transaction_type = 'FEE' AND quantity IS NOT NULL))
ORDER BY ticker, transaction_date
"""


def ledger_lines(
    account: int, tickers: Sequence[str], after: date = date.min
) -> Iterator[tuple[str, list[LedgerLine]]]:
    """Rows that move units or cost after a day, by ticker, in the order of the ledger."""
    parameters = {
        "account": account,
        "tickers": list(tickers),
        "after": after,
        "types": UNIT_TYPES,
    }
    # A server-side cursor: a million rows pass through without being held at once.
    with connection.chunked_cursor() as cursor:
        cursor.itersize = 10_000
        cursor.execute(_SELECT, parameters)
        lines = map(LedgerLine._make, cursor)
        for ticker, group in groupby(lines, key=attrgetter("ticker")):
            yield ticker, in_order(group)


def in_order(lines: Iterable[LedgerLine]) -> list[LedgerLine]:
    """Sort one instrument's rows: by day; within it by instant if all of the day have one.

    Else acquisitions, transfers, disposals, then the order of the file. The last criteria make the
    order independent of which file was imported first.
    """
    ordered: list[LedgerLine] = []
    for _, group in groupby(sorted(lines, key=attrgetter("day")), key=attrgetter("day")):
        day = list(group)
        if len(day) > 1:
            day.sort(key=_timed_key if all(line.has_time for line in day) else _day_key)
        ordered += day
    return ordered


def _timed_key(line: LedgerLine) -> tuple[object, ...]:
    return (line.at, *_day_key(line))


def _day_key(line: LedgerLine) -> tuple[object, ...]:
    return (rank(_KINDS[line.type]), line.sequence, line.quantity, line.amount or ZERO, line.pk)


def book_currency(account: Account, lines: Iterable[LedgerLine]) -> str:
    """The one currency in which all amounts are, else the account's."""
    currencies = {line.currency for line in lines if line.amount is not None}
    return currencies.pop() if len(currencies) == 1 else account.currency


def entries(account: Account, currency: str, lines: Iterable[LedgerLine]) -> Iterator[Entry]:
    """The lines as a lot book in ``currency`` sees them; what has no rate becomes unknown."""
    for line in lines:
        kind = _KINDS[line.type]
        amount = line.amount
        if amount is not None and (
            line.currency != currency or (line.fee and line.fee_currency not in {"", currency})
        ):
            value = _converted_value(account, currency, line, kind)
        elif amount is None:
            value = None
        elif kind in _COSTS:
            value = (
                EXACT.add(EXACT.add(amount, line.fee), line.tax) if line.fee or line.tax else amount
            )
        else:
            value = EXACT.subtract(amount, line.fee) if line.fee else amount
        yield Entry(line.pk, kind, line.at, line.quantity or ZERO, value)


def _converted_value(
    account: Account, currency: str, line: LedgerLine, kind: Kind
) -> Decimal | None:
    charges = line.tax if kind in _COSTS else ZERO
    money = _convert(account, currency, line, line.amount or ZERO, line.currency)
    tax = _convert(account, currency, line, charges, line.currency)
    fee = _convert(account, currency, line, line.fee, line.fee_currency or line.currency)
    if money is None or tax is None or fee is None:
        return None
    if kind in _COSTS:
        return to_amount(EXACT.add(EXACT.add(money, tax), fee))
    return to_amount(EXACT.subtract(money, fee))


def _convert(
    account: Account, currency: str, line: LedgerLine, value: Decimal, of: str
) -> Decimal | None:
    """Convert by the row's own rate first, else by the last one published on or before the day."""
    if not value or of == currency:
        return value
    own = line.fx_rate
    # A rate of exactly 1 between two currencies is a placeholder of the file.
    if own is not None and own != 1:
        if of == line.currency and currency == account.currency:
            return EXACT.multiply(value, own)
        if of == account.currency and currency == line.currency:
            return EXACT.divide(value, own)
    rate = find_rate(of, currency, line.day)
    return None if rate is None else EXACT.multiply(value, rate)
