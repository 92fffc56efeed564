"""What can be exported, and the ledger itself: every row in the form that ``generic-csv`` reads.

Upper apps add their tables to ``EXPORTS`` when they are ready, so that one page and one command offer
all of them. Rows are read while they are written: a million of them take no more memory than one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db.models import DecimalField, F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import Http404, QueryDict

from pricing.assets import AssetType
from pricing.money import ZERO
from transactions.downloads import Table
from transactions.forms.filters import TransactionFilter
from transactions.importers.base import AccountFacts, ParsedTransaction, Security
from transactions.importers.generic_csv import COLUMNS, Cell, as_cells
from transactions.kinds import Kind
from transactions.models import Account, Transaction

# Rows fetched at once from the server's cursor.
CHUNK = 2_000
TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})


@dataclass(frozen=True, slots=True)
class Scope:
    """What an export is about: accounts of one user, until a day, narrowed as a list's filters say."""

    owner: User
    accounts: Sequence[Account]
    on: date | None = None
    filters: QueryDict | None = None

    def named(self) -> dict[int, Account]:
        return {account.pk: account for account in self.accounts}


class Document(NamedTuple):
    """An export that is no table: the text of a file for another program."""

    title: str
    extension: str
    content_type: str
    text: Callable[[Scope], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Export:
    """One line of the export page: a table, and documents by the name of their format."""

    name: str
    title: str
    about: str
    table: Callable[[Scope], Table]
    documents: dict[str, Document] = field(default_factory=dict)


EXPORTS: dict[str, Export] = {}


def register(export: Export) -> None:
    """Offer an export on the page and to the command."""
    EXPORTS[export.name] = export


def in_ledger_order(scope: Scope) -> QuerySet[Transaction]:
    """The rows of the scope, account by account, each in the order in which its file had them.

    Equal places within a day, as rows of different files have, are settled as lots settle them
    (``portfolio.entries``), so that the numbers of this order lead to the same lots. Raises Http404
    on filters that make no sense, which would export more than was asked for.
    """
    zero = Value(ZERO, output_field=DecimalField())
    found = Transaction.objects.filter(account__in=[one.pk for one in scope.accounts])
    if scope.filters is not None:
        form = TransactionFilter(scope.filters, scope.owner)
        if not form.is_valid():
            raise Http404("There are no such filters.")
        found = found.filter(form.condition())
    if scope.on is not None:
        found = found.filter(trade_date__lte=scope.on)
    return found.order_by(
        "account__name",
        "account",
        "trade_date",
        "sequence",
        Coalesce(F("quantity"), zero),
        Coalesce(F("total_amount"), zero),
        "pk",
    )


class LedgerRow(NamedTuple):
    """The columns of a transaction that leave the installation."""

    pk: int
    account: int
    day: date
    at: datetime
    has_time: bool
    kind: str
    ticker: str | None
    isin: str | None
    name: str | None
    asset_type: str | None
    instrument_currency: str | None
    quantity: Decimal | None
    price: Decimal | None
    amount: Decimal | None
    currency: str
    fee: Decimal
    fee_currency: str
    tax: Decimal
    fx_rate: Decimal | None
    description: str
    external_id: str
    linked: int | None
    linked_account: int | None
    linked_back: int | None


_FIELDS = (
    *("pk", "account", "trade_date", "transaction_date", "has_time", "transaction_type"),
    *("instrument__ticker", "instrument__isin", "instrument__name", "instrument__asset_type"),
    *("instrument__currency", "quantity", "price", "total_amount", "currency", "fee"),
    *("fee_currency", "tax", "fx_rate", "raw_description", "external_id"),
    *("linked_transaction", "linked_transaction__account"),
    "linked_transaction__linked_transaction",
)


def ledger_rows(scope: Scope) -> Iterator[LedgerRow]:
    """Every row of the scope in ledger order, in one query and the memory of a few rows."""
    values = in_ledger_order(scope).values_list(*_FIELDS)
    return map(LedgerRow._make, values.iterator(chunk_size=CHUNK))


def transactions_table(scope: Scope) -> Table:
    return Table("transactions", COLUMNS, _transactions(scope, ledger_rows(scope)))


def _transactions(scope: Scope, rows: Iterable[LedgerRow]) -> Iterator[list[Cell]]:
    accounts = scope.named()
    facts = {
        pk: AccountFacts(account.currency, account.time_zone, account.tracks_cash)
        for pk, account in accounts.items()
    }
    securities: dict[str, Security] = {}
    order = 0
    account = 0
    for row in rows:
        order = order + 1 if row.account == account else 1
        account = row.account
        parsed = as_parsed(row, securities)._replace(
            portfolio=accounts[account].name if len(accounts) > 1 else "",
            group=_group(row, accounts),
            order=order,
        )
        yield as_cells(parsed, facts[account])


def _group(row: LedgerRow, accounts: Mapping[int, Account]) -> str:
    """The same text on both legs of an event, if both are in the file.

    Where several accounts are, a transfer of units without another leg says that it stands alone:
    else the import would look for one in the other accounts. What takes a leg back points to
    it, which is not mutual: the import finds it by its id.
    """
    if row.linked is not None and row.linked_account in accounts and row.linked_back == row.pk:
        return f"link-{min(row.pk, row.linked)}"
    stands_alone = len(accounts) > 1 and row.ticker and row.kind in TRANSFERS
    return f"alone-{row.pk}" if stands_alone else ""


def as_parsed(row: LedgerRow, securities: dict[str, Security]) -> ParsedTransaction:
    """The row as an importer would have read it; instruments are shared between rows."""
    security = None
    if row.ticker is not None:
        security = securities.get(row.ticker)
        if security is None:
            security = securities[row.ticker] = Security(
                row.ticker,
                row.isin or "",
                row.name or "",
                AssetType(row.asset_type or AssetType.OTHER),
                row.instrument_currency or "",
            )
    return ParsedTransaction(
        line=0,
        # Of a row without a time only the day counts, and that is the account's.
        when=row.at if row.has_time else datetime(row.day.year, row.day.month, row.day.day),  # noqa: DTZ001
        kind=Kind(row.kind),
        currency=row.currency,
        amount=row.amount,
        security=security,
        quantity=row.quantity,
        price=row.price,
        fee=row.fee,
        fee_currency=row.fee_currency,
        tax=row.tax,
        fx_rate=row.fx_rate,
        has_time=row.has_time,
        external_id=row.external_id,
        description=row.description,
    )


register(
    Export(
        "transactions",
        "Transactions",
        "Every row of the ledger. Imported into an empty account, the CSV gives the same positions.",
        transactions_table,
    )
)
