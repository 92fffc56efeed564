"""What importing a staged file would do, remembered while a person looks at it.

A preview runs the whole import and rolls it back, so it is worked out once per state of the account
and kept in the cache; that of a large file is worked out by a worker. Everything is kept by the
revision of the account, and by the last change of the mapping that reads the file, so that a preview
never shows what has meanwhile become untrue.
"""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache

from pricing.readers import ImporterError
from transactions import ingest, mappings
from transactions.models import Account, Import
from transactions.results import Result

KEPT_FOR = 24 * 3600
# As long as this a worker may take before the page works it out itself.
PATIENCE = 15 * 60
# Rows of formats without lines (one long JSON) are about this long.
BYTES_PER_ROW = 400

Preview = list[Result] | str


def is_large(data: bytes) -> bool:
    """Whether importing takes so long that it should not happen within a request."""
    rows = max(data.count(b"\n"), len(data) // BYTES_PER_ROW)
    return rows > settings.IMPORT_IN_REQUEST_ROWS


def find(staged: Import) -> Preview | None:
    """The remembered preview, if it is still true: results, or the sentence why there are none."""
    found: Preview | None = cache.get(_key(staged))
    return found


def work_out(staged: Import) -> Preview:
    """Run the import, roll it back, and remember what it would have done."""
    key = _key(staged)
    try:
        # Another instance, because the import fills it in.
        found: Preview = ingest.preview(Import.objects.select_related("account").get(pk=staged.pk))
    except ImporterError as error:
        found = str(error)
    cache.set(key, found, KEPT_FOR)
    return found


def is_awaited(staged: Import) -> bool:
    """Whether a worker was asked for the preview and may still deliver it."""
    return bool(cache.get(f"{_key(staged)}:awaited"))


def expect(staged: Import) -> None:
    """Remember that a worker was asked for the preview."""
    cache.set(f"{_key(staged)}:awaited", True, PATIENCE)


def _key(staged: Import) -> str:
    account = Account.objects.select_related("owner").get(pk=staged.account_id)
    mapping = mappings.of_format(account.owner, staged.format)
    read_with = f":{mapping.updated_at.timestamp()}" if mapping else ""
    choice = f"{staged.import_likely_duplicates:d}"
    return f"import-preview:{staged.pk}:{account.revision}:{choice}{read_with}"
