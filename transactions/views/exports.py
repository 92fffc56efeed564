"""The page of all exports, and the files."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pricing.requests import PageRequest
from transactions.downloads import FORMATS, respond, stream
from transactions.exports import EXPORTS
from transactions.forms.exports import ExportForm


@require_safe
def export(request: PageRequest) -> HttpResponse:
    context = {
        "form": ExportForm(None, request.user),
        "exports": EXPORTS.values(),
        "formats": FORMATS,
    }
    return render(request, "transactions/export.html", context)


@require_safe
def download(request: PageRequest) -> HttpResponseBase:
    """One file. Somebody else's account, like anything that cannot be chosen, is not found."""
    form = ExportForm(request.GET, request.user)
    if not form.is_valid():
        raise Http404("There is no such file.")
    name, format = form.wanted()
    chosen, scope = EXPORTS[name], form.scope()
    if format in chosen.documents:
        document = chosen.documents[format]
        file_name = f"{name}.{document.extension}"
        return stream(document.text(scope), file_name, document.content_type)
    return respond(chosen.table(scope), format)
