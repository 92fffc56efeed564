"""Data for tests: accounts, instruments and imports by the piece, ledgers as a person would note them."""

import hashlib
import zlib
from datetime import UTC, datetime
from decimal import Decimal

import factory

from pricing.models import Instrument
from transactions.kinds import Kind
from transactions.ledger import LedgerRow, add_transaction
from transactions.models import Account, Import, Transaction


class AccountFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Account

    name = factory.Sequence(lambda number: f"Broker {number}")
    currency = "EUR"


class InstrumentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Instrument
        django_get_or_create = ("ticker",)

    ticker = factory.Sequence(lambda number: f"T{number}")
    asset_type = "STOCK"
    currency = "EUR"


class ImportFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Import
        exclude = ("data",)

    data = b"Date,Type\n2024-01-05,BUY\n"
    account = factory.SubFactory(AccountFactory)
    file_name = factory.Sequence(lambda number: f"export-{number}.csv")
    sha256 = factory.LazyAttribute(lambda made: hashlib.sha256(made.data).hexdigest())
    format = "generic"
    content = factory.LazyAttribute(lambda made: zlib.compress(made.data))


def ledger(account: Account, *lines: str, **fields: object) -> list[Transaction]:
    """Enter rows by hand, so that positions follow them.

    ``ledger(account, "2024-01-05 BUY 10 AAA @ 5", "2024-02-01T09:30 DEPOSIT 100")``: the day or UTC
    instant, the type, then quantity and ticker with the price or (after ``=``) the total of a row
    about an instrument, or the amount of one about money. Amounts are in the account's currency.
    """
    return [_enter(account, line.split(), fields) for line in lines]


def _enter(account: Account, words: list[str], fields: dict[str, object]) -> Transaction:
    when, kind, number, *rest = words
    ticker, mark, figure = (*rest, None, None, None)[:3]
    quantity = Decimal(number) if ticker else None
    price = Decimal(figure) if figure and mark == "@" else None
    total = Decimal(number) if not ticker else None
    if figure and quantity is not None:
        total = quantity * price if price is not None else Decimal(figure)
    values = {
        "transaction_date": datetime.fromisoformat(when).replace(tzinfo=UTC),
        "has_time": "T" in when,
        "transaction_type": Kind(kind).value,
        "instrument": InstrumentFactory(ticker=ticker) if ticker else None,
        "quantity": quantity,
        "price": price,
        "total_amount": total,
        "currency": account.currency,
    }
    return add_transaction(account, LedgerRow(**{**values, **fields}))
