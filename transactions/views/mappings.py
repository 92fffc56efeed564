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
from pricing.requests import PageRequest, posted, whole_number
from transactions import ingest, mappings, previews, tasks
from transactions.forms.mapping import MappingForm
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, Rejected, Stated
from transactions.importers.guessing import (
    ROWS_LOOKED_AT,
    Table,
    find_table,
    first_rows,
    possible_headers,
)
from transactions.importers.layouts import Layout
from transactions.importers.mapped import Mapped
from transactions.kept_files import ColumnMapping, UnknownFile
from transactions.kinds import KIND_LABELS
from transactions.models import Import

ROWS_SHOWN = 5
OUTCOMES_SHOWN = 12
# Of the rows behind these, so many that are not understood.
REJECTS_SHOWN = 8
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
    form = _form(request, file, source)
    is_valid = form.is_valid()
    if is_valid and "save" in request.POST:
        if not _is_of_others(request, form):
            return _import(request, file, form)
        form.add_error("name", "A mapping of other columns has this name.")
    return _render(request, "mapping_new", form, source, {"file": file})


def _form(request: PageRequest, file: UnknownFile, source: Source) -> MappingForm:
    """What was chosen, or the guess as if it had been chosen: it is shown with what comes of it."""
    line = request.POST.get("line", "")
    table = find_table(source, line=whole_number(line)) or find_table(source)
    assert table is not None, "only tables are kept"
    headers = possible_headers(source)
    if request.POST and line == request.POST.get("columns_of", ""):
        return MappingForm(request.POST, table, headers=headers)
    name = request.POST.get("name") or file.account_name or PurePath(file.file_name).stem[:80]
    guessed = MappingForm(None, table, name=name, currency=file.currency, headers=headers)
    return MappingForm(guessed.as_posted(), table, headers=headers)


def _render(
    request: PageRequest,
    page: str,
    form: MappingForm,
    source: Source | None,
    context: dict[str, object],
) -> HttpResponse:
    """The form with the first rows of the file and what they become; only that for HTMX."""
    context |= {"form": form, "table": form.table, "rows": form.table.rows[:ROWS_SHOWN]}
    if source is not None and form.is_bound and form.is_valid():
        try:
            context["trial"] = _tried(source.again(), form)
        except ImporterError as error:
            form.add_error(None, str(error))
    part = "#mapping" if request.htmx else ""
    return render(request, f"transactions/{page}.html{part}", context)


def _tried(source: Source, form: MappingForm) -> dict[str, object]:
    """The outcomes of the first rows, and how many there are of each kind."""
    mapped = Mapped("", form.cleaned_data["name"], form.layout())
    read = (one for one in mapped.parse(source) if not isinstance(one, Stated))
    outcomes: list[Outcome] = list(islice(read, ROWS_TRIED))
    counts = Counter(_verdict(one) for one in outcomes)
    later = [one for one in outcomes[OUTCOMES_SHOWN:] if isinstance(one, Rejected)]
    shown = [*outcomes[:OUTCOMES_SHOWN], *later[:REJECTS_SHOWN]]
    return {
        "outcomes": [(_verdict(one), _label(one), one) for one in shown],
        "counts": dict(counts),
        # A row may be several transactions.
        "rows": len({one.line for one in outcomes}),
        "is_part": len(outcomes) == ROWS_TRIED,
    }


def _verdict(outcome: Outcome) -> str:
    if isinstance(outcome, ParsedTransaction):
        return "imported"
    return "ignored" if isinstance(outcome, Ignored) else "rejected"


def _label(outcome: Outcome) -> str:
    return KIND_LABELS[outcome.kind] if isinstance(outcome, ParsedTransaction) else ""


def _is_of_others(request: PageRequest, form: MappingForm) -> bool:
    """Whether the name is that of a mapping of another header, which would be lost."""
    named = ColumnMapping.objects.filter(owner=request.user, name=form.cleaned_data["name"])
    own = mappings.header_hash(form.table.header.cells)
    return named.exclude(header_hash=own).exists()


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
            format=mappings.format_of(mapping),
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
    """Correct a mapping, looking at the last file that was read with it: imports from now on follow it."""
    found = get_object_or_404(ColumnMapping.objects.filter(owner=request.user), pk=pk)
    try:
        layout = mappings.importer_of(found).layout
    except ImporterError as error:
        messages.error(request, str(error))
        return redirect("transactions:mappings")
    last = _last_import(found)
    source = None if last is None else ingest.source_of(last)
    table = _table_of(layout, source)
    form = MappingForm(posted(request), table, layout=layout, name=found.name)
    if not form.is_bound:
        form = MappingForm(form.as_posted(), table, layout=layout)
    if "save" in request.POST and form.is_valid():
        taken = ColumnMapping.objects.filter(owner=request.user, name=form.cleaned_data["name"])
        if not taken.exclude(pk=pk).exists():
            return _change(request, found, form, last)
        form.add_error("name", "Another mapping has this name.")
    context: dict[str, object] = {"mapping": found, "last": last}
    return _render(request, "mapping", form, source, context)


def _last_import(mapping: ColumnMapping) -> Import | None:
    read = Import.objects.filter(
        account__owner=mapping.owner_id, format=mappings.format_of(mapping)
    )
    return read.order_by("-pk").first()


def _table_of(layout: Layout, source: Source | None) -> Table:
    """The table below the header of a mapping in a file; no rows where there is no file any more."""
    header = None if source is None else source.find_header(Mapped("", "", layout).is_header)
    if source is None or header is None:
        return Table(Header(list(layout.header), 1, ","), [])
    try:
        return Table(header, first_rows(source, header, ROWS_LOOKED_AT), source)
    except ImporterError:
        # The preview of that file says what is wrong with it.
        return Table(header, [])


def _change(
    request: PageRequest, mapping: ColumnMapping, form: MappingForm, last: Import | None
) -> HttpResponse:
    mapping.name, mapping.layout = form.cleaned_data["name"], form.layout().as_json()
    mapping.save()
    messages.success(request, f"The mapping “{mapping.name}” is changed.")
    if last is not None and last.status == Import.Status.PREVIEW:
        return redirect("transactions:import-preview", pk=last.pk)
    return redirect("transactions:mappings")


@require_POST
def mapping_delete(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ColumnMapping.objects.filter(owner=request.user), pk=pk)
    found.delete()
    messages.success(request, f"The mapping “{found.name}” is deleted.")
    return redirect("transactions:mappings")
