"""What becomes of the balances of an imported file: kept, compared, told, and gone with an undo."""

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from portfolio.reconciliation import reconciled
from tests.factories import AccountFactory, ImportFactory, InstrumentFactory, ledger
from tests.portfolio.test_reconciliation import state
from tests.transactions.importers import golden
from transactions import balances, ingest
from transactions.importers.base import Security, Stated
from transactions.merging import merge_instruments
from transactions.models import Account, Import, StatedBalance
from transactions.reading import RowBuilder, Statement
from transactions.undo import undo_import

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
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


PORTFOLIO = b"""Product,Symbol/ISIN,Amount,Closing,Local value,,Value in EUR
CASH & CASH FUND & FTX CASH (EUR),,,,EUR,"2198,94","2198,94"
VANGUARD FTSE DEVELOPED EUROPE,IE00B945VV12,6,"34,50",EUR,"207,00","207,00"
OTHER,NL0010273215,3,"650,40",EUR,"1951,20","1951,20"
"""


def test_a_list_without_a_date_is_of_the_moment_of_its_import(alice):
    path = golden.DATA / "degiro-account" / "degiro_e2e_portfolio.csv"
    imported(alice, path.read_bytes())
    result = imported(alice, PORTFOLIO, "Portfolio.csv")
    assert (result.rows, result.ignored, result.imported, result.balances_kept) == (3, 3, 0, 3)
    listed = {line.asset: line for line in reconciled(list(Account.objects.all()))}
    assert {asset: line.latest.difference for asset, line in listed.items()} == {
        # The fixture charges a cent more than its balance says.
        "EUR": D("-0.01"),
        "IE00B945VV12": D(0),
        "NL0010273215": D(-3),
    }
    assert Account.objects.get().name == "DEGIRO"


def test_items_of_a_list_that_are_one_instrument_are_added_up(alice):
    ticker, isin = (
        Stated(line, None, D(2), security=security, is_list=True)
        for line, security in (
            (1, Security("ABC", "CH0012032048")),
            (2, Security("", "CH0012032048")),
        )
    )
    statement = Statement("", stated=[ticker, isin])
    tickers = {ticker.security: "ABC", isin.security: "ABC"}
    InstrumentFactory(ticker="ABC")
    record = ImportFactory(account=AccountFactory(owner=alice))
    builder = RowBuilder("UTC", tickers)
    assert balances.keep(record, statement, builder, tickers, NOW) == 1
    assert StatedBalance.objects.get().amount == 4


@pytest.mark.parametrize(
    "stated",
    [
        Stated(1, None, D("1e21"), "EUR", is_list=True),
        Stated(1, None, D(1), "x" * 13, is_list=True),
        Stated(1, NOW.replace(year=1), D(1), "EUR", is_list=True),
        Stated(1, None, D(1), security=Security("ABC"), is_list=True),
    ],
)
def test_what_no_column_could_hold_is_not_kept(alice, stated):
    record = ImportFactory(account=AccountFactory(owner=alice))
    statement = Statement("", stated=[stated])
    assert balances.keep(record, statement, RowBuilder("UTC", {}), {}, NOW) == 0


def test_rows_out_of_order_within_a_day_are_no_difference(alice):
    imported(
        alice,
        swissquote(
            "02-01-2024 09:00:00;1;Credit;;;;1.0;1000;0;0;1000.00;1000.00;CHF",
            "02-01-2024 09:00:30;2;Credit;;;;1.0;1000;0;0;1000.00;2000.00;CHF",
            "02-01-2024 09:00:10;3;Credit;;;;1.0;500;0;0;500.00;2500.00;CHF",
        ),
    )
    (line,) = reconciled(list(Account.objects.all()))
    assert [(point.stated, point.agrees) for point in line.points] == [(2500, True)]


WHOLE_DAYS = (
    "02-01-2024 00:00:00;1;Credit;;;;1.0;1000;0;0;1000.00;1000.00;CHF",
    "02-01-2024 00:00:00;2;Credit;;;;1.0;500;0;0;500.00;1500.00;CHF",
    "03-01-2024 00:00:00;3;Credit;;;;1.0;500;0;0;500.00;2000.00;CHF",
)


@pytest.mark.parametrize("files", [(WHOLE_DAYS, WHOLE_DAYS[:1]), (WHOLE_DAYS[:1], WHOLE_DAYS)])
def test_a_file_of_half_of_its_last_day_is_no_difference_beside_one_of_all_of_it(alice, files):
    for rows in files:
        imported(alice, swissquote(*rows))
    (line,) = reconciled(list(Account.objects.all()))
    assert [(point.stated, point.agrees) for point in line.points] == [(1500, True), (2000, True)]


def test_items_of_a_list_are_added_up_when_their_instruments_become_one(alice):
    account = AccountFactory(owner=alice)
    ledger(account, "2024-01-02 BUY 1 NEW @ 5", "2024-01-02 BUY 2 OLD @ 5")
    record = ImportFactory(account=account)
    state(account, "2024-01-05", "1", "NEW", source=record, is_list=True)
    state(account, "2024-01-05", "2", "OLD", source=record, is_list=True)
    state(account, "2024-01-06", "3", "OLD")
    merge_instruments("OLD", "NEW")
    (line,) = reconciled(list(Account.objects.all()))
    assert [(point.stated, point.agrees) for point in line.points] == [(3, True), (3, True)]


def test_what_only_a_statement_names_follows_its_instrument_at_once(alice):
    first, second = AccountFactory(owner=alice), AccountFactory(owner=alice)
    ledger(first, "2024-01-02 BUY 1 OLD @ 5")
    ledger(second, "2024-01-02 BUY 1 NEW @ 5")
    state(second, "2024-01-05", "1", "OLD")

    def assets():
        return [line.asset for line in reconciled([Account.objects.get(pk=second.pk)])]

    assert assets() == ["OLD"]
    merge_instruments("OLD", "NEW")
    assert assets() == ["NEW"]
