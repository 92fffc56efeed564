"""The writer of single rows: what a person adds, changes, deletes or links by hand.

Each function runs in one database transaction, takes the account's lock and tells the receivers of
``ledger_changed``, so that positions follow at once. Files go through ``transactions.ingest``.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q

from pricing.models import Instrument
from pricing.money import ZERO
from transactions import linking
from transactions.kinds import INCOME_IN_KIND, Kind
from transactions.models import Account, Transaction, TransactionQuerySet
from transactions.signals import announce

Changes = dict[Account, dict[str | None, date]]
NEEDS_UNITS = frozenset({Kind.BUY, Kind.SELL, Kind.SPLIT, *INCOME_IN_KIND})
TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
# The days that files may hold, too; a typing error in the year would be told as centuries of history.
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """The fields of a transaction that a person may set; see ``transactions.models.Transaction``."""

    transaction_date: datetime
    transaction_type: str
    currency: str
    has_time: bool = True
    instrument: Instrument | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    total_amount: Decimal | None = None
    fee: Decimal = ZERO
    fee_currency: str = ""
    tax: Decimal = ZERO
    fx_rate: Decimal | None = None
    raw_description: str = ""


def add_transaction(account: Account, row: LedgerRow) -> Transaction:
    """Enter a row by hand. Raises ValidationError with the fields that cannot stand."""
    validate(row)
    with transaction.atomic():
        account = Account.objects.lock(account.pk)
        new = Transaction(account=account)
        _fill(new, row)
        new.occurrence = _free_occurrence(new)
        new.save(force_insert=True)
        announce(account, {new.instrument_id: new.trade_date})
    return new


def edit_transaction(existing: Transaction, row: LedgerRow) -> Transaction:
    """Change a row, imported or not; it keeps its file and line.

    Raises ValidationError with the fields that cannot stand.
    """
    validate(row)
    with transaction.atomic():
        account = Account.objects.lock(existing.account_id)
        changed = Transaction.objects.select_for_update().get(pk=existing.pk)
        changes: Changes = defaultdict(dict)
        _note(changes, account, changed)
        identity = _identity(changed)
        kind = changed.kind
        _fill(changed, row)
        if _identity(changed) != identity:
            changed.occurrence = _free_occurrence(changed)
        _follow_link(changes, changed, kind)
        changed.save()
        _note(changes, account, changed)
        _tell(changes)
    return changed


def delete_transactions(account: Account, ids: Collection[int]) -> int:
    """Delete rows of one account; returns how many there were."""
    with transaction.atomic():
        account = Account.objects.lock(account.pk)
        rows = Transaction.objects.filter(account=account, pk__in=ids)
        changes: Changes = defaultdict(dict)
        for row in rows:
            _note(changes, account, row)
        for other, days in forget_links(rows).items():
            for ticker, day in days.items():
                _keep_first(changes[other], ticker, day)
        count: int = rows.count()
        rows._raw_delete(rows.db)
        _tell(changes)
    return count


def link_transfer(out: Transaction, into: Transaction) -> None:
    """Make two rows the legs of one event: the lots of a transfer then keep cost and date.

    Raises ValidationError when they are no pair.
    """
    with transaction.atomic():
        Account.objects.lock(out.account_id)
        pair = list(
            Transaction.objects.select_related("account")
            .filter(pk__in=(out.pk, into.pk))
            .select_for_update(of=("self",))
        )
        if len(pair) != 2:
            raise ValidationError("One of the two rows is gone; reload the page.")
        linking.join(*pair)
        _tell_about(pair)


def unlink(leg: Transaction) -> None:
    """Make the legs of a linked event independent rows again."""
    with transaction.atomic():
        Account.objects.lock(leg.account_id)
        # By what is stored now, which may not be what the caller read.
        pair = list(
            Transaction.objects.select_related("account").filter(
                Q(pk=leg.pk) | Q(linked_transaction=leg.pk)
            )
        )
        Transaction.objects.filter(pk__in=[one.pk for one in pair]).update(linked_transaction=None)
        _tell_about(pair)


def forget_links(rows: TransactionQuerySet) -> Changes:
    """Free the other legs of rows about to be deleted; returns the first changed day of each."""
    going = rows.values("pk")
    others = Transaction.objects.filter(linked_transaction__in=going).exclude(pk__in=going)
    changes: Changes = defaultdict(dict)
    for other in others.select_related("account"):
        _note(changes, other.account, other)
    others.update(linked_transaction=None)
    return changes


def _follow_link(changes: Changes, changed: Transaction, kind: Kind) -> None:
    """Lots of the other leg rest on this row; a row of another kind is no leg of it any more."""
    if changed.linked_transaction_id is None:
        return
    other = Transaction.objects.select_related("account").get(pk=changed.linked_transaction_id)
    _note(changes, other.account, other)
    if changed.kind is not kind:
        changed.linked_transaction = None
        # What a reversal takes back is still the leg of its own event.
        if other.linked_transaction_id == changed.pk:
            other.linked_transaction = None
            other.save(update_fields=["linked_transaction"])


def _fill(row: Transaction, values: LedgerRow) -> None:
    row.transaction_date = values.transaction_date
    row.trade_date = row.account.day_of(values.transaction_date)
    row.has_time = values.has_time
    row.transaction_type = values.transaction_type
    row.instrument = values.instrument
    row.quantity, row.price = values.quantity, values.price
    row.total_amount, row.currency = values.total_amount, values.currency
    row.fee, row.fee_currency, row.tax = values.fee, values.fee_currency, values.tax
    row.fx_rate = values.fx_rate
    row.raw_description = values.raw_description


def validate(row: LedgerRow) -> None:
    kind = Kind(row.transaction_type)
    errors = _unit_errors(kind, row)
    if not EARLIEST_YEAR <= row.transaction_date.year <= LATEST_YEAR:
        errors["transaction_date"] = f"The year must be one from {EARLIEST_YEAR} on."
    if row.price is not None and row.price < 0:
        errors["price"] = "The price must not be negative."
    if row.total_amount is not None and row.total_amount < 0 and kind in {Kind.BUY, Kind.SELL}:
        errors["total_amount"] = "The amount of a trade is positive; the type tells the direction."
    if row.fx_rate is not None and row.fx_rate <= 0:
        errors["fx_rate"] = "The exchange rate must be above zero."
    if not 2 <= len(row.currency) <= 12:
        errors["currency"] = "Give a currency code such as EUR."
    if errors:
        raise ValidationError(errors)


def _unit_errors(kind: Kind, row: LedgerRow) -> dict[str, str]:
    errors: dict[str, str] = {}
    if kind in NEEDS_UNITS and row.instrument is None:
        errors["instrument"] = f"Say which instrument this {kind.value} is of."
    moves_units = kind in NEEDS_UNITS or (kind in TRANSFERS and row.instrument is not None)
    if row.quantity is None:
        if moves_units:
            errors["quantity"] = f"Say how many units this {kind.value} moved."
    elif not row.quantity or (row.quantity < 0 and kind is not Kind.SPLIT):
        errors["quantity"] = "The quantity must be above zero; the type tells the direction."
    return errors


def _identity(row: Transaction) -> tuple[object, ...]:
    return (row.transaction_date, row.instrument_id, row.quantity, row.transaction_type)


def _free_occurrence(row: Transaction) -> int:
    """The next number among rows that are equal in all of uix_transaction_unique but this."""
    twins = Transaction.objects.filter(
        account=row.account_id,
        transaction_date=row.transaction_date,
        transaction_type=row.transaction_type,
    ).exclude(pk=row.pk)
    twins = (
        twins.filter(instrument__ticker=row.instrument_id)
        if row.instrument_id
        else twins.filter(instrument__isnull=True)
    )
    twins = (
        twins.filter(quantity__isnull=True)
        if row.quantity is None
        else twins.filter(quantity=row.quantity)
    )
    return (twins.aggregate(last=Max("occurrence"))["last"] or 0) + 1


def _note(changes: Changes, account: Account, row: Transaction) -> None:
    _keep_first(changes[account], row.instrument_id, row.trade_date)


def _keep_first(days: dict[str | None, date], ticker: str | None, day: date) -> None:
    days[ticker] = min(days.get(ticker, day), day)


def _tell(changes: Changes) -> None:
    for account, days in changes.items():
        announce(account, days)


def _tell_about(pair: Collection[Transaction]) -> None:
    changes: Changes = defaultdict(dict)
    for one in pair:
        _note(changes, one.account, one)
    _tell(changes)
