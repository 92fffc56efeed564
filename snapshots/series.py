"""The days of some accounts as one series in one currency, read from their snapshots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Sum

from pricing.conversion import Rates
from pricing.money import EXACT, ONE, ZERO, to_amount
from snapshots.models import PortfolioSnapshot, StaleMark
from snapshots.returns import Day
from transactions.models import Account, Transaction

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Extent:
    """The days that are recorded for all of the accounts: ``first`` of any, ``through`` of all.

    Both are None before the first snapshot. ``is_behind`` when a day up to ``end`` is missing or stale.
    """

    first: date | None
    through: date | None
    is_behind: bool


@dataclass(frozen=True, slots=True)
class Series:
    """``days`` begins with the opening day; ``incomplete`` are those that leave something out.

    On ``unrated`` days there was no rate to convert an account by, and the value is None.
    """

    currency: str
    days: tuple[Day, ...]
    incomplete: tuple[date, ...]
    unrated: tuple[date, ...]


def extent(accounts: Collection[Account], end: date) -> Extent:
    """How far the snapshots of the accounts can be believed, up to ``end``."""
    pks = [account.pk for account in accounts]
    recorded = {
        account: (first, last)
        for account, first, last in PortfolioSnapshot.objects.filter(account__in=pks)
        .order_by()
        .values_list("account")
        .annotate(first=Min("snapshot_date"), last=Max("snapshot_date"))
    }
    marked = dict(
        StaleMark.objects.filter(account__in=pks)
        .order_by()
        .values_list("account")
        .annotate(since=Min("since"))
    )
    through = end
    for account, (_, last) in recorded.items():
        believed = min(last, marked.get(account, date.max) - ONE_DAY)
        through = min(through, believed)
    missing = _unrecorded(set(pks) - set(recorded))
    if missing is not None:
        through = min(through, missing - ONE_DAY)
    firsts = [first for first, _ in recorded.values()]
    first = min(firsts) if firsts else None
    if first is None or through < first:
        is_waited_for = missing is not None or (first is not None and first <= end)
        return Extent(first, None, is_behind=is_waited_for)
    return Extent(first, through, is_behind=through < end)


def _unrecorded(pks: Collection[int]) -> date | None:
    """The first day of a ledger of which nothing is recorded yet."""
    if not pks:
        return None
    rows = Transaction.objects.filter(account=OuterRef("pk"))
    waiting = Account.objects.filter(Exists(rows), pk__in=pks).values("pk")
    found = Transaction.objects.filter(account__in=waiting).aggregate(first=Min("trade_date"))
    first: date | None = found["first"]
    return first


def load(
    accounts: Collection[Account], rates: Rates, currency: str, start: date | None, extent: Extent
) -> Series:
    """The days from ``start`` (or from nothing, before the first) through the last believed one.

    Moves between the accounts are no flows when all of an owner's are asked for: several accounts.
    """
    if extent.first is None or extent.through is None:
        return Series(currency, (), (), ())
    before_all = extent.first - ONE_DAY
    opening = before_all if start is None else max(start, before_all)
    found = _days(accounts, opening, extent.through)
    days, incomplete, unrated = [], [], []
    if opening == before_all:
        days.append(Day(before_all, ZERO))
    for day in sorted(found):
        parts = found[day]
        if any(part.unknown for part in parts):
            incomplete.append(day)
        converted = _converted(day, parts, rates, currency)
        if converted.value is None:
            unrated.append(day)
        days.append(converted)
    return Series(currency, tuple(days), tuple(incomplete), tuple(unrated))


@dataclass(frozen=True, slots=True)
class _Part:
    """What the accounts of one currency add up to on a day."""

    currency: str
    value: Decimal
    inflow: Decimal
    outflow: Decimal
    unknown: int


def _days(accounts: Collection[Account], start: date, end: date) -> dict[date, list[_Part]]:
    moved_in, moved_out = (ZERO, ZERO) if len(accounts) > 1 else (F("moved_in"), F("moved_out"))
    rows = (
        PortfolioSnapshot.objects.filter(
            account__in=[account.pk for account in accounts], snapshot_date__range=(start, end)
        )
        .order_by()
        .values_list("snapshot_date", "account__currency")
        .annotate(
            value=Sum("total_value"),
            came=Sum(F("inflow") + moved_in),
            went=Sum(F("outflow") + moved_out),
            unknown=Count("pk", filter=Q(is_complete=False)),
        )
    )
    found: defaultdict[date, list[_Part]] = defaultdict(list)
    for day, *part in rows:
        found[day].append(_Part(*part))
    return found


def _converted(day: date, parts: Sequence[_Part], rates: Rates, currency: str) -> Day:
    value, inflow, outflow = ZERO, ZERO, ZERO
    is_known = True
    for part in parts:
        rate = ONE
        if part.currency != currency:
            found = rates.find(part.currency, currency, day)
            if found is None:
                is_known = is_known and not (part.value or part.inflow or part.outflow)
                continue
            rate = found.value
        value = EXACT.add(value, EXACT.multiply(part.value, rate))
        inflow = EXACT.add(inflow, EXACT.multiply(part.inflow, rate))
        outflow = EXACT.add(outflow, EXACT.multiply(part.outflow, rate))
    return Day(day, to_amount(value) if is_known else None, to_amount(inflow), to_amount(outflow))
