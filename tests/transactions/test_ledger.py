"""What a person adds, changes and deletes by hand; positions follow in tests/portfolio/test_rebuild.py."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from tests.factories import AccountFactory, InstrumentFactory, ledger
from transactions import ledger as module
from transactions.ledger import LedgerRow, add_transaction, delete_transactions, edit_transaction
from transactions.models import Account, Transaction
from transactions.signals import ledger_changed

NOON = datetime(2024, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def account(alice):
    return AccountFactory(owner=alice, name="Broker")


@pytest.fixture
def told():
    """What receivers hear: account name and changes."""
    heard = []

    def listen(account, changes, **_):
        heard.append((account.name, dict(changes)))

    ledger_changed.connect(listen)
    yield heard
    ledger_changed.disconnect(listen)


def values(kind="BUY", **fields):
    base = {"transaction_date": NOON, "transaction_type": kind, "currency": "EUR"}
    if kind in {"BUY", "SELL"}:
        base |= {"instrument": InstrumentFactory(ticker="AAA"), "quantity": Decimal(1)}
    return LedgerRow(**{**base, **fields})


def test_a_new_row_is_stored_and_told(account, told):
    new = add_transaction(account, values(total_amount=Decimal(5), raw_description="mine"))
    new.refresh_from_db()
    assert (new.trade_date, new.total_amount, new.raw_description) == (date(2024, 1, 5), 5, "mine")
    assert (new.source, new.source_line, new.occurrence) == (None, None, 1)
    assert told == [("Broker", {"AAA": date(2024, 1, 5)})]
    assert Account.objects.get().revision == 1


def test_the_day_of_a_row_is_that_of_its_account(account):
    Account.objects.update(time_zone="Asia/Tokyo")
    assert add_transaction(account, values(transaction_date=NOON.replace(hour=20))).trade_date == (
        date(2024, 1, 6)
    )


def test_equal_rows_by_hand_are_numbered(account):
    rows = [add_transaction(account, values()) for _ in range(3)]
    money = [add_transaction(account, values("DEPOSIT", total_amount=Decimal(5))) for _ in range(2)]
    assert [row.occurrence for row in (*rows, *money)] == [1, 2, 3, 1, 2]


def test_an_edited_row_keeps_its_number_unless_it_becomes_like_another(account):
    first, second = (add_transaction(account, values()) for _ in range(2))
    other = add_transaction(account, values(quantity=Decimal(2)))
    assert edit_transaction(second, values(price=Decimal(9))).occurrence == 2
    assert edit_transaction(other, values()).occurrence == 3
    assert edit_transaction(first, values("SELL")).occurrence == 1


def test_an_edit_tells_the_first_day_of_both_instruments(account, told):
    (row,) = ledger(account, "2024-01-05 BUY 1 AAA @ 5")
    told.clear()
    bbb = InstrumentFactory(ticker="BBB")
    later = values(instrument=bbb, transaction_date=NOON.replace(day=9))
    edit_transaction(row, later)
    edit_transaction(row, values(instrument=bbb))
    assert told == [
        ("Broker", {"AAA": date(2024, 1, 5), "BBB": date(2024, 1, 9)}),
        ("Broker", {"BBB": date(2024, 1, 5)}),
    ]


def test_deleting_tells_each_instrument_once(account, told, alice):
    rows = ledger(account, "2024-01-06 BUY 1 AAA @ 5", "2024-01-05 BUY 1 AAA @ 5")
    rows += ledger(account, "2024-01-07 DEPOSIT 5")
    (foreign,) = ledger(AccountFactory(owner=alice), "2024-01-06 DEPOSIT 5")
    told.clear()
    assert delete_transactions(account, [row.pk for row in (*rows, foreign)]) == 3
    assert told == [("Broker", {"AAA": date(2024, 1, 5), None: date(2024, 1, 7)})]
    assert list(Transaction.objects.all()) == [foreign]


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"instrument": None}, "instrument", "Say which instrument this BUY is of."),
        ({"quantity": None}, "quantity", "Say how many units this BUY moved."),
        ({"quantity": Decimal(0)}, "quantity", "The quantity must be above zero"),
        ({"quantity": Decimal(-1)}, "quantity", "The quantity must be above zero"),
        ({"price": Decimal(-1)}, "price", "The price must not be negative."),
        ({"total_amount": Decimal(-1)}, "total_amount", "The amount of a trade is positive"),
        ({"fx_rate": Decimal(0)}, "fx_rate", "The exchange rate must be above zero."),
        ({"currency": ""}, "currency", "Give a currency code such as EUR."),
        ({"transaction_date": NOON.replace(year=24)}, "transaction_date", "The year must be one"),
    ],
)
def test_what_cannot_stand_is_refused_by_field(account, fields, field, message):
    with pytest.raises(ValidationError) as refusal:
        add_transaction(account, values(**fields))
    assert list(refusal.value.message_dict) == [field]
    assert refusal.value.message_dict[field][0].startswith(message)
    assert not Transaction.objects.exists()


def test_a_transfer_of_an_instrument_needs_units_and_one_of_money_does_not(account):
    with pytest.raises(ValidationError, match="Say how many units this TRANSFER_IN moved"):
        add_transaction(account, values("TRANSFER_IN", instrument=InstrumentFactory()))
    assert add_transaction(account, values("TRANSFER_IN", total_amount=Decimal(5))).pk


def test_a_split_may_take_units_away(account):
    split = values("SPLIT", instrument=InstrumentFactory(), quantity=Decimal(-1))
    assert add_transaction(account, split).quantity == -1


def test_a_receiver_that_fails_undoes_the_change(account):
    def fail(**_):
        raise RuntimeError("no")

    ledger_changed.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            add_transaction(account, values())
    finally:
        ledger_changed.disconnect(fail)
    assert not Transaction.objects.exists()
    assert Account.objects.get().revision == 0


def test_every_field_of_a_row_is_one_of_a_transaction():
    fields = {field.name for field in Transaction._meta.get_fields()}
    assert set(module.LedgerRow.__slots__) <= fields
