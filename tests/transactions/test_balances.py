"""What becomes of the balances of an imported file: kept, compared, told, and gone with an undo."""

from decimal import Decimal as D

import pytest

from portfolio.reconciliation import reconciled
from tests.transactions.importers import golden
from transactions import ingest
from transactions.merging import merge_instruments
from transactions.models import Account, Import, StatedBalance
from transactions.undo import undo_import

HEAD = (
    "Date;Order #;Transaction;Symbol;Name;ISIN;Quantity;Unit price;Costs;Accrued Interest;"
    "Net Amount;Balance;Currency"
)


def imported(owner, data: bytes, name="export.csv"):
    staged = ingest.stage(owner, name, data)
    staged.keep_rejects = True
    staged.save()
    (result,) = ingest.run(staged)
    return result


def swissquote(*rows: str) -> bytes:
    return "\n".join([HEAD, *rows]).encode()


DEPOSIT = "02-01-2024 09:00:00;1;Credit;;;;1.0;1000;0;0;1000.00;1000.00;CHF"
BUY = "03-01-2024 09:00:00;2;Buy;ABC;Abc;CH0012032048;2.0;100;5;0;-205.00;795.00;CHF"
MISREAD = "04-01-2024 09:00:00;3;Custody Fees;;;;1.0;10;0;0;-10.00;770.00;CHF"


def test_the_last_balance_of_each_day_is_kept_and_compared(alice):
    result = imported(alice, swissquote(DEPOSIT, BUY))
    assert (result.balances_agreed, result.balances_disagreed, result.balances_kept) == (1, 0, 2)
    kept = StatedBalance.objects.order_by("at").values_list("currency", "amount", "source_line")
    assert [*kept] == [("CHF", D(1000), 2), ("CHF", D(795), 3)]
    (line,) = reconciled(list(Account.objects.all()))
    assert line.agrees
    assert len(line.points) == 2


def test_the_first_row_whose_balance_is_not_explained_is_told(alice):
    result = imported(alice, swissquote(DEPOSIT, BUY, MISREAD))
    (remark,) = result.remarks
    assert (remark.line, remark.verdict) == (4, "balance")
    assert remark.detail == (
        "the file states 770 CHF after this row; with what was read it would be 785. "
        "Rows are missing from the file in front of it."
    )
    record = Import.objects.get()
    assert (record.balances_agreed, record.balances_disagreed) == (1, 1)


def test_undoing_an_import_takes_its_balances_back(alice):
    imported(alice, swissquote(DEPOSIT))
    undo_import(Import.objects.get())
    assert not StatedBalance.objects.exists()


def test_a_preview_keeps_nothing(alice):
    staged = ingest.stage(alice, "export.csv", swissquote(DEPOSIT))
    (result,) = ingest.preview(staged)
    assert result.balances_kept == 1
    assert not StatedBalance.objects.exists()


def test_balances_of_coins_follow_an_instrument_into_another(alice):
    path = golden.DATA / "kraken-ledgers" / "2021_letters_in_front.csv"
    imported(alice, path.read_bytes())
    count = StatedBalance.objects.filter(instrument="BTC").count()
    assert count
    merge_instruments("BTC", "DOGE")
    assert StatedBalance.objects.filter(instrument="DOGE").count() > count


# Every fixture whose rows are all there: what its importer reads is what its balances say.
WHOLE = (
    "kraken-ledgers/2021_letters_in_front.csv",
    "kraken-ledgers/2025_with_values.csv",
    "revolut-account/2024_all_types.csv",
    "revolut-metals/2025_buys_and_sells.csv",
    "swissquote/edges.csv",
    "swissquote/other_currency.csv",
)


@pytest.mark.parametrize("name", WHOLE)
def test_the_ledger_of_a_whole_file_agrees_with_its_balances(alice, name):
    result = imported(alice, (golden.DATA / name).read_bytes())
    assert result.balances_agreed
    assert result.balances_disagreed == 0
    for line in reconciled(list(Account.objects.all())):
        # What was there before the file began is the same all along.
        assert len({point.difference for point in line.points}) == 1, line
