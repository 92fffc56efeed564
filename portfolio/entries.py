"""From the ledger's rows of one instrument to the entries of a lot book, in one currency."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from portfolio.lots import Entry, rank
from pricing.bulk import NULL, copy_out, unescaped
from pricing.conversion import Rates
from pricing.money import EXACT, ONE, ZERO, to_amount, to_quantity
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
_TRADES = {Kind.BUY.value, Kind.SELL.value}
_IN, _OUT = Kind.TRANSFER_IN.value, Kind.TRANSFER_OUT.value
_TRANSFERS = {_IN, _OUT}
# Fees and transaction taxes are part of what these cost.
_COSTS = frozenset({Kind.BUY, Kind.TRANSFER_IN, *INCOME_IN_KIND})


class LedgerLine(NamedTuple):
    """The columns of a transaction that lots rest on."""

    pk: int
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


# As COPY writes it.
NO_CHARGE = "0.00000000"

_SELECT = """
SELECT id, ticker, transaction_type, transaction_date, trade_date, has_time, quantity,
       total_amount, currency, fee, fee_currency, tax, fx_rate, linked_transaction_id, sequence
FROM transactions
WHERE account_id = %s AND ticker = ANY(%s) AND trade_date > %s AND trade_date <= %s
  -- The index knows instants; a day of any time zone begins and ends less than a day from it in UTC.
  AND transaction_date > %s::date - 1 AND transaction_date < %s::date + 2
  AND (transaction_type = ANY(%s) OR (transaction_type = 'FEE' AND quantity IS NOT NULL))
ORDER BY ticker, transaction_date
"""


def ledger_lines(
    account: int, tickers: Sequence[str], after: date = date.min, until: date = date.max
) -> Iterator[tuple[str, list[LedgerLine]]]:
    """Rows that move units or cost after a day and up to another, by ticker, in their order.

    All are read before the first is handed out, so that the caller may write in between.
    """
    rows = copy_out(_SELECT, [account, list(tickers), after, until, after, until, UNIT_TYPES])
    lines = [_line(row) for row in rows]
    for ticker, group in groupby(lines, key=attrgetter("ticker")):
        yield ticker, in_order(_without_links_within(list(group)))


def _without_links_within(lines: list[LedgerLine]) -> list[LedgerLine]:
    if not any(line.linked for line in lines):
        return lines
    return _without_own_moves(_without_cancelled(lines))


def _without_cancelled(lines: list[LedgerLine]) -> list[LedgerLine]:
    """What was taken back, and what takes it back, move no units; what they did to the cash stays.

    Applied in turn, a cancelled purchase would cost other lots their place: its cancellation is no sale.
    """
    void: set[int] = set()
    known = {line.pk: line for line in lines}
    for line in lines:
        partner = known.get(line.linked or 0)
        if partner is not None and _takes_back(line, partner):
            void |= {line.pk, partner.pk}
    return [_moving_nothing(line) if line.pk in void else line for line in lines]


def _takes_back(line: LedgerLine, partner: LedgerLine) -> bool:
    if line.type == partner.type:
        if line.type == Kind.SPLIT.value:
            return line.quantity == (partner.quantity or ZERO).copy_negate()
        return line.type == Kind.RETURN_OF_CAPITAL.value
    if line.quantity != partner.quantity:
        return False
    if {line.type, partner.type} == _TRANSFERS:
        # Legs of one event point to each other; what takes a leg back points to it.
        return partner.linked != line.pk
    return {line.type, partner.type} == _TRADES


def _moving_nothing(line: LedgerLine) -> LedgerLine:
    if line.type in _TRADES or line.type in _TRANSFERS:
        return line._replace(quantity=ZERO, linked=None)
    # A split or a return of capital reaches lots without units of its own; a sale of nothing does not.
    return line._replace(type=Kind.SELL.value, quantity=ZERO)


def _without_own_moves(lines: list[LedgerLine]) -> list[LedgerLine]:
    """An exchange of an instrument for itself, which it is once its old and new name are merged.

    Nothing leaves the position; a number of units that changed with the name is a split.
    """
    departures = {line.pk: line for line in lines if line.linked and line.type == _OUT}
    moves = {
        line.pk: departures[line.linked]
        for line in lines
        if line.linked in departures and line.type == _IN
    }
    if not moves:
        return lines
    gone = {departure.pk for departure in moves.values()}
    kept: list[LedgerLine] = []
    for line in lines:
        if line.pk in moves:
            added = EXACT.subtract(line.quantity or ZERO, moves[line.pk].quantity or ZERO)
            if added:
                kept.append(line._replace(type=Kind.SPLIT.value, quantity=added, linked=None))
        elif line.pk not in gone:
            kept.append(line)
    # With nothing else there is no position to go on: the rows stand as they are.
    return kept or lines


_day = lru_cache(maxsize=20_000)(date.fromisoformat)


def _line(row: list[str]) -> LedgerLine:
    (pk, ticker, kind, at, day, has_time, quantity, amount, currency, fee, fee_currency,
     tax, fx_rate, linked, sequence) = row  # fmt: skip
    return LedgerLine(
        int(pk),
        unescaped(ticker) or "",
        kind,
        datetime.fromisoformat(at),
        _day(day),
        has_time == "t",
        None if quantity == NULL else Decimal(quantity),
        None if amount == NULL else Decimal(amount),
        currency,
        Decimal(fee) if fee != NO_CHARGE else ZERO,
        fee_currency,
        Decimal(tax) if tax != NO_CHARGE else ZERO,
        None if fx_rate == NULL else Decimal(fx_rate),
        None if linked == NULL else int(linked),
        int(sequence),
    )


def in_order(lines: list[LedgerLine]) -> list[LedgerLine]:
    """Sort one instrument's rows: by day; within it by instant if all of the day have one.

    Else acquisitions, transfers, disposals, then the order of the file. The last criteria make the
    order independent of which file was imported first.
    """
    lines.sort(key=_day_of)
    ordered: list[LedgerLine] = []
    for _, group in groupby(lines, key=_day_of):
        day = list(group)
        if len(day) > 1:
            day.sort(key=_timed_key if all(line.has_time for line in day) else _day_key)
        ordered += day
    return ordered


_day_of = attrgetter("day")


def _timed_key(line: LedgerLine) -> tuple[object, ...]:
    return (line.at, *_day_key(line))


def _day_key(line: LedgerLine) -> tuple[object, ...]:
    quantity, amount = line.quantity or ZERO, line.amount or ZERO
    return (rank(_KINDS[line.type]), line.sequence, quantity, amount, line.pk)


def book_currency(account: Account, lines: Iterable[LedgerLine]) -> str:
    """The one currency in which all amounts are, else the account's."""
    currencies = {line.currency for line in lines if line.amount is not None}
    return currencies.pop() if len(currencies) == 1 else account.currency


