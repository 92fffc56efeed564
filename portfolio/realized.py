"""Realised gains: every slice of a lot that was sold, and what the slices of a year add up to.

One query says what a slice is: the page, its sums, the explanation of one slice and the files all read
from it, so that they cannot disagree. Transfers between own accounts realise nothing and are left out.
A slice belongs to the year of the transaction that closed it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from operator import add
from typing import Any, NamedTuple, TypeVar

from django.db import connection

from portfolio.kept import Parts, parts_of, rates_edition
from portfolio.rated import product
from pricing.money import EXACT, ZERO
from transactions.kinds import Kind
from transactions.models import Account

G = TypeVar("G")

# Part of the key, to be raised with every change of what is kept.
VERSION = 1
YEARS, ALL = "years", "all"
LONG_DAYS = 365
ROWS_A_FETCH = 2_000


class Slice(NamedTuple):
    """A part of a lot that was closed; amounts in ``currency``, the book's, then in ``home``, the account's.

    Amounts are None where nobody knows them. ``days`` is None for units that were sold before their
    purchase is recorded.
    """

    pk: int
    account: int
    account_name: str
    home: str
    position: int
    ticker: str
    name: str
    isin: str
    currency: str
    kind: str
    is_covered: bool
    bought: date
    sold: date
    bought_by: int
    sold_by: int
    days: int | None
    quantity: Decimal
    proceeds: Decimal | None
    cost: Decimal | None
    gain: Decimal | None
    purchase_rate: Decimal | None
    sale_rate: Decimal | None
    home_proceeds: Decimal | None
    home_cost: Decimal | None
    price_gain: Decimal | None
    currency_gain: Decimal | None

    @property
    def home_gain(self) -> Decimal | None:
        if self.price_gain is None or self.currency_gain is None:
            return None
        return EXACT.add(self.price_gain, self.currency_gain)


# Units of the account's currency per unit of the book's, at the lot's opening and at its closing.
OPENING_RATE = "l.account_rate"
CLOSING_RATE = "d.account_rate"

_SLICES = f"""
SELECT d.id, p.account_id, a.name AS account_name, a.currency AS home, p.id AS position, p.ticker,
       i.name, i.isin, p.currency, c.transaction_type AS kind, is_covered,
       CASE WHEN is_covered THEN c.trade_date ELSE opened END AS bought,
       CASE WHEN is_covered THEN opened ELSE c.trade_date END AS sold,
       CASE WHEN is_covered THEN c.id ELSE l.opening_transaction_id END AS bought_by,
       CASE WHEN is_covered THEN l.opening_transaction_id ELSE c.id END AS sold_by,
       CASE WHEN NOT is_covered THEN c.trade_date - opened END AS days,
       d.quantity, d.proceeds, d.cost, d.gain, purchase_rate, sale_rate, home_proceeds, home_cost,
       home_proceeds - cost_at_sale AS price_gain, cost_at_sale - home_cost AS currency_gain
