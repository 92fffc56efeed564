"""What was earned: the payments of accounts, their sums in another currency, and the rates behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from django.db.models import QuerySet

from portfolio.kept import Parts, parts_of, rates_edition
from portfolio.payments import Key, Payment, Sum, add_up, total
from pricing.conversion import Rate, Rates
from pricing.money import EXACT, ONE
from transactions.kinds import Kind
from transactions.models import EARNED, Account, Transaction

K = TypeVar("K")
G = TypeVar("G")

# Part of the key, to be raised with every change of what is kept.
VERSION = 1
MONTHS, ALL = "months", "all"
THE_FILE = "the file"

# Sums by (year, month, kind, currency), and of one year by (month, ticker, kind, currency).
Month = tuple[int, int, Kind, str]
Thing = tuple[int, str, Kind, str]


@dataclass(frozen=True, slots=True)
class Income:
    """The sums of a selection of accounts: of all its months, and of one year (or all) by instrument."""

    months: Mapping[Month, Sum]
    things: Mapping[Thing, Sum]


class Line(NamedTuple):
    """The columns of a transaction that a payment rests on."""

    account: int
    day: date
    ticker: str | None
    kind: str
    currency: str
    amount: Decimal | None
    tax: Decimal
    fee: Decimal
    payer: str
    fx_rate: Decimal | None


COLUMNS = (
    *("account", "trade_date", "instrument", "transaction_type", "currency", "total_amount"),
    *("tax", "fee", "fee_currency", "fx_rate"),
)


def payments_of(accounts: Sequence[Account], on: date | None) -> QuerySet[Transaction]:
    """The rows of accounts that brought income or took tax from it, until a day."""
    rows = Transaction.objects.filter(EARNED, account__in=accounts)
    return rows if on is None else rows.filter(trade_date__lte=on)


def income_of(
    accounts: Sequence[Account], currency: str, on: date | None, year: int | None
) -> Income:
    """The sums of whole accounts, kept until something that they rest on changes."""
    name = ALL if year is None else str(year)

    def anew(absent: Sequence[Account]) -> dict[int, Parts]:
        return _parts(absent, currency, payments_of(absent, on))

    edition = f"income:{VERSION}:{currency}:{on or ''}:{rates_edition()}"
    found = parts_of(accounts, edition, (MONTHS, name), anew)
    return Income(
        _merged(parts[MONTHS] for parts in found if MONTHS in parts),
        _merged(parts[name] for parts in found if name in parts),
    )


def income_from(
    accounts: Sequence[Account], currency: str, rows: QuerySet[Transaction], year: int | None
) -> Income:
    """The sums of some rows of accounts, which are added up there and then."""
    name = ALL if year is None else str(year)
    found = _parts(accounts, currency, rows).values()
    return Income(
        _merged(parts.get(MONTHS, {}) for parts in found),
        _merged(parts.get(name, {}) for parts in found),
    )


def _parts(
    accounts: Sequence[Account], currency: str, rows: QuerySet[Transaction]
) -> dict[int, Parts]:
    lines = [Line._make(row) for row in rows.order_by().values_list(*COLUMNS)]
    exchange = Exchange(accounts, currency, lines)
    by_account: dict[int, list[Payment]] = {account.pk: [] for account in accounts}
    for line in lines:
        by_account[line.account].append(exchange.payment(line))
    return {pk: _by_part(add_up(payments)) for pk, payments in by_account.items()}


def _by_part(sums: Mapping[Key, Sum]) -> Parts:
    parts: defaultdict[str, defaultdict[object, list[Sum]]] = defaultdict(lambda: defaultdict(list))
    for key, one in sums.items():
        parts[MONTHS][key.year, key.month, key.kind, key.currency].append(one)
        parts[str(key.year)][key.month, key.ticker, key.kind, key.currency].append(one)
        parts[ALL][0, key.ticker, key.kind, key.currency].append(one)
    return {
        name: {key: total(several) for key, several in part.items()} for name, part in parts.items()
    }


def _merged(parts: Iterable[Mapping[K, Sum]]) -> dict[K, Sum]:
    return grouped((pair for part in parts for pair in part.items()), lambda key: key)


def grouped(pairs: Iterable[tuple[K, Sum]], group: Callable[[K], G]) -> dict[G, Sum]:
    """The sums added up by what ``group`` makes of their keys."""
    found: defaultdict[G, list[Sum]] = defaultdict(list)
    for key, one in pairs:
        found[group(key)].append(one)
    return {
        key: total(several) if len(several) > 1 else several[0] for key, several in found.items()
    }


class Exchange:
    """The rates of the days of payments into one currency; two queries for any number of lines."""

    def __init__(self, accounts: Iterable[Account], currency: str, lines: Sequence[Line]) -> None:
        self.currency = currency
        self._home = {account.pk: account.currency for account in accounts}
        codes = {code for line in lines for code in (line.currency, line.payer) if code}
        days = [line.day for line in lines] or [date.min]
        self._rates = Rates(codes | {currency}, min(days), max(days))
        self._known: dict[tuple[str, date], Rate | None] = {}

    def payment(self, line: Line) -> Payment:
        payer = line.payer or line.currency
        rate = self.rate(line, line.currency)
        payer_rate = rate if payer == line.currency else self.rate(line, payer)
        return Payment(
            line.day,
            line.ticker or "",
            Kind(line.kind),
            line.currency,
            line.amount,
            line.tax,
            line.fee,
            payer,
            None if rate is None else rate.value,
            None if payer_rate is None else payer_rate.value,
        )

    def rate(self, line: Line, base: str) -> Rate | None:
        """The row's own rate where it is one between these currencies, else the last published one."""
        if base == self.currency:
            return Rate(base, base, ONE, None, "")
        return self._own(line, base) or self._published(base, line.day)

    def _own(self, line: Line, base: str) -> Rate | None:
        own, home = line.fx_rate, self._home[line.account]
        # A rate of exactly 1 between two currencies is a placeholder of the file.
        if own is None or own == 1:
            return None
        if (base, self.currency) == (line.currency, home):
            return Rate(base, self.currency, own, line.day, THE_FILE)
        if (base, self.currency) == (home, line.currency):
            return Rate(base, self.currency, EXACT.divide(ONE, own), line.day, THE_FILE)
        return None

    def _published(self, base: str, day: date) -> Rate | None:
        key = (base, day)
        if key not in self._known:
            self._known[key] = self._rates.find(base, self.currency, day)
        return self._known[key]