class Exchange:
    """The published rates that one build needs: each pair is read once, when it is first asked for."""

    def __init__(self, start: date = date.min, end: date = date.max) -> None:
        """``start`` and ``end`` are the first and the last day that is asked for."""
        self._days = (start, end)
        self._pairs: dict[tuple[str, str], Rates] = {}

    def find(self, base: str, quote: str, on: date) -> Decimal | None:
        """Units of ``quote`` per unit of ``base`` by the last rates on or before a day, if any."""
        pair = (base, quote)
        if pair not in self._pairs:
            self._pairs[pair] = Rates(pair, *self._days)
        rate = self._pairs[pair].find(base, quote, on)
        return None if rate is None else rate.value


@dataclass(frozen=True, slots=True)
class Money:
    """How a book tells amounts: its currency, its account's, and the rates between any others."""

    currency: str
    of_account: str
    exchange: Exchange

    def entries(self, lines: Iterable[LedgerLine]) -> Iterator[Entry]:
        """The lines as the lot book sees them; what has no rate becomes unknown."""
        currency = self.currency
        is_foreign = currency != self.of_account
        for line in lines:
            kind = _KINDS[line.type]
            amount = line.amount
            if amount is not None and (
                line.currency != currency or (line.fee and line.fee_currency not in {"", currency})
            ):
                value = self._converted_value(line, kind)
            elif amount is None:
                value = None
            elif kind in _COSTS:
                charged = line.fee or line.tax
                value = EXACT.add(EXACT.add(amount, line.fee), line.tax) if charged else amount
            else:
                value = EXACT.subtract(amount, line.fee) if line.fee else amount
            rate = self.account_rate(line) if is_foreign else ONE
            yield Entry(line.pk, kind, line.at, line.quantity or ZERO, value, (), rate)

    def account_rate(self, line: LedgerLine) -> Decimal | None:
        """Units of the account's currency per unit of the book's, fixed on the row's day."""
        own = _own_rate(line)
        if own is not None and line.currency == self.currency:
            return own
        return self.rate_on(line.day)

    def rate_on(self, day: date) -> Decimal | None:
        """The last published rate into the account's currency, as it is stored."""
        rate = self.exchange.find(self.currency, self.of_account, day)
        return None if rate is None else to_quantity(rate)

    def _converted_value(self, line: LedgerLine, kind: Kind) -> Decimal | None:
        charges = line.tax if kind in _COSTS else ZERO
        money = self._convert(line, line.amount or ZERO, line.currency)
        tax = self._convert(line, charges, line.currency)
        fee = self._convert(line, line.fee, line.fee_currency or line.currency)
        if money is None or tax is None or fee is None:
            return None
        if kind in _COSTS:
            return to_amount(EXACT.add(EXACT.add(money, tax), fee))
        return to_amount(EXACT.subtract(money, fee))

    def _convert(self, line: LedgerLine, value: Decimal, of: str) -> Decimal | None:
        """By the row's own rate first, else by the last one published on or before the day."""
        if not value or of == self.currency:
            return value
        own = _own_rate(line)
        if own is not None:
            if of == line.currency and self.currency == self.of_account:
                return EXACT.multiply(value, own)
            if of == self.of_account and self.currency == line.currency:
                return EXACT.divide(value, own)
        rate = self.exchange.find(of, self.currency, line.day)
        return None if rate is None else EXACT.multiply(value, rate)


def _own_rate(line: LedgerLine) -> Decimal | None:
    """The rate that the file states; one of exactly 1 between two currencies is a placeholder."""
    return None if line.fx_rate == 1 else line.fx_rate
