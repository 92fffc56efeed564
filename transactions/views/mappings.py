"""Files of formats that nobody wrote: their owner says which column is what, and sees what comes of it."""

from __future__ import annotations

import zlib
from collections import Counter
from itertools import islice
from pathlib import PurePath

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from pricing.readers import Header, ImporterError, Source, printable
from pricing.requests import PageRequest, posted
from transactions import ingest, mappings, previews, tasks
from transactions.forms.mapping import MappingForm
from transactions.importers.base import Ignored, Outcome, ParsedTransaction
from transactions.importers.guessing import Table, find_table
from transactions.importers.mapped import Mapped
from transactions.models import KIND_LABELS, ColumnMapping, UnknownFile

ROWS_SHOWN = 5
OUTCOMES_SHOWN = 12
# Enough to see whether it is right; the preview of the import reads them all.
ROWS_TRIED = 1_000


def keep(
    request: PageRequest, file_name: str, data: bytes, account: str, currency: str
) -> UnknownFile:
    """An uploaded table whose columns are to be mapped. Raises ImporterError where it is no table."""
    if find_table(Source(file_name, data)) is None:
        raise ImporterError(
            "The format is not known, and it is no table either: no line of at least three cells "
            "could be the names of its columns."
        )
    return UnknownFile.objects.create(
        owner=request.user,
        file_name=printable(PurePath(file_name).name)[:255],
        content=zlib.compress(data, ingest.COMPRESSION),
        account_name=account[:80],
        currency=currency,
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def unknown_file(request: PageRequest, pk: int) -> HttpResponse:
    """The table, what its columns probably are, and what they would become."""
    file = get_object_or_404(UnknownFile.objects.filter(owner=request.user), pk=pk)
    source = Source(file.file_name, file.original())
    table = find_table(source)
    assert table is not None, "only tables are kept"
    name = file.account_name or PurePath(file.file_name).stem[:80]
    form = MappingForm(posted(request), table, name=name, currency=file.currency)
    if not form.is_bound:
        # The guess is shown with what would come of it.
        form = MappingForm(form.as_posted(), table)
    is_valid = form.is_valid()
    if is_valid and "save" in request.POST:
        return _import(request, file, form)
    context = {"file": file, "form": form, "table": table, "rows": table.rows[:ROWS_SHOWN]}
    if is_valid:
        try:
            context["trial"] = _tried(source, form)
        except ImporterError as error:
            form.add_error(None, str(error))
    part = "#mapping" if request.htmx else ""
    return render(request, f"transactions/mapping_new.html{part}", context)


def _tried(source: Source, form: MappingForm) -> dict[str, object]:
    """The outcomes of the first rows, and how many there are of each kind."""
    outcomes: list[Outcome] = list(
        islice(Mapped("", form.cleaned_data["name"], form.layout()).parse(source), ROWS_TRIED)
    )
    counts = Counter(_verdict(one) for one in outcomes)
    return {
        "outcomes": [(_verdict(one), _label(one), one) for one in outcomes[:OUTCOMES_SHOWN]],
        "counts": dict(counts),
        "rows": len(outcomes),
        "is_part": len(outcomes) == ROWS_TRIED,
    }


def _verdict(outcome: Outcome) -> str:
    if isinstance(outcome, ParsedTransaction):
        return "imported"
    return "ignored" if isinstance(outcome, Ignored) else "rejected"


def _label(outcome: Outcome) -> str:
    return KIND_LABELS[outcome.kind] if isinstance(outcome, ParsedTransaction) else ""


def _import(request: PageRequest, file: UnknownFile, form: MappingForm) -> HttpResponse:
    """Keep the mapping and go on as with every other file."""
    mapping = mappings.save(request.user, form.cleaned_data["name"], form.layout())
    data = file.original()
    try:
        staged = ingest.stage(
            request.user,
            file.file_name,
            data,
            account_name=file.account_name or None,
            format=mappings.importer_of(mapping).format,
            currency=file.currency or None,
        )
    except ImporterError as error:
        messages.error(request, str(error))
        return redirect("transactions:unknown-file", pk=file.pk)
    if previews.is_large(data):
        tasks.queue_preview(staged)
    file.delete()
    messages.success(request, f"The mapping “{mapping.name}” is kept for files with these columns.")
    return redirect("transactions:import-preview", pk=staged.pk)


@require_POST
def unknown_file_discard(request: PageRequest, pk: int) -> HttpResponse:
    get_object_or_404(UnknownFile.objects.filter(owner=request.user), pk=pk).delete()
    return redirect("transactions:import-upload")


@require_safe
def all_mappings(request: PageRequest) -> HttpResponse:
    found = ColumnMapping.objects.filter(owner=request.user)
    return render(request, "transactions/mappings.html", {"mappings": found})


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def mapping(request: PageRequest, pk: int) -> HttpResponse:
    """Correct a mapping without a file: imports from now on follow it."""
    found = get_object_or_404(ColumnMapping.objects.filter(owner=request.user), pk=pk)
    layout = mappings.importer_of(found).layout
    table = Table(Header(list(layout.header), 1, ","), [])
    form = MappingForm(posted(request), table, layout=layout, name=found.name)
    if "save" in request.POST and form.is_valid():
        found.name, found.layout = form.cleaned_data["name"], form.layout().as_json()
        taken = ColumnMapping.objects.filter(owner=request.user, name=found.name).exclude(pk=pk)
        if taken.exists():
            form.add_error("name", "Another mapping has this name.")
        else:
            found.save()
            messages.success(request, f"The mapping “{found.name}” is changed.")
            return redirect("transactions:mappings")
    part = "#mapping" if request.htmx else ""
    return render(request, f"transactions/mapping.html{part}", {"mapping": found, "form": form})


@require_POST
def mapping_delete(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ColumnMapping.objects.filter(owner=request.user), pk=pk)
    found.delete()
    messages.success(request, f"The mapping “{found.name}” is deleted.")
    return redirect("transactions:mappings")
