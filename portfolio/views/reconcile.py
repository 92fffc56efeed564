"""What brokers say that was held, beside what the transactions add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portfolio.models import Position
from portfolio.reconciliation import Line, Point, reconciled
from pricing.requests import PageRequest, whole_number
from transactions.models import Account, Import


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it is shown: with the day of the account, and links to what settles it."""

    line: Line
    url: str
    since: date | None
    between: str
    points: list[tuple[Point, date, Import | None]]


@require_safe
def reconcile(request: PageRequest) -> HttpResponse:
    accounts = list(Account.objects.owned_by(request.user.pk))
    wanted = whole_number(request.GET.get("account"))
    shown = [account for account in accounts if account.pk == wanted] or accounts
    lines = reconciled(shown)
    rows = _rows(shown, lines)
    context = {
        "accounts": accounts,
        "rows": rows,
        "chosen": shown[0] if len(shown) == 1 else None,
        "groups": [
            (account, [row for row in rows if row.line.account == account.pk]) for account in shown
        ],
        "differing": sum(not line.agrees for line in lines),
    }
    return render(request, "portfolio/reconcile.html", context)


def _rows(accounts: Iterable[Account], lines: list[Line]) -> list[Row]:
    owners = {account.pk: account for account in accounts}
    sources = {point.source for line in lines for point in line.shown if point.source}
    imports = Import.objects.only("file_name").in_bulk(sources)
    positions = {
        (position.account_id, position.instrument_id): position.get_absolute_url()
        for position in Position.objects.filter(account__in=owners).only("account", "instrument")
    }
    return [
        Row(
            line,
            positions.get((line.account, line.ticker), ""),
            _day(owners[line.account], line.first_differing),
            _between(owners[line.account], line),
            [
                (point, owners[line.account].day_of(point.at), imports.get(point.source or 0))
                for point in line.shown
            ],
        )
        for line in lines
    ]


def _day(account: Account, point: Point | None) -> date | None:
    return None if point is None else account.day_of(point.at)


def _between(account: Account, line: Line) -> str:
    """The transactions among which the difference began."""
    query = {"account": str(account.pk)}
    since, until = (_day(account, one) for one in (line.last_agreeing, line.first_differing))
    query |= {"since": str(since)} if since else {}
    query |= {"until": str(until)} if until else {}
    query |= {"search": line.ticker} if line.ticker else {}
    return f"{reverse('transactions:transactions')}?{urlencode(query)}"
