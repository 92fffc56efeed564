"""Delete an account with everything in it, in one database transaction."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.db.models import Min

from transactions.ledger import forget_links
from transactions.models import Account, Import, Transaction
from transactions.signals import announce


def delete_account(account: Account) -> None:
    """Delete the account; what rested on its rows, here and in other accounts, is rebuilt first.

    Without Django's collector, which would read a million rows into memory to delete them.
    """
    with transaction.atomic():
        account = Account.objects.lock(account.pk)
        rows = Transaction.objects.filter(account=account)
        changes: Mapping[str | None, date] = dict(
            rows.values_list("instrument").annotate(Min("trade_date")).order_by()
        )
        elsewhere = forget_links(rows)
        rows._raw_delete(rows.db)
        if changes:
            announce(account, changes)
        for other, other_changes in elsewhere.items():
            if other.pk != account.pk:
                announce(other, other_changes)
        imports = Import.objects.filter(account=account)
        imports._raw_delete(imports.db)
        account.delete()
