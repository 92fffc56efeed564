"""Realised gains: the slices of a year with their sums, one slice explained, and files of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from portfolio import gain_tables as tables
from portfolio.display import as_of
from portfolio.forms import GainsFilter
from portfolio.gains import realized_gain
from portfolio.realized import ALL, YEARS, Selection, Slice, all_slices, find_slice, sums_of, total
from pricing.requests import PageRequest
from transactions.downloads import Table, respond
from transactions.kinds import Kind
from transactions.models import Account, Transaction

INSTRUMENTS_A_PAGE = 25
FILES = ("csv", "xlsx")
FILE_COLUMNS = (
    *("account", "ticker", "name", "isin", "type", "bought", "sold", "days_held", "quantity"),
    *("proceeds", "cost", "gain", "currency", "purchase_rate", "sale_rate"),
    *("account_proceeds", "account_cost", "account_gain", "price_gain", "currency_gain"),
    "account_currency",
)


@require_safe
@vary_on_headers("HX-Request")
def gains(request: PageRequest) -> HttpResponse:
    form = GainsFilter(request.GET, request.user.pk)
    accounts, on = form.accounts(), as_of(request)
    (by_year,) = sums_of(accounts, on, [YEARS], form.tickers())
    years = sorted({key.year for key in by_year})
    form.offer_years(years, every="0")
    year = form.year_of(years[-1] if years else None)
    (sums,) = sums_of(accounts, on, [ALL if year is None else str(year)], form.tickers())
    wanted = _selection(form, accounts, on, year)
    whole = total(sums.values())
    instruments = Paginator(tables.by_instrument(sums), INSTRUMENTS_A_PAGE)
    context = {
        "form": form,
        "on": on,
        "year": year,
        "years": tables.by_year(by_year),
        "whole": whole,
        "homes": tables.by_home(sums),
        "instruments": instruments.get_page(request.GET.get("instruments")),
        "accounts": tables.by_account(sums, accounts),
        "currencies": tables.by_currency(sums),
        "held": tables.by_time_held(sums),
        "slices": tables.slices_page(wanted, whole.slices, request.GET.get("page", "")),
        "files": FILES,
    }
    part = "#gains" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"portfolio/gains.html{part}", context)


def _selection(
    form: GainsFilter, accounts: Sequence[Account], on: date | None, year: int | None
) -> Selection:
    since, until = (date(year, 1, 1), date(year, 12, 31)) if year else (date.min, date.max)
    return Selection(accounts, since, min(until, on or until), form.tickers())


@require_safe
def gain(request: PageRequest, pk: int) -> HttpResponse:
    """One slice: the purchase and the sale it rests on, and the sum done again."""
    found = find_slice(request.user.pk, pk)
    if found is None:
        raise Http404
    rows = Transaction.objects.owned_by(request.user.pk).in_bulk([found.bought_by, found.sold_by])
    split = realized_gain(found.proceeds, found.cost, found.sale_rate, found.purchase_rate)
    context = {
        "slice": found,
        "split": split,
        "bought": rows[found.bought_by],
        "sold": rows[found.sold_by],
        "splits": _splits_between(rows[found.bought_by], rows[found.sold_by]),
    }
    return render(request, "portfolio/gain.html", context)


def _splits_between(bought: Transaction, sold: Transaction) -> QuerySet[Transaction]:
    """What makes the units of a sale others than those of its purchase."""
    return Transaction.objects.filter(
        account=sold.account_id,
        instrument__ticker=sold.instrument_id,
        transaction_type=Kind.SPLIT,
        transaction_date__range=(bought.transaction_date, sold.transaction_date),
    ).order_by("-transaction_date")


@require_safe
def gains_file(request: PageRequest) -> HttpResponseBase:
    """The slices of the selection as a file, with the figures that the page adds up."""
    wanted = request.GET.get("format", FILES[0])
    if wanted not in FILES:
        raise Http404
    form = GainsFilter(request.GET, request.user.pk)
    accounts, on = form.accounts(), as_of(request)
    (by_year,) = sums_of(accounts, on, [YEARS], form.tickers())
    year = form.year_of(max((key.year for key in by_year), default=None))
    selection = _selection(form, accounts, on, year)
    return respond(Table(f"gains-{year or 'all'}", FILE_COLUMNS, _cells(selection)), wanted)


def _cells(wanted: Selection) -> Iterator[tuple[object, ...]]:
    for found in all_slices(wanted):
        yield (
            *(found.account_name, found.ticker, found.name, found.isin, _kind(found)),
            *(found.bought, found.sold, found.days, found.quantity),
            *(found.proceeds, found.cost, found.gain, found.currency),
            *(found.purchase_rate, found.sale_rate, found.home_proceeds, found.home_cost),
            *(found.home_gain, found.price_gain, found.currency_gain, found.home),
        )


def _kind(found: Slice) -> str:
    return "SELL" if found.is_covered else found.kind
