"""Staging, previewing and running an import; the command's tests show what becomes of rows."""

import hashlib

import pytest

from portfolio.models import Position
from pricing.readers import ImporterError
from tests.portfolio.stored import contents
from tests.transactions.rows import csv_text
from transactions import ingest, writing
from transactions.models import Account, Import, Transaction
from transactions.results import RejectedRows

TRADES = ("2024-01-05 BUY 10 AAA = 100", "2024-02-06 SELL 4 AAA = 60")
BAD = {"date": "2024-01-05", "type": "TELEPORT", "currency": "EUR"}


def stage(owner, *rows, **choices):
    return ingest.stage(owner, "a/b.csv", csv_text(*rows).encode(), **choices)


def test_a_staged_file_is_kept_and_waits(alice):
    staged = stage(alice, *TRADES)
    data = csv_text(*TRADES).encode()
    assert (staged.file_name, staged.format, staged.status) == ("b.csv", "generic-csv", "preview")
    assert staged.sha256 == hashlib.sha256(data).hexdigest()
    assert staged.original() == data
    assert (staged.account.name, staged.account.currency) == ("Imported", "EUR")
    assert not Transaction.objects.exists()


def test_a_new_account_is_kept_in_the_most_frequent_currency(alice):
    rows = [{"date": "2024-01-05", "type": "DEPOSIT", "amount": "5", "currency": code}
            for code in ("EUR", "USD", "USD")]  # fmt: skip
    assert stage(alice, *rows).account.currency == "USD"
    assert stage(alice, *rows, account_name="B", currency="CHF").account.currency == "CHF"
    assert stage(alice, account_name="C").account.currency == "EUR"


def test_what_is_no_export_leaves_no_account(alice):
    with pytest.raises(ImporterError, match=r"^The file is empty\.$"):
        ingest.stage(alice, "a.csv", b"")
    assert not Account.objects.exists()


def test_a_preview_says_all_and_changes_nothing(alice, files):
    files.one(TRADES[0], account="Imported")
    before = contents()
    staged = stage(alice, *TRADES, "2024-03-01 DEPOSIT 5", BAD)
    (result,) = ingest.preview(staged)
    assert [(one.line, one.verdict, one.summary) for one in result.verdicts] == [
        (2, "duplicate", "2024-01-05 BUY 10 AAA 100 EUR"),
        (3, "imported", "2024-02-06 SELL 4 AAA 60 EUR"),
        (4, "imported", "2024-03-01 DEPOSIT 5 EUR"),
        (5, "rejected", result.verdicts[3].summary),
    ]
    (effect,) = result.effects
    assert (effect.ticker, effect.quantity_before, effect.quantity_after) == ("AAA", 10, 6)
    assert (effect.cost_before, effect.cost_after) == (100, 60)
    assert (effect.realized_before, effect.realized_after) == (0, 20)
    assert contents() == before
    staged.refresh_from_db()
    assert (staged.status, staged.rows) == ("preview", 0)


def test_running_does_what_the_preview_said(alice):
    staged = stage(alice, *TRADES)
    promised = ingest.preview(staged)[0].effects
    (result,) = ingest.run(staged)
    assert result.effects == promised
    assert result.import_id == staged.pk
    found = Transaction.objects.order_by("source_line")
    assert [(row.source_id, row.source_file, row.source_line) for row in found] == [
        (staged.pk, "b.csv", 2),
        (staged.pk, "b.csv", 3),
    ]
    assert Position.objects.get().quantity == 6
    stored = Import.objects.get()
    assert (stored.status, stored.rows, stored.imported) == ("imported", 2, 2)
    assert Account.objects.get().tracks_cash


def test_an_import_runs_once(alice):
    staged = stage(alice, *TRADES)
    ingest.run(staged)
    with pytest.raises(ImporterError, match=r"^b\.csv is imported already\.$"):
        ingest.run(staged)
    assert Transaction.objects.count() == 2


def test_rejects_leave_nothing_behind_and_the_file_waiting(alice):
    staged = stage(alice, *TRADES, BAD, BAD)
    with pytest.raises(RejectedRows, match=r"^2 rows of b\.csv could not be understood") as refusal:
        ingest.run(staged)
    assert [reject.line for reject in refusal.value.results[0].rejects] == [4, 5]
    assert not Transaction.objects.exists()
    assert Import.objects.get().status == "preview"


def test_only_the_first_thousands_of_rows_are_explained(alice, monkeypatch):
    monkeypatch.setattr(writing, "VERDICTS_SHOWN", 3)
    rows = [f"2024-01-{day:02} DEPOSIT 5" for day in range(1, 10)]
    (result,) = ingest.preview(stage(alice, *rows))
    assert (len(result.verdicts), result.imported) == (3, 9)


def test_phases_of_a_run_are_told(alice):
    phases = []
    ingest.run(stage(alice, *TRADES), None, lambda phase, *_: phases.append(phase))
    assert list(dict.fromkeys(phases)) == ["Reading", "Writing", "Computing positions"]


def test_a_file_that_is_imported_again_after_an_edit_contradicts_it(alice, files):
    files.one(*TRADES)
    Transaction.objects.filter(source_line=2).update(total_amount=99)
    result = files.one(*TRADES)
    assert (result.imported, result.duplicates, result.conflicts) == (0, 1, 1)