FROM disposals AS d
JOIN lots AS l ON l.id = d.lot_id
JOIN positions AS p ON p.id = l.position_id
JOIN accounts AS a ON a.id = p.account_id
JOIN instruments AS i ON i.ticker = p.ticker
JOIN transactions AS c ON c.id = d.closing_transaction_id
CROSS JOIN LATERAL (
    -- What covers a sale without a purchase is the purchase.
    SELECT l.quantity < 0 AS is_covered, (l.purchase_date AT TIME ZONE a.time_zone)::date AS opened
) AS told
CROSS JOIN LATERAL (
    SELECT CASE WHEN is_covered THEN {CLOSING_RATE} ELSE {OPENING_RATE} END AS purchase_rate,
           CASE WHEN is_covered THEN {OPENING_RATE} ELSE {CLOSING_RATE} END AS sale_rate
) AS rated
CROSS JOIN LATERAL (
    SELECT {product("d.proceeds", "sale_rate")} AS home_proceeds,
           {product("d.cost", "purchase_rate")} AS home_cost,
           {product("d.cost", "sale_rate")} AS cost_at_sale
    OFFSET 0  -- computed once, not wherever it is named
) AS converted
WHERE c.transaction_type <> '{Kind.TRANSFER_OUT}'
"""  # noqa: S608 - our own constants

_SUMS = f"""
SELECT account_id, extract(year FROM closed)::int, ticker, currency, home,
       coalesce(days > {LONG_DAYS}, false) AS is_long, count(*),
       count(*) FILTER (WHERE gain IS NULL),
       count(*) FILTER (WHERE gain IS NOT NULL AND price_gain + currency_gain IS NULL),
       coalesce(sum(proceeds) FILTER (WHERE gain IS NOT NULL), 0),
       coalesce(sum(cost) FILTER (WHERE gain IS NOT NULL), 0),
       coalesce(sum(home_proceeds) FILTER (WHERE price_gain + currency_gain IS NOT NULL), 0),
       coalesce(sum(home_cost) FILTER (WHERE price_gain + currency_gain IS NOT NULL), 0),
       coalesce(sum(price_gain) FILTER (WHERE currency_gain IS NOT NULL), 0),
       coalesce(sum(currency_gain) FILTER (WHERE price_gain IS NOT NULL), 0)
FROM (
    SELECT *, CASE WHEN is_covered THEN bought ELSE sold END AS closed FROM (
        {_SLICES} AND p.account_id = ANY(%(accounts)s) AND c.trade_date <= %(until)s
          AND (%(tickers)s::text[] IS NULL OR p.ticker = ANY(%(tickers)s))
    ) AS slices
) AS dated
GROUP BY 1, 2, 3, 4, 5, 6
"""  # noqa: S608

# Each account in the order of its own index, so that a page needs no more rows than it shows.
_PAGE = f"""
SELECT slices.* FROM (
    SELECT newest.* FROM unnest(%(accounts)s::bigint[]) AS wanted (account), LATERAL (
        SELECT disposals.id, closing.transaction_date
        FROM transactions AS closing
        JOIN disposals ON disposals.closing_transaction_id = closing.id
        WHERE closing.account_id = wanted.account
          AND closing.transaction_type <> '{Kind.TRANSFER_OUT}'
          AND closing.trade_date BETWEEN %(since)s AND %(until)s
          -- The index knows instants; a day of any time zone is less than a day off in UTC.
          AND closing.transaction_date BETWEEN %(since)s::date - 1 AND %(until)s::date + 2
          AND (%(tickers)s::text[] IS NULL OR closing.ticker = ANY(%(tickers)s))
        ORDER BY closing.transaction_date DESC, disposals.id DESC
        LIMIT %(last)s
    ) AS newest
    ORDER BY transaction_date DESC, id DESC LIMIT %(size)s OFFSET %(first)s
) AS page JOIN LATERAL ({_SLICES} AND d.id = page.id) AS slices ON true
ORDER BY page.transaction_date DESC, page.id DESC
"""  # noqa: S608


class GainSum(NamedTuple):
    """Slices added up. Those of unknown gain are counted and left out of all amounts.

    ``proceeds`` and ``cost`` are in the book's currency, the others in the account's, where those
    without an exchange rate (``unrated``) are left out as well.
    """

    slices: int = 0
    unknown: int = 0
    unrated: int = 0
    proceeds: Decimal = ZERO
    cost: Decimal = ZERO
    home_proceeds: Decimal = ZERO
    home_cost: Decimal = ZERO
    price_gain: Decimal = ZERO
    currency_gain: Decimal = ZERO

    @property
    def is_incomplete(self) -> bool:
        return bool(self.unknown or self.unrated)

    @property
    def gain(self) -> Decimal:
        return EXACT.subtract(self.proceeds, self.cost)

    @property
    def home_gain(self) -> Decimal:
        return EXACT.add(self.price_gain, self.currency_gain)


class Key(NamedTuple):
    """What slices have in common that are added up."""

    year: int
    account: int
    ticker: str
    currency: str
    home: str
    is_long: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """Which slices: of these accounts, closed within these days, of these instruments or of all."""

    accounts: Sequence[Account]
    since: date
    until: date
    tickers: Sequence[str]

    def parameters(self, first: int, size: int | None) -> dict[str, Any]:
        return {
            "accounts": [account.pk for account in self.accounts],
            "since": self.since,
            "until": self.until,
            "tickers": list(self.tickers) or None,
            "first": first,
            "size": size,
            "last": None if size is None else first + size,
        }


def slices(wanted: Selection, first: int, size: int) -> list[Slice]:
    """Some slices of a selection, those that were closed last first."""
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, wanted.parameters(first, size))
        return [Slice._make(row) for row in cursor.fetchall()]


def all_slices(wanted: Selection) -> Iterator[Slice]:
    """The slices of a selection while they are read, those that were closed last first."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_PAGE, wanted.parameters(0, None))
        while rows := cursor.fetchmany(ROWS_A_FETCH):
            yield from map(Slice._make, rows)


