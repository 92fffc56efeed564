"""Uploading files: each is recognised and kept until its preview is confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from pricing.currencies import CURRENCIES
from pricing.readers import ImporterError
from pricing.requests import PageRequest, posted
from transactions import ingest, previews, tasks
from transactions.forms.imports import UploadForm, require_acceptable
from transactions.importers import IMPORTERS
from transactions.kept_files import UnknownFile
from transactions.models import Import
from transactions.parts import LeftOut, Part, UnknownTables, parts_of
from transactions.views.mappings import keep

# Files that nobody decided about make the page of imports long, and hold old private data.
PREVIEWS_KEPT = timedelta(days=1)


@require_http_methods(["GET", "POST"])
def import_upload(request: PageRequest) -> HttpResponse:
    form = UploadForm(posted(request), request.FILES or None, user=request.user)
    refusals: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        discard_old_previews(request)
        staged, refusals = _stage_all(request, form)
        if staged:
            for name, sentence in refusals:
                messages.error(request, f"{name}: {sentence}")
            if len(staged) == 1 and not refusals:
                return _next(staged[0])
            return redirect("transactions:imports")
    context = {
        "form": form,
        "refusals": refusals,
        "brokers": _brokers(),
        "currencies": sorted(CURRENCIES),
    }
    return render(request, "transactions/import_upload.html", context)


def _next(staged: Import | UnknownFile) -> HttpResponse:
    name = "import-preview" if isinstance(staged, Import) else "unknown-file"
    return redirect(f"transactions:{name}", pk=staged.pk)


def discard_old_previews(request: PageRequest) -> None:
    Import.objects.filter(
        account__owner=request.user,
        status=Import.Status.PREVIEW,
        created_at__lt=datetime.now(UTC) - PREVIEWS_KEPT,
    ).only("pk").delete()
    UnknownFile.objects.filter(
        owner=request.user, created_at__lt=datetime.now(UTC) - PREVIEWS_KEPT
    ).only("pk").delete()


def _stage_all(
    request: PageRequest, form: UploadForm
) -> tuple[list[Import | UnknownFile], list[tuple[str, str]]]:
    """Keep every file that can be read; the others are named with the reason."""
    staged: list[Import | UnknownFile] = []
    refusals: list[tuple[str, str]] = []
    for file in form.cleaned_data["uploads"]:
        try:
            for one in _stage(request, form, file):
                if isinstance(one, LeftOut):
                    refusals.append((one.name, one.reason))
                else:
                    staged.append(one)
        except ValidationError as error:
            refusals.append((file.name, " ".join(error.messages)))
        except ImporterError as error:
            refusals.append((file.name, str(error)))
    return staged, refusals


def _stage(
    request: PageRequest, form: UploadForm, file: UploadedFile[Any]
) -> Iterator[Import | UnknownFile | LeftOut]:
    """The exports in a file; tables of an unknown format wait until their columns are mapped."""
    require_acceptable(file)
    format = form.cleaned_data["format"] or None
    try:
        for part in parts_of(file.name or "file", file.read(), format, request.user):
            yield part if isinstance(part, LeftOut) else _stage_part(request, form, part, format)
    except UnknownTables as unknown:
        account, currency = form.account_to_fill() or "", form.cleaned_data["currency"]
        for table in unknown.tables:
            yield keep(request, table.name, table.data, account, currency)


def _stage_part(request: PageRequest, form: UploadForm, part: Part, format: str | None) -> Import:
    staged = ingest.stage(
        request.user,
        part.name,
        part.data,
        account_name=form.account_to_fill(),
        format=format,
        currency=form.cleaned_data["currency"] or None,
    )
    if previews.is_large(part.source.data):
        tasks.queue_preview(staged)
    return staged


def _brokers() -> list[str]:
    """Whose files are read; our own format belongs to nobody."""
    names = {one.broker for one in IMPORTERS if not one.format.startswith("generic")}
    return sorted(names, key=str.casefold)
