"""Writes the daily snapshots of an account: the stale days and those that are missing.

Nothing is locked but the recording of the same account. The marks are read before anything else; a change
that is made meanwhile leaves a mark that is not among them, and its days are recorded again. So an import
never waits, and what was recorded in the middle of it does not stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Max

from portfolio.own_splits import Key, own_splits, splits_for
from pricing.bulk import copy_rows, without_garbage_collection
from pricing.closes import Close, close_series, price_in_units_of, splits_of
from pricing.conversion import Rates
from pricing.money import ZERO
from pricing.splits import Split
from snapshots.daily import ONE_DAY, History, Point, Snapshot
from snapshots.flows import Link, Row
from snapshots.models import PortfolioSnapshot, SnapshotBasis, StaleMark
from transactions.kinds import Kind
from transactions.models import Account

# Days that are written at once: what a killed worker repeats at most, and how far progress is told.
CHUNK = timedelta(days=366)
# Any number that no other advisory lock uses; the second one is the account.
RECORDING = 7_401
COLUMNS = (
    "account_id", "snapshot_date", "total_value", "cash_balance", "inflow", "outflow", "moved_in",
    "moved_out", "positions_json", "is_complete", "created_at",
)  # fmt: skip

# Called with the day that was recorded last, the first and the last one of all.
OnProgress = Callable[[date, date, date], None]


class Recorded(NamedTuple):
    """The days that were written; ``first`` is None when all was up to date."""

    first: date | None
    days: int


def record_account(
    account: Account, until: date, on_progress: OnProgress | None = None
) -> Recorded:
    """Bring the snapshots up to the end of a day; ``until`` is over where the account is."""
    work: _Work | None = None
    first, days = None, 0
    while True:
        with transaction.atomic():
            _take_turns(account)
            # Before all else: see above.
            marks = dict(StaleMark.objects.filter(account=account).values_list("pk", "since"))
            if work is None or marks.keys() != work.own_marks:
                work = _plan(account, marks, until)
            if work is None:
                return Recorded(first, days)
            first = work.start if first is None else min(first, work.start)
            days += work.write_chunk(marks)
        if on_progress is not None:
            on_progress(work.done, work.start, until)
        if work.done == until:
            return Recorded(first, days)


def _take_turns(account: Account) -> None:
    """Wait until nobody else records the account; ends with the transaction, however that ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [RECORDING, account.pk])


def _plan(account: Account, marks: Mapping[int, date], until: date) -> _Work | None:
    """What there is to record; None when every day up to ``until`` is right."""
    account.refresh_from_db()
    stored = PortfolioSnapshot.objects.filter(account=account)
    last = stored.aggregate(last=Max("snapshot_date"))["last"]
    if last is not None:
        start = min([*marks.values(), last + ONE_DAY])
        if start > until:
            return None
    rows = list(ledger_rows(account, until))
    if not rows:
        _delete(account, date.min, date.max)
        StaleMark.objects.filter(pk__in=marks).delete()
        return None
    first = rows[0].day
    own = own_splits([account], date.max)
    if not _is_basis_kept(account, own) or last is None:
        start = first
    _delete(account, date.min, first - ONE_DAY)
    return _Work(account, rows, max(start, first), until, own)


def _is_basis_kept(account: Account, own: Mapping[Key, Sequence[Split]]) -> bool:
    """Whether earlier days can stay; keeps what the days that are recorded now rest on."""
    told = {
        ticker: [[str(day), numerator, denominator] for day, numerator, denominator in splits]
        for (_, ticker), splits in own.items()
    }
    found = SnapshotBasis.objects.filter(account=account).first()
    basis = SnapshotBasis(account=account, tracks_cash=account.tracks_cash, own_splits=told)
    if found is not None and (found.tracks_cash, found.own_splits) == (basis.tracks_cash, told):
        return True
    basis.save()
    return False


def _delete(account: Account, start: date, end: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM portfolio_snapshots"
            " WHERE account_id = %s AND snapshot_date BETWEEN %s AND %s",
            [account.pk, start, end],
        )