def find_slice(user_id: int, pk: int) -> Slice | None:
    """One slice of a lot of the user's."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_SLICES} AND a.owner_id = %s AND d.id = %s", [user_id, pk])
        row = cursor.fetchone()
        return None if row is None else Slice._make(row)


def sums_of(
    accounts: Sequence[Account], on: date | None, names: Sequence[str], tickers: Sequence[str] = ()
) -> list[dict[Key, GainSum]]:
    """Parts of the sums of accounts: ``YEARS``, ``ALL``, or a year, by all they are grouped by.

    The sums of ``YEARS`` are of all instruments (ticker ""), those of ``ALL`` of all years (year 0). Those
    of whole accounts are kept; those of some instruments are few rows.
    """

    def anew(absent: Sequence[Account]) -> dict[int, Parts]:
        return _parts(absent, on, tickers)

    if tickers:
        found: list[Parts] = list(anew(accounts).values())
    else:
        found = parts_of(accounts, f"gains:{VERSION}:{on or ''}:{rates_edition()}", names, anew)
    return [
        {key: one for parts in found for key, one in parts.get(name, {}).items()} for name in names
    ]


def _parts(
    accounts: Sequence[Account], on: date | None, tickers: Sequence[str]
) -> dict[int, Parts]:
    parts: dict[int, defaultdict[str, defaultdict[Key, list[GainSum]]]] = {
        account.pk: defaultdict(lambda: defaultdict(list)) for account in accounts
    }
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMS,
            {"accounts": list(parts), "until": on or date.max, "tickers": list(tickers) or None},
        )
        for pk, year, ticker, currency, home, is_long, *figures in cursor.fetchall():
            key, one = Key(year, pk, ticker, currency, home, is_long), GainSum._make(figures)
            parts[pk][YEARS][key._replace(ticker="")].append(one)
            parts[pk][ALL][key._replace(year=0)].append(one)
            parts[pk][str(year)][key].append(one)
    return {
        pk: {
            name: {key: total(several) for key, several in part.items()}
            for name, part in named.items()
        }
        for pk, named in parts.items()
    }


def total(sums: Iterable[GainSum]) -> GainSum:
    found = GainSum()
    with localcontext(EXACT):
        for one in sums:
            found = GainSum._make(map(add, found, one))
    return found


def grouped(sums: Mapping[Key, GainSum], group: Callable[[Key], G]) -> dict[G, GainSum]:
    """The sums added up by what ``group`` makes of their keys."""
    found: defaultdict[G, list[GainSum]] = defaultdict(list)
    for key, one in sums.items():
        found[group(key)].append(one)
    return {key: total(several) for key, several in found.items()}
