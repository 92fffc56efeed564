import pytest
from django.core.management import CommandError, call_command

from tests.transactions.rows import Files
from transactions.models import Import, Transaction


def test_it_says_what_it_took_out_of_where(alice, tmp_path, capsys):
    files = Files(tmp_path, alice)
    first = files.one("2024-01-05 BUY 10 AAA = 100", account="Broker")
    second = files.one("2024-02-05 DEPOSIT 5", "2024-03-05 DEPOSIT 6", account="Broker")
    call_command("undo_import", str(first.import_id))
    call_command("undo_import", str(second.import_id))
    assert capsys.readouterr().out.splitlines() == [
        "Took 1 transaction of file-1.csv out of Broker.",
        "Took 2 transactions of file-2.csv out of Broker.",
    ]
    assert not Transaction.objects.exists()
    assert Import.objects.count() == 2


def test_an_import_is_undone_once(alice, tmp_path):
    result = Files(tmp_path, alice).one("2024-01-05 DEPOSIT 5")
    call_command("undo_import", str(result.import_id))
    with pytest.raises(CommandError, match=r"^file-1\.csv is undone; only an import"):
        call_command("undo_import", str(result.import_id))


def test_an_import_that_is_not_there_is_named(db):
    with pytest.raises(CommandError, match=r"^There is no import 77\.$"):
        call_command("undo_import", "77")
