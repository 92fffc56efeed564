"""From the preview of a staged file to its import: look, choose, confirm or discard."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from pricing.readers import ImporterError
from pricing.requests import PageRequest, posted
from transactions import ingest, previews, tasks
from transactions.balances import BALANCE
from transactions.forms.imports import ChoicesForm
from transactions.mappings import of_format
from transactions.models import Import
from transactions.results import RejectedRows, Remark, Result, RowVerdict
from transactions.writing import VERDICTS_SHOWN

ROWS_PER_PAGE = 50
# In the order in which a person wants to know: what is wrong first.
VERDICTS = {
    "rejected": "Cannot be read",
    "conflict": "Conflicts",
    "likely_duplicate": "Likely duplicates",
    "imported": "New",
    "duplicate": "Already there",
    "ignored": "Not part of the ledger",
}


@dataclass(frozen=True)
class Summary:
    """The results of all depots of a file together."""

    results: list[Result]
    counts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, results: list[Result]) -> Summary:
        counts: Counter[str] = Counter()
        for result in results:
            counts["rows"] += result.rows
            counts["imported"] += result.imported
            counts["duplicate"] += result.duplicates
            counts["likely_duplicate"] += result.likely_duplicates
            counts["conflict"] += result.conflicts
            counts["ignored"] += result.ignored
            counts["rejected"] += result.rejected
            counts["balances_agreed"] += result.balances_agreed
            counts["balances_disagreed"] += result.balances_disagreed
            counts["balances_kept"] += result.balances_kept
        return cls(results, dict(counts))

    def verdicts(self, wanted: str) -> list[RowVerdict]:
        return [
            verdict
            for result in self.results
            for verdict in result.verdicts
            if not wanted or verdict.verdict == wanted
        ]

    def balance_remarks(self) -> list[Remark]:
        return [
            remark
            for result in self.results
            for remark in result.remarks
            if remark.verdict == BALANCE
        ]

    def tabs(self) -> list[tuple[str, str, int]]:
        """The verdicts that occur, with their names and how many rows each has."""
        return [(key, name, self.counts[key]) for key, name in VERDICTS.items() if self.counts[key]]


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def import_preview(request: PageRequest, pk: int) -> HttpResponse:
    """What the file would do. A POST changes what is asked and shows the preview that follows."""
    staged = get_object_or_404(owned_imports(request), pk=pk)
    if staged.status != Import.Status.PREVIEW:
        return redirect("transactions:import-detail", pk=pk)
    form = ChoicesForm(posted(request), instance=staged)
    if request.method == "POST" and form.is_valid():
        _remember_choices(form)
        return redirect("transactions:import-preview", pk=pk)
    found = previews.find(staged)
    if found is None and previews.is_awaited(staged):
        return _render(request, {"staged": staged, "is_awaited": True})
    if found is None:
        found = previews.work_out(staged)
    if isinstance(found, str):
        return _render(request, {"staged": staged, "refusal": found})
    context = {"staged": staged, "form": form, "mapping": of_format(request.user, staged.format)}
    return _render(request, _shown(request, Summary.of(found)) | context)


@require_POST
def import_confirm(request: PageRequest, pk: int) -> HttpResponse:
    staged = get_object_or_404(owned_imports(request), pk=pk)
    if staged.status != Import.Status.PREVIEW:
        messages.info(request, f"{staged.file_name} was decided about already.")
        return redirect("transactions:import-detail", pk=pk)
    form = ChoicesForm(request.POST, instance=staged)
    if form.is_valid():
        _remember_choices(form)
    if previews.is_large(ingest.source_of(Import.objects.get(pk=pk)).data):
        tasks.queue_import(staged)
        return redirect("transactions:import-detail", pk=pk)
    try:
        ingest.run(Import.objects.select_related("account").get(pk=pk))
    except (ImporterError, RejectedRows) as error:
        messages.error(request, str(error))
        return redirect("transactions:import-preview", pk=pk)
    messages.success(request, f"{staged.file_name} is imported.")
    return redirect("transactions:import-detail", pk=pk)


@require_POST
def import_discard(request: PageRequest, pk: int) -> HttpResponse:
    staged = get_object_or_404(owned_imports(request), pk=pk)
    # Without reading the bytes of the file, which deleting whole objects would.
    discarded, _ = Import.objects.filter(pk=pk, status=Import.Status.PREVIEW).only("pk").delete()
    if discarded:
        messages.success(request, f"{staged.file_name} is discarded; nothing was imported.")
    return redirect("transactions:imports")


def owned_imports(request: PageRequest) -> QuerySet[Import]:
    """The user's imports, without the bytes of their files."""
    return (
        Import.objects.filter(account__owner=request.user)
        .select_related("account")
        .defer("content")
    )


def _remember_choices(form: ChoicesForm) -> None:
    Import.objects.filter(pk=form.instance.pk, status=Import.Status.PREVIEW).update(
        **form.cleaned_data
    )


def _shown(request: PageRequest, summary: Summary) -> dict[str, object]:
    wanted = request.GET.get("verdict", "")
    wanted = wanted if wanted in VERDICTS else ""
    rows = Paginator(summary.verdicts(wanted), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    return {
        "summary": summary,
        "wanted": wanted,
        "rows": rows,
        "labels": VERDICTS,
        "is_cut": any(len(result.verdicts) == VERDICTS_SHOWN for result in summary.results),
    }


def _render(request: PageRequest, context: dict[str, object]) -> HttpResponse:
    part = "#preview" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"transactions/import_preview.html{part}", context)
