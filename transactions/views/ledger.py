"""The list of transactions, and one transaction with all there is to know about it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from pricing.money import EXACT
from pricing.requests import PageRequest, past_day, whole_number
from transactions import ledger
from transactions.forms.filters import TransactionFilter
from transactions.kinds import Kind
from transactions.listing import ledger_page
from transactions.models import Transaction
from transactions.templatetags.ledger import has_amount

COUNTERPART = {Kind.TRANSFER_OUT: Kind.TRANSFER_IN, Kind.TRANSFER_IN: Kind.TRANSFER_OUT}
# A transfer that takes longer is not recognised by looking; the search finds it.
TRANSFER_DAYS = 30
MOST_CANDIDATES = 50


@require_safe
@vary_on_headers("HX-Request")
def transactions(request: PageRequest) -> HttpResponse:
    form = TransactionFilter(request.GET, request.user)
    on = past_day(request)
    page = ledger_page(
        form.accounts(),
        form.condition() & Q(trade_date__lte=on) if on else form.condition(),
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "form": form,
        "on": on,
        "page": page,
        "chosen": form.chosen(),
        "filters": _without_cursor(request.GET),
    }
    part = "#rows" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"transactions/transactions.html{part}", context)


@require_safe
def transaction(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_owned(request), pk=pk)
    linked = None
    if found.linked_transaction_id is not None:
        linked = _owned(request).filter(pk=found.linked_transaction_id).first()
    context = {
        "transaction": found,
        "linked": linked,
        "can_link": found.kind in COUNTERPART and found.linked_transaction_id is None,
        # Naive, because templates would turn it into the zone of the server.
        "local": found.transaction_date.astimezone(ZoneInfo(found.account.time_zone)).replace(
            tzinfo=None
        ),
        "is_amount_missing": has_amount(found),
        "cash": found.cash_effects(),
    }
    return render(request, "transactions/transaction.html", context)


@require_http_methods(["GET", "POST"])
def transaction_link(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_owned(request), pk=pk)
    candidates = _candidates(request, found)
    if request.method == "POST":
        other = get_object_or_404(candidates, pk=whole_number(request.POST.get("counterpart")))
        out, into = (found, other) if found.kind is Kind.TRANSFER_OUT else (other, found)
        try:
            ledger.link_transfer(out, into)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("transactions:transaction-link", pk=pk)
        messages.success(request, "The two sides are linked: lots move with their date and cost.")
        return redirect("transactions:transaction", pk=pk)
    context = {
        "transaction": found,
        "candidates": candidates[:MOST_CANDIDATES],
        "days": TRANSFER_DAYS,
        "other_side": _other_side(found),
        "can_link": found.kind in COUNTERPART and found.linked_transaction_id is None,
    }
    return render(request, "transactions/transaction_link.html", context)


def _other_side(found: Transaction) -> str:
    """What is known of it, as a query for the form that adds it."""
    if found.kind not in COUNTERPART:
        return ""
    known = {
        "transaction_type": COUNTERPART[found.kind].value,
        "date": found.trade_date.isoformat(),
        "ticker": found.instrument_id or "",
        "quantity": "" if found.quantity is None else f"{found.quantity.normalize(EXACT):f}",
        "currency": found.currency,
    }
    return f"?{urlencode({name: value for name, value in known.items() if value})}"


@require_POST
def transaction_unlink(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_owned(request), pk=pk)
    ledger.unlink(found)
    messages.success(request, "The two sides are no longer linked.")
    return redirect("transactions:transaction", pk=pk)


def _owned(request: PageRequest) -> QuerySet[Transaction]:
    """The user's transactions with what their pages show, but never the bytes of their files."""
    return Transaction.objects.owned_by(request.user.pk).select_related("account", "instrument")


def _candidates(request: PageRequest, leg: Transaction) -> QuerySet[Transaction]:
    """Unlinked opposite legs of the same thing, from any of the user's accounts."""
    if leg.kind not in COUNTERPART or leg.linked_transaction_id is not None:
        return _owned(request).none()
    around = timedelta(days=TRANSFER_DAYS)
    found = _owned(request).filter(
        transaction_type=COUNTERPART[leg.kind].value,
        instrument=leg.instrument,
        linked_transaction=None,
        transaction_date__range=(leg.transaction_date - around, leg.transaction_date + around),
    )
    return found.order_by("-transaction_date", "-pk")


def _without_cursor(query: QueryDict) -> str:
    """The chosen filters as they stand in links to the next page."""
    kept = query.copy()
    for name in ("before", "after"):
        kept.pop(name, None)
    return "".join(f"{part}&" for part in kept.urlencode().split("&") if not part.endswith("="))
