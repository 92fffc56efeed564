"""What the columns of one row of the ledger show."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from transactions.importers import IMPORTERS
from transactions.importers.mapped import PREFIX
from transactions.kinds import ACQUISITIONS, INCOME_IN_KIND, Kind
from transactions.models import Import, Transaction

register = template.Library()

# Colour only groups them; the word says what it is.
TONES = {
    **dict.fromkeys(ACQUISITIONS, "info"),
    **dict.fromkeys((Kind.DIVIDEND, Kind.INTEREST, *INCOME_IN_KIND), "ok"),
    **dict.fromkeys((Kind.FEE, Kind.TAX), "warn"),
}
IMPORT_TONES = {
    Import.Status.PREVIEW: "info",
    Import.Status.QUEUED: "info",
    Import.Status.IMPORTED: "ok",
    Import.Status.FAILED: "bad",
}
VERDICT_TONES = {
    "imported": "ok",
    "likely_duplicate": "warn",
    "conflict": "bad",
    "rejected": "bad",
}
BROKERS = {importer.format: importer.broker for importer in IMPORTERS}
BROKERS["generic-csv"] = "the documented CSV"
MOVES_UNITS_ONLY = frozenset({Kind.TRANSFER_OUT, Kind.FEE})


@register.filter
def kind_badge(row: Transaction) -> SafeString:
    tone = TONES.get(row.kind, "")
    return format_html('<span class="badge {}">{}</span>', tone, row.get_transaction_type_display())


@register.filter
def status_badge(record: Import) -> SafeString:
    tone = IMPORT_TONES.get(Import.Status(record.status), "")
    return format_html('<span class="badge {}">{}</span>', tone, record.get_status_display())


@register.filter
def format_name(format: str) -> str:
    """How a file was read, for people: "DEGIRO account" of degiro-account."""
    if format.startswith(PREFIX):
        return "your mapping"
    broker, words = BROKERS.get(format, format), format.split("-")
    for place in range(1, len(words) + 1):
        if "".join(words[:place]) == broker.replace(" ", "").lower():
            return " ".join([broker, *words[place:]])
    if format not in BROKERS or format == "generic-csv":
        return broker
    return f"{broker} ({format})"


@register.filter
def verdict_tone(verdict: str) -> str:
    return VERDICT_TONES.get(verdict, "")


@register.filter
def has_amount(row: Transaction) -> bool:
    """Whether the row is about money, so that an empty amount means that it is unknown."""
    if row.total_amount is not None:
        return True
    if row.kind is Kind.SPLIT:
        return False
    if row.instrument_id and row.kind in MOVES_UNITS_ONLY:
        return False
    # The other leg brings the cost along.
    return not (row.kind is Kind.TRANSFER_IN and row.linked_transaction_id)