class _Work:
    """The days of one account that are to be recorded, and how far that is."""

    def __init__(
        self,
        account: Account,
        rows: Sequence[Row],
        start: date,
        until: date,
        own: Mapping[Key, Sequence[Split]],
    ) -> None:
        self.account = account
        self.start = start
        self.until = until
        self.done = start - ONE_DAY
        self.own_splits = own
        # The marks that say how far this work is; any other one means that something changed.
        self.own_marks: set[int] = set()
        self.currencies = {account.currency}
        for row in rows:
            self.currencies |= {row.currency, row.fee_currency, "" if row.ticker else row.partner}
        self.history = History(rows, account.currency, tracks_cash=account.tracks_cash, start=start)

    def write_chunk(self, marks: Iterable[int]) -> int:
        """Record the next days and note in a mark from where on days are still stale."""
        begin, end = self.done + ONE_DAY, min(self.done + CHUNK, self.until)
        _delete(self.account, begin, end)
        moment = str(datetime.now(UTC))
        with without_garbage_collection():
            rows = (_stored(self.account.pk, day, moment) for day in self._days(begin, end))
            copy_rows("portfolio_snapshots", COLUMNS, rows)
        self.done = end
        StaleMark.objects.filter(pk__in=marks).delete()
        self.own_marks = set()
        later = PortfolioSnapshot.objects.filter(account=self.account, snapshot_date__gt=end)
        if end < self.until or later.exists():
            rest = StaleMark.objects.create(account=self.account, since=end + ONE_DAY)
            self.own_marks = {rest.pk}
        return (end - begin).days + 1

    def _days(self, begin: date, end: date) -> Iterator[Snapshot]:
        tickers = self.history.tickers(end)
        published = splits_of(tickers)
        closes = close_series(tickers, begin, end)
        points = {}
        for ticker in tickers:
            splits = splits_for((self.account.pk, ticker), published, self.own_splits)
            points[ticker] = price_points(closes.pop(ticker), splits, begin, end)
        # What was sold long ago is still told in the currency of its last price.
        self.currencies |= {point.currency for series in points.values() for point in series}
        rates = Rates(self.currencies, begin - ONE_DAY, end)

        def find_rate(currency: str, day: date) -> Decimal | None:
            rate = rates.find(currency, self.account.currency, day)
            return None if rate is None else rate.value

        return self.history.days(begin, end, points, find_rate)


def price_points(
    closes: Sequence[Close], splits: Sequence[Split], start: date, end: date
) -> list[Point]:
    """One instrument's prices, each per unit as it is on its day, and told anew on days of splits.

    A price from before ``start`` counts as of the day before it.
    """
    if not splits or not closes:
        return [Point(day, price, currency, day) for day, price, currency, _, _, _ in closes]
    points = []
    ends = [close.day for close in closes[1:]] + [end + ONE_DAY]
    for close, until in zip(closes, ends, strict=True):
        days = [max(close.day, start - ONE_DAY)]
        days += [split.day for split in splits if days[0] < split.day < until]
        for day in sorted(set(days)):
            price = price_in_units_of(close, splits, day)
            points.append(Point(day, price, close.currency, close.day))
    return points


class _Json(str):
    """Text in COPY's own form, which ``copy_rows`` neither escapes nor remembers."""

    __slots__ = ()


def _stored(account: int, day: Snapshot, moment: str) -> tuple[object, ...]:
    positions = _Json(day.positions.replace("\\", "\\\\"))
    return (account, *day._replace(positions=positions), moment)


# The other side of a link counts as one of the owner's own accounts when it values what arrives there:
# units always, money only where cash is tracked.
_LEDGER = """
SELECT t.trade_date, json_agg(json_build_array(
    t.transaction_type, t.ticker, trim_scale(t.quantity)::text, trim_scale(t.total_amount)::text,
    t.currency, nullif(trim_scale(t.fee), 0)::text, t.fee_currency,
    nullif(trim_scale(t.tax), 0)::text, trim_scale(t.fx_rate)::text,
    CASE WHEN other.id IS NULL THEN '' WHEN other.account_id = t.account_id THEN 'HERE'
         WHEN t.ticker IS NOT NULL OR a.tracks_cash THEN 'MOVED' ELSE '' END,
    CASE WHEN t.ticker IS NULL THEN other.currency ELSE other.ticker END
))
FROM transactions AS t
LEFT JOIN transactions AS other ON other.id = t.linked_transaction_id
LEFT JOIN accounts AS a ON a.id = other.account_id
WHERE t.account_id = %s AND t.trade_date <= %s
GROUP BY t.trade_date ORDER BY t.trade_date
"""
_KINDS = {kind.value: kind for kind in Kind}
_LINKS = {"": Link.NONE, "HERE": Link.HERE, "MOVED": Link.MOVED}


def ledger_rows(account: Account, until: date) -> Iterator[Row]:
    """The account's rows by day; their order within a day changes nothing that a snapshot tells."""
    with connection.cursor() as cursor:
        cursor.execute(_LEDGER, [account.pk, until])
        for day, rows in cursor:
            for row in rows:
                yield _row(day, row)


def _row(day: date, columns: Sequence[str | None]) -> Row:
    kind, ticker, quantity, amount, currency, fee, payer, tax, rate, link, partner = columns
    return Row(
        day,
        _KINDS[kind or ""],
        ticker or "",
        _number(quantity),
        _number(amount),
        currency or "",
        _number(fee) or ZERO,
        payer or "",
        _number(tax) or ZERO,
        _number(rate),
        _LINKS[link or ""],
        partner or "",
    )


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
