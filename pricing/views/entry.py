"""Changing prices by hand: settings, prices, files, splits, and judging what waits.

Instruments are shared; whoever has one in the ledger may change what is known about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import dateformat, timezone
from django.views.decorators.http import require_http_methods, require_POST

from pricing import corrections
from pricing.currencies import CURRENCIES
from pricing.forms.names import NameForm
from pricing.forms.prices import PriceFileForm, PriceForm, SettingsForm, SplitForm
from pricing.models import MANUAL, Instrument, InstrumentName, PriceHistory, Split
from pricing.price_files import PriceFileResult, import_prices
from pricing.providers import PROVIDERS
from pricing.readers import ImporterError
from pricing.requests import PageRequest, posted
from pricing.tasks import queue_fetch
from pricing.templatetags.money import price as written_price

REJECTS_SHOWN = 20


@require_http_methods(["GET", "POST"])
def instrument_settings(request: PageRequest, pk: int) -> HttpResponse:
    found = _instrument(request, pk)
    form = SettingsForm.of(found, posted(request))
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        corrections.describe(found, chosen.pop("name"), chosen.pop("asset_type"))
        corrections.choose_provider(found, **chosen)
        messages.success(request, "The settings are saved. The next refresh follows them.")
        return redirect("pricing:instrument", pk=pk)
    helps = [(provider.label, provider.symbol_help) for provider in PROVIDERS.values()]
    return _render(request, "settings", found, form, helps=helps)


@require_POST
def fetch(request: PageRequest, pk: int) -> HttpResponse:
    found = _instrument(request, pk)
    if not found.provider:
        messages.warning(request, f"Choose who provides prices of {found.ticker} first.")
        return redirect("pricing:settings", pk=pk)
    _queue(request, [found.ticker], f"instrument-{pk}")
    return redirect("pricing:instrument", pk=pk)


@require_POST
def fetch_all(request: PageRequest) -> HttpResponse:
    owned = Instrument.objects.owned_by(request.user.pk).exclude(provider="")
    tickers = list(owned.values_list("ticker", flat=True))
    if tickers:
        _queue(request, tickers, f"user-{request.user.pk}")
    else:
        messages.warning(request, "None of your instruments has a provider of prices yet.")
    return redirect("pricing:prices")


def _queue(request: PageRequest, tickers: Sequence[str], who: str) -> None:
    if queue_fetch(tickers, who):
        what = tickers[0] if len(tickers) == 1 else f"{len(tickers)} instruments"
        sentence = f"Prices of {what} are being fetched. They are here when you reload the page."
    else:
        sentence = "These prices wait to be fetched already."
    messages.info(request, sentence)


@require_http_methods(["GET", "POST"])
def price_add(request: PageRequest, pk: int) -> HttpResponse:
    found = _instrument(request, pk)
    initial = {"day": timezone.localdate(), "currency": found.currency}
    form = PriceForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        before = corrections.enter_price(
            found, data["day"], data["price"], data["currency"], datetime.now(UTC)
        )
        replaced = f" It was {written_price(before)}." if before is not None else ""
        messages.success(
            request,
            f"The price of {_day(data['day'])} is "
            f"{written_price(data['price'], data['currency'])}.{replaced}",
        )
        return redirect("pricing:instrument", pk=pk)
    return _render(request, "price_form", found, form)


@require_http_methods(["GET", "POST"])
def price_upload(request: PageRequest, pk: int) -> HttpResponse:
    found = _instrument(request, pk)
    form = PriceFileForm(posted(request), request.FILES or None)
    result = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            result = import_prices(file.name, file.read(), form.choices(found), datetime.now(UTC))
        except ImporterError as error:
            form.add_error("file", str(error))
        else:
            if not result.rejects:
                messages.success(request, _sentence(result))
                return redirect("pricing:instrument", pk=pk)
    shown = result.rejects[:REJECTS_SHOWN] if result else []
    return _render(request, "upload", found, form, result=result, rejects=shown)


@require_http_methods(["GET", "POST"])
def split_add(request: PageRequest, pk: int) -> HttpResponse:
    found = _instrument(request, pk)
    initial = {"denominator": 1, "day": request.GET.get("day", "")}
    form = SplitForm(posted(request), found, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        corrections.add_split(found, data["day"], data["numerator"], data["denominator"])
        messages.success(request, "The split is added, and prices before it are converted by it.")
        return redirect("pricing:instrument", pk=pk)
    return _render(request, "split_form", found, form)


@require_POST
def price_delete(request: PageRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(_rows(request), pk=pk, source=MANUAL)
    corrections.delete_price(row)
    written = written_price(row.close_price, row.currency)
    messages.success(request, f"The price {written} of {_day(row.date)} is deleted.")
    return redirect("pricing:instrument", pk=row.instrument.pk)


@require_POST
def price_accept(request: PageRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(_rows(request).exclude(quarantine=""), pk=pk)
    corrections.accept_price(row)
    messages.success(
        request, f"The price of {_day(row.date)} is used now, and later ones that fit it."
    )
    return _back(request, row)


@require_POST
def price_reject(request: PageRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(_rows(request).exclude(quarantine=""), pk=pk)
    corrections.reject_price(row)
    messages.success(request, f"The price of {_day(row.date)} is deleted.")
    return _back(request, row)


@require_POST
def split_delete(request: PageRequest, pk: int) -> HttpResponse:
    owned = Instrument.objects.owned_by(request.user.pk)
    split = get_object_or_404(Split.objects.filter(instrument__in=owned), pk=pk)
    corrections.delete_split(split)
    messages.success(request, f"The split of {_day(split.date)} is deleted.")
    return redirect("pricing:instrument", pk=split.instrument.pk)


@require_http_methods(["GET", "POST"])
def name_add(request: PageRequest, pk: int) -> HttpResponse:
    found = _instrument(request, pk)
    _require_staff(request)
    form = NameForm(posted(request), found)
    if request.method == "POST" and form.is_valid():
        name = form.save()
        messages.success(request, f"{name.value} means {found.ticker} in files from now on.")
        return redirect("pricing:instrument", pk=pk)
    return _render(request, "name_form", found, form)


@require_POST
def name_delete(request: PageRequest, pk: int) -> HttpResponse:
    owned = Instrument.objects.owned_by(request.user.pk)
    name = get_object_or_404(InstrumentName.objects.filter(instrument__in=owned), pk=pk)
    _require_staff(request)
    instrument = name.instrument
    name.delete()
    messages.success(request, f"{name.value} no longer means {instrument.ticker}.")
    return redirect("pricing:instrument", pk=instrument.pk)


def _require_staff(request: PageRequest) -> None:
    """A name decides what the files of all users mean, unlike a price, which they can see and mend."""
    if not request.user.is_staff:
        raise PermissionDenied


def _instrument(request: PageRequest, pk: int) -> Instrument:
    return get_object_or_404(Instrument.objects.owned_by(request.user.pk), pk=pk)


def _rows(request: PageRequest) -> QuerySet[PriceHistory]:
    owned = Instrument.objects.owned_by(request.user.pk).values("ticker")
    return PriceHistory.objects.filter(instrument__ticker__in=owned).select_related("instrument")


def _back(request: PageRequest, row: PriceHistory) -> HttpResponse:
    """To where the decision was made."""
    if "queue" in request.POST:
        return redirect("pricing:quarantine")
    return redirect("pricing:instrument", pk=row.instrument.pk)


def _day(day: date) -> str:
    return dateformat.format(day, "j M Y")


def _sentence(result: PriceFileResult) -> str:
    waiting = f", {result.quarantined} wait in quarantine" if result.quarantined else ""
    return (
        f"{result.rows} rows read: {result.new} new prices, {result.changed} changed, "
        f"{result.unchanged} known already{waiting}, {result.ignored} without a price."
    )


def _render(
    request: PageRequest, template: str, found: Instrument, form: object, **context: object
) -> HttpResponse:
    context |= {"instrument": found, "form": form, "currencies": sorted(CURRENCIES)}
    return render(request, f"pricing/{template}.html", context)
