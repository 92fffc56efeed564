"""Accounts and transactions as JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema
from ninja.errors import HttpError

from pricing.requests import PageRequest
from transactions.answers import Answer, Day, Exact, Name, accounts_of, answers
from transactions.forms.filters import TransactionFilter
from transactions.kinds import Kind
from transactions.listing import PAGE_SIZE, Cursor, ledger_page
from transactions.models import Account, Transaction
from transactions.templatetags.ledger import has_amount

MOST_ROWS = 500

router = Router(tags=["ledger"])


class AccountAnswer(Answer):
    id: int
    name: str
    currency: str
    time_zone: str
    tracks_cash: bool


class AccountsAnswer(Answer):
    accounts: list[AccountAnswer]


@router.get("/accounts", response=answers(AccountsAnswer), url_name="accounts")
def accounts(request: PageRequest) -> AccountsAnswer:
    """The accounts that everything else hangs on."""
    found = Account.objects.owned_by(request.user.pk)
    return AccountsAnswer(accounts=[AccountAnswer.model_validate(account) for account in found])


class TransactionAnswer(Answer):
    """A row of the ledger. ``day`` is that in the account's time zone."""

    id: int
    account: int
    day: date
    at: datetime | None = Field(description="The instant, where the time of day is known.")
    type: Kind
    ticker: str | None
    quantity: Exact | None
    price: Exact | None
    amount: Exact | None = Field(description="Before fee and tax.")
    currency: str
    fee: Exact
    fee_currency: str
    tax: Exact
    fx_rate: Exact | None = Field(description="Account currency per unit, if the file says so.")
    description: str
    external_id: str
    linked_transaction: int | None
    import_id: int | None
    file: str
    line: int | None
    missing: list[str] = Field(description="“amount” where nobody knows it.")


class TransactionsAnswer(Answer):
    """Newest first; ``older`` and ``newer`` are what to send as ``before`` and ``after``."""

    transactions: list[TransactionAnswer]
    newer: str | None
    older: str | None


class TransactionsQuestion(Schema):
    account: int | None = None
    type: Kind | None = None
    since: Day | None = None
    until: Day | None = None
    search: Name = Field("", description="Ticker, name, ISIN or description.")
    before: str = Field("", description="Rows older than this cursor.")
    after: str = Field("", description="Rows newer than this cursor.")
    limit: int = Field(PAGE_SIZE, ge=1, le=MOST_ROWS)


@router.get("/transactions", response=answers(TransactionsAnswer), url_name="transactions")
def transactions(request: PageRequest, asked: Query[TransactionsQuestion]) -> TransactionsAnswer:
    """The ledger a page at a time, newest first, with the filters of the page."""
    wanted = [account.pk for account in accounts_of(request, asked.account)]
    form = TransactionFilter(request.GET, request.user)
    if not form.is_valid():
        raise HttpError(422, _sentences(form))
    _check(asked)
    page = ledger_page(
        wanted, form.condition(), before=asked.before, after=asked.after, size=asked.limit
    )
    return TransactionsAnswer(
        transactions=[_row(row) for row in page.rows],
        newer=None if page.newer is None else str(page.newer),
        older=None if page.older is None else str(page.older),
    )


@router.get("/transactions/{int:pk}", response=answers(TransactionAnswer), url_name="transaction")
def transaction(request: PageRequest, pk: int) -> TransactionAnswer:
    """One row, as lots and disposals name it."""
    owned = Transaction.objects.owned_by(request.user.pk)
    return _row(get_object_or_404(owned, pk=pk))


def _sentences(form: TransactionFilter) -> str:
    return " ".join(
        f"{name}: {sentence}" for name, found in form.errors.items() for sentence in found
    )


def _check(asked: TransactionsQuestion) -> None:
    """A page takes a cursor that it cannot read for none; a program would read the same rows twice."""
    for name, text in (("before", asked.before), ("after", asked.after)):
        if text and Cursor.parse(text) is None:
            raise HttpError(422, f"{name}: “{text}” is not what an answer called older or newer.")


def _row(row: Transaction) -> TransactionAnswer:
    return TransactionAnswer(
        id=row.pk,
        account=row.account_id,
        day=row.trade_date,
        at=row.transaction_date.astimezone(UTC) if row.has_time else None,
        type=row.kind,
        ticker=row.instrument_id,
        quantity=row.quantity,
        price=row.price,
        amount=row.total_amount,
        currency=row.currency,
        fee=row.fee,
        fee_currency=row.fee_currency or row.currency,
        tax=row.tax,
        fx_rate=row.fx_rate,
        description=row.raw_description,
        external_id=row.external_id,
        linked_transaction=row.linked_transaction_id,
        import_id=row.source_id,
        file=row.source_file,
        line=row.source_line,
        missing=["amount"] if row.total_amount is None and has_amount(row) else [],
    )
