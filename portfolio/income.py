"""What was earned: the payments of accounts, their sums in another currency, and the rates behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from django.db.models import QuerySet

from portfolio.kept import Parts, parts_of, rates_edition
from portfolio.payments import NOTHING, Key, Payment, Sum, total
from portfolio.rated import ROWS, ledger_rates, product, run
from pricing.conversion import Rate, Rates
from pricing.money import EXACT, ONE, ZERO
from transactions.kinds import INCOME, Kind
from transactions.models import EARNED, Account, Transaction

K = TypeVar("K")
G = TypeVar("G")

# Part of the key, to be raised with every change of what is kept.
VERSION = 2
MONTHS, ALL = "months", "all"
THE_FILE = "the file"

# By all that pages group by. A tax in a row of its own was taken from income that stands in another row.
_PAYMENTS = f"""
SELECT account_id, extract(year FROM trade_date)::int, extract(month FROM trade_date)::int,
       coalesce(ticker, ''), transaction_type, t.currency, payer,
       count(*), count(*) FILTER (WHERE total_amount IS NULL),
       count(*) FILTER (WHERE own.rate IS NULL AND (gross <> 0 OR withheld <> 0)),
       sum(gross), sum(withheld),
       coalesce(sum({product("gross", "own.rate")}), 0),
       coalesce(sum({product("withheld", "own.rate")}), 0),
       count(*) FILTER (WHERE fee_rate IS NULL AND fee <> 0), sum(fee),
       coalesce(sum({product("fee", "fee_rate")}), 0)
FROM {ROWS} CROSS JOIN LATERAL (SELECT transaction_type = '{Kind.TAX}' AS is_tax) AS told
CROSS JOIN LATERAL (
    SELECT CASE WHEN is_tax THEN 0 ELSE coalesce(total_amount, 0) END AS gross,
           CASE WHEN is_tax THEN tax + coalesce(total_amount, 0) ELSE tax END AS withheld
) AS parts
WHERE a.id = ANY(%(accounts)s) AND t.trade_date <= %(until)s
  AND (transaction_type = ANY(%(kinds)s) OR is_tax AND ticker IS NOT NULL)
  AND (%(tickers)s::text[] IS NULL OR ticker = ANY(%(tickers)s))
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""  # noqa: S608 - our own constants

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
    accounts: Sequence[Account],
    currency: str,
    on: date | None,
    year: int | None,
    tickers: Sequence[str] = (),
) -> Income:
    """The sums of whole accounts, kept until something that they rest on changes, or of some instruments."""
    name = ALL if year is None else str(year)

    def anew(absent: Sequence[Account]) -> dict[int, Parts]:
        return _parts(absent, currency, on, tickers)

    if tickers:
        found: list[Parts] = list(anew(accounts).values())
    else:
        edition = f"income:{VERSION}:{currency}:{on or ''}:{rates_edition()}"
        found = parts_of(accounts, edition, (MONTHS, name), anew)
    return Income(
        _merged(parts[MONTHS] for parts in found if MONTHS in parts),
        _merged(parts[name] for parts in found if name in parts),
    )


def _parts(
    accounts: Sequence[Account], currency: str, on: date | None, tickers: Sequence[str]
) -> dict[int, Parts]:
    sums: dict[int, dict[Key, Sum]] = {account.pk: {} for account in accounts}
    for pk, key, one in _sums(accounts, currency, on, tickers):
        sums[pk][key] = total((sums[pk].get(key, NOTHING), one))
    return {pk: _by_part(found) for pk, found in sums.items()}


def _sums(
    accounts: Sequence[Account], wanted: str, on: date | None, tickers: Sequence[str]
) -> Iterator[tuple[int, Key, Sum]]:
    """One account, key and sum after another; a fee in another currency stands under that currency."""
    kinds = [kind.value for kind in INCOME]
    parameters = {"until": on or date.max, "kinds": kinds, "tickers": list(tickers) or None}
    table = ledger_rates(accounts, wanted).table()
    for row in run(_PAYMENTS, accounts, wanted, table, **parameters):
        account, year, month, ticker, kind, currency, payer, *figures = row
        count, unknown, unrated, gross, tax, in_gross, in_tax, unpaid, fee, in_fee = figures
        key = Key(year, month, ticker, Kind(kind), currency)
        yield account, key, Sum(count, unknown, unrated, gross, tax, ZERO, in_gross, in_tax, ZERO)
        if fee:
            charged = Sum(unrated=unpaid, fee=fee, in_fee=in_fee)
            yield account, key._replace(currency=payer), charged


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
