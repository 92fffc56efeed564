"""What was earned: month by month, by instrument, and each payment that the sums are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from portfolio import income_tables as tables
from portfolio.display import as_of, display_currency
from portfolio.forms import IncomeFilter
from portfolio.income import Exchange, income_of
from portfolio.income_tables import DEFAULT_MEASURE, MEASURES
from portfolio.payments import total
from pricing.money import EXACT
from pricing.requests import PageRequest
from transactions.downloads import Table, respond
from transactions.models import Account, Transaction

ROWS_A_PAGE = 25
INSTRUMENTS_A_PAGE = 25
FILES = ("csv", "xlsx")
FILE_COLUMNS = (
    *("account", "date", "type", "ticker", "name", "isin", "gross", "tax", "currency"),
    *("fee", "fee_currency", "rate", "rate_date", "rate_source"),
    *("gross_converted", "tax_converted", "fee_converted", "net_converted", "converted_into"),
)


@require_safe
@vary_on_headers("HX-Request")
def income(request: PageRequest) -> HttpResponse:
    form = IncomeFilter(request.GET, request.user.pk)
    accounts, currency, on = form.accounts(), display_currency(request), as_of(request)
    payments, year = form.payments(accounts, on), form.chosen_year()
    found = income_of(accounts, currency, on, year, form.tickers())
    found = tables.of_kind(found, form.kind())
    measure = form.chosen("show") or DEFAULT_MEASURE
    things = tables.in_month(found.things, form.chosen_month())
    years = tables.calendar(found.months, measure)
    form.offer_years((row.year for row in years), every="")
    groups = Paginator(tables.by_instrument(things, measure), INSTRUMENTS_A_PAGE)
    whole, chosen = total(row.found for row in years), total(things.values())
    # How many there are is known from their sums.
    page: Page[Any] = Paginator(range(chosen.payments), ROWS_A_PAGE).get_page(
        request.GET.get("page")
    )
    page.object_list = _rows(form.narrowed(payments), page, accounts, currency, measure)
    amount = tables.amount_of(measure)
    context = {
        "form": form,
        "currency": currency,
        "on": on,
        "measure": measure,
        "measure_label": MEASURES[measure],
        "years": years,
        "months": tables.month_totals(years, measure),
        "all": whole,
        "all_amount": amount(whole),
        "chosen": chosen,
        "chosen_amount": amount(chosen),
        "kinds": tables.by_kind(things, measure),
        "currencies": tables.by_currency(things, measure),
        "instruments": groups.get_page(request.GET.get("instruments")),
        "payments": page,
        "elsewhere": EXACT.subtract(amount(chosen), amount(total(row.converted for row in page))),
        "files": FILES,
    }
    part = "#income" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"portfolio/income.html{part}", context)


def _rows(
    rows: QuerySet[Transaction],
    page: Page[Any],
    accounts: Sequence[Account],
    currency: str,
    measure: str,
) -> list[tables.PaymentRow]:
    """The payments of a page, the latest first."""
    first = (page.number - 1) * ROWS_A_PAGE
    ordered = rows.select_related("account", "instrument").order_by("-trade_date", "-pk")
    shown = list(ordered[first : first + ROWS_A_PAGE])
    exchange = Exchange(accounts, currency, [tables.line_of(row) for row in shown])
    return [tables.payment_row(exchange, row, measure) for row in shown]


@require_safe
def income_file(request: PageRequest) -> HttpResponseBase:
    """The payments of the selection as a file, with the figures that the page adds up."""
    wanted = request.GET.get("format", FILES[0])
    if wanted not in FILES:
        raise Http404
    form = IncomeFilter(request.GET, request.user.pk)
    accounts, currency, on = form.accounts(), display_currency(request), as_of(request)
    rows = form.narrowed(form.payments(accounts, on))
    name = f"income-{form.chosen('year') or 'all'}"
    return respond(Table(name, FILE_COLUMNS, _cells(rows, accounts, currency)), wanted)


def _cells(
    rows: QuerySet[Transaction], accounts: Sequence[Account], currency: str
) -> Iterator[tuple[object, ...]]:
    found = list(rows.select_related("account", "instrument").order_by("trade_date", "pk"))
    exchange = Exchange(accounts, currency, [tables.line_of(row) for row in found])
    for row in found:
        shown = tables.payment_row(exchange, row, DEFAULT_MEASURE)
        thing, rate, converted = row.instrument, shown.rate, shown.converted
        is_known = row.total_amount is not None
        is_converted = is_known and not converted.unrated
        yield (
            row.account.name,
            row.trade_date,
            row.transaction_type,
            thing.ticker if thing else "",
            thing.name if thing else "",
            thing.isin if thing else "",
            shown.told.gross if is_known else None,
            shown.told.tax if is_known else None,
            row.currency,
            row.fee,
            row.fee_currency or row.currency,
            rate.value if rate else None,
            rate.day if rate else None,
            rate.source if rate else "",
            converted.in_gross if is_converted else None,
            converted.in_tax if is_converted else None,
            converted.in_fee if is_converted else None,
            converted.in_net if is_converted else None,
            currency,
        )
