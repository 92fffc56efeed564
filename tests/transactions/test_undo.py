"""Taking an import back leaves what was there before it, bit for bit."""

import pytest

from portfolio.models import Position
from portfolio.verify import verify
from tests.factories import AccountFactory
from tests.portfolio.stored import contents
from transactions.ledger import link_transfer
from transactions.models import Account, Import, Transaction
from transactions.undo import NotUndoable, undo_import


def record(result):
    return Import.objects.get(pk=result.import_id)


def test_undoing_deletes_the_rows_and_keeps_the_file(files):
    result = files.one("2024-01-05 BUY 10 AAA @ 5", "2024-01-06 DIVIDEND - AAA = 3")
    assert undo_import(record(result)) == 2
    assert not Transaction.objects.exists()
    assert not Position.objects.exists()
    undone = record(result)
    assert (undone.status, undone.imported) == (Import.Status.UNDONE, 2)
    assert undone.original() == (files.folder / "file-1.csv").read_bytes()
    assert Account.objects.get().revision == 2


@pytest.mark.parametrize("day", ["2023-12-01", "2024-01-05", "2024-02-01"])
def test_undoing_restores_the_same_bits(files, day):
    files.one("2024-01-05 BUY 10 AAA = 100", "2024-01-06 SELL 4 AAA = 60")
    before = contents()
    result = files.one(f"{day} BUY 3 AAA = 7", f"{day} SELL 8 AAA = 90", f"{day} BUY 1 BBB = 1")
    assert contents() != before
    undo_import(record(result))
    assert contents() == before


def test_an_undone_file_can_be_imported_again(files):
    result = files.one("2024-01-05 BUY 10 AAA = 100")
    before = contents()
    undo_import(record(result))
    assert files.one("2024-01-05 BUY 10 AAA = 100").imported == 1
    assert contents() == before


def test_only_an_import_in_the_ledger_can_be_undone(files):
    result = files.one("2024-01-05 BUY 10 AAA = 100")
    undo_import(record(result))
    with pytest.raises(NotUndoable, match=r"file-1\.csv is undone; only an import in the ledger"):
        undo_import(record(result))


def test_the_other_account_of_a_transfer_follows(files):
    files.one("2024-01-05 BUY 10 AAA = 100", account="Here")
    files.one("2024-02-06 TRANSFER_IN 10 AAA", account="There")
    result = files.one("2024-02-05 TRANSFER_OUT 10 AAA", account="Here")
    there = Position.objects.get(account__name="There")
    assert there.total_cost == 100
    undo_import(record(result))
    there.refresh_from_db()
    assert there.total_cost is None
    assert Transaction.objects.filter(linked_transaction__isnull=False).count() == 0
    assert verify(Account.objects.all()) == []


def test_the_other_ticker_in_the_same_account_follows_too(files):
    result = files.one("2024-01-05 BUY 10 OLD = 100", "2024-02-05 TRANSFER_OUT 10 OLD")
    files.one("2024-02-05 TRANSFER_IN 10 NEW")
    link_transfer(*Transaction.objects.filter(transaction_type__startswith="T").order_by("pk"))
    assert Position.objects.get(instrument="NEW").total_cost == 100
    undo_import(record(result))
    assert Position.objects.get(instrument="NEW").total_cost is None
    assert verify(Account.objects.all()) == []


def test_a_swap_goes_as_a_whole(files):
    rows = [
        {"date": "2024-01-05", "type": kind, "ticker": ticker, "quantity": 1, "amount": 9,
         "currency": "EUR", "group": "swap"}
        for kind, ticker in (("SELL", "AAA"), ("BUY", "BBB"))
    ]  # fmt: skip
    result = files.one(*rows)
    assert Transaction.objects.filter(linked_transaction__isnull=False).count() == 2
    assert undo_import(record(result)) == 2
    assert not Transaction.objects.exists()


def test_rows_of_other_imports_and_by_hand_stay(files, alice):
    AccountFactory(owner=alice, name="Untouched")
    files.one("2024-01-05 BUY 10 AAA = 100")
    result = files.one("2024-01-05 BUY 10 AAA = 100", "2024-01-07 BUY 1 AAA = 5")
    assert undo_import(record(result)) == 1
    assert Transaction.objects.count() == 1
