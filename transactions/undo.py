"""Take back an import: its rows go, positions follow, in one database transaction."""

from datetime import UTC, date, datetime

from django.db import transaction
from django.db.models import Min

from transactions.cancelling import link_cancelled
from transactions.ledger import forget_links
from transactions.models import Account, Import, Transaction
from transactions.signals import announce


class NotUndoable(Exception):
    """The import has no rows in the ledger; the message says why."""


def undo_import(record: Import) -> int:
    """Delete the rows of an import and rebuild what rested on them; returns how many rows.

    The file and what became of its rows stay in the history. Raises NotUndoable unless the import
    is in the ledger.
    """
    with transaction.atomic():
        account = Account.objects.lock(record.account_id)
        locked = Import.objects.defer("content").select_for_update().get(pk=record.pk)
        if locked.status != Import.Status.IMPORTED:
            raise NotUndoable(
                f"{locked.file_name} is {locked.get_status_display().lower()}; "
                "only an import in the ledger can be undone."
            )
        rows = Transaction.objects.filter(source=locked)
        changes: dict[str | None, date] = dict(
            rows.values_list("instrument").annotate(Min("trade_date")).order_by()
        )
        elsewhere = forget_links(rows)
        # The other leg may be in this account too: another ticker, from another file.
        for ticker, day in elsewhere.pop(account, {}).items():
            changes[ticker] = min(changes.get(ticker, day), day)
        count: int = rows.count()
        # Without Django's collector: the only dependants are derived rows that are rebuilt below.
        rows._raw_delete(rows.db)
        # A cancellation whose trade is gone may mean another one that is alike.
        for ticker, day in link_cancelled(account).items():
            changes[ticker] = min(changes.get(ticker, day), day)
        locked.stated_balances.all().delete()
        locked.status, locked.finished_at = Import.Status.UNDONE, datetime.now(UTC)
        locked.save(update_fields=["status", "finished_at"])
        if changes:
            announce(account, changes)
        for other, other_changes in elsewhere.items():
            announce(other, other_changes)
    return count
