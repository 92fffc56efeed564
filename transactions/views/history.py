"""What was imported: the history, one import, a line of its file, the file, and undoing it."""

from __future__ import annotations

import io
from itertools import islice
from typing import NamedTuple

from django.contrib import messages
from django.db.models import Count, Q
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from pricing.readers import Source
from pricing.requests import PageRequest, whole_number
from pricing.workbooks import file_of
from transactions import tasks
from transactions.ingest import source_of
from transactions.kept_files import UnknownFile
from transactions.listing import Page, ledger_page
from transactions.models import Import, Transaction
from transactions.undo import NotUndoable, undo_import
from transactions.views.decisions import owned_imports

IMPORTS_PER_PAGE = 50
NEIGHBOURS = 3
# A file without line breaks would be one line of megabytes.
LONGEST_LINE = 4_000
FIRST_ROWS = 20


class Line(NamedTuple):
    number: int
    text: str
    is_wanted: bool


@require_safe
@vary_on_headers("HX-Request")
def imports(request: PageRequest) -> HttpResponse:
    waiting = owned_imports(request).filter(status=Import.Status.PREVIEW)
    done = owned_imports(request).exclude(status=Import.Status.PREVIEW)
    start = whole_number(request.GET.get("from"))
    shown = list(done[start : start + IMPORTS_PER_PAGE + 1])
    context = {
        "waiting": waiting,
        "unknown": UnknownFile.objects.filter(owner=request.user).defer("content"),
        "imports": shown[:IMPORTS_PER_PAGE],
        "older": start + IMPORTS_PER_PAGE if len(shown) > IMPORTS_PER_PAGE else None,
        "newer": max(0, start - IMPORTS_PER_PAGE) if start else None,
    }
    return render(request, "transactions/imports.html", context)


@require_safe
@vary_on_headers("HX-Request")
def import_detail(request: PageRequest, pk: int) -> HttpResponse:
    record = get_object_or_404(owned_imports(request), pk=pk)
    page = Page([])
    if record.status == Import.Status.IMPORTED:
        page = _rows_of(record, request)
    is_queued = record.status == Import.Status.QUEUED
    context = {
        "record": record,
        "page": page,
        "progress": tasks.progress(record) if is_queued else "",
    }
    part = "#state" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"transactions/import_detail.html{part}", context)


@require_safe
@vary_on_headers("HX-Request")
def import_line(request: PageRequest, pk: int, line: int) -> HttpResponse:
    record = get_object_or_404(owned_imports(request), pk=pk)
    lines = lines_around(source_of(Import.objects.only("content", "file_name").get(pk=pk)), line)
    context = {
        "record": record,
        "line": line,
        "lines": lines,
        "transactions": Transaction.objects.filter(source=pk, source_line=line).select_related(
            "account", "instrument"
        ),
        "rejects": [reject for reject in record.rejects if reject["line"] == line],
        "remarks": [remark for remark in record.remarks if remark["line"] == line],
    }
    part = "#lines" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"transactions/import_line.html{part}", context)


@require_safe
def import_original(request: PageRequest, pk: int) -> FileResponse:
    """The bytes as they were uploaded; always a download, never shown as a page of ours."""
    record = get_object_or_404(owned_imports(request), pk=pk)
    content = Import.objects.only("content").get(pk=pk).original()
    return FileResponse(
        io.BytesIO(content),
        as_attachment=True,
        filename=file_of(record.file_name),
        content_type="application/octet-stream",
    )


@require_http_methods(["GET", "POST"])
def import_undo(request: PageRequest, pk: int) -> HttpResponse:
    record = get_object_or_404(owned_imports(request), pk=pk)
    if request.method == "POST":
        try:
            count = undo_import(record)
        except NotUndoable as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"{record.file_name} is undone: {count:,} rows are gone.")
        return redirect("transactions:import-detail", pk=pk)
    rows = Transaction.objects.filter(source=record.pk).aggregate(count=Count("pk"))
    return render(
        request, "transactions/import_undo.html", {"record": record, "count": rows["count"]}
    )


def lines_around(source: Source, line: int) -> list[Line]:
    """The line of the file and its neighbours, counted as the importers count them."""
    stream = io.TextIOWrapper(
        io.BytesIO(source.data), encoding=source.encoding, errors="replace", newline=""
    )
    first = max(1, line - NEIGHBOURS)
    return [
        Line(number, text.rstrip("\r\n")[:LONGEST_LINE], number == line)
        for number, text in enumerate(islice(stream, first - 1, line + NEIGHBOURS), start=first)
    ]


def _rows_of(record: Import, request: PageRequest) -> Page:
    return ledger_page(
        [record.account_id],
        Q(source=record.pk),
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
        size=FIRST_ROWS,
    )
