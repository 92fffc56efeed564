"""Positions follow the ledger: appended, rebuilt, edited, in several currencies, moved between accounts."""

from decimal import Decimal

import pytest

from portfolio.models import Disposal, Lot, Position
from portfolio.rebuild import FIRST_LOTS, rebuild_account
from portfolio.verify import verify
from tests.factories import AccountFactory, InstrumentFactory, ledger
from tests.portfolio.market import rated
from tests.portfolio.stored import checked, contents, figures, lots, messages, position
from tests.transactions.rows import Files, as_row
from transactions.ledger import (
    LedgerRow,
    delete_transactions,
    edit_transaction,
)
from transactions.models import Account, Transaction


@pytest.fixture
def files(alice, tmp_path):
    return Files(tmp_path, alice)


@pytest.fixture
def account(alice):
    return AccountFactory(owner=alice, name="Broker")


# ---- appending and rebuilding ----------------------------------------------------------------


def test_fees_are_part_of_cost_and_proceeds(files):
    files.one(
        as_row("2024-01-05 BUY 10 AAA = 100", {"fee": "1", "tax": "0.5"}),
        as_row("2024-01-06 SELL 5 AAA = 70", {"fee": "2", "tax": "9"}),
    )
    # A tax on the gain is no cost of selling.
    assert figures() == (5, Decimal("50.75"), Decimal("17.25"), "EUR")
    assert position().avg_cost_basis == Decimal("10.15")


def test_newer_rows_change_only_the_lots_that_they_reach(files):
    files.one(*[f"2024-01-{day:02} BUY 1 AAA = {day}" for day in range(1, 10)])
    kept = set(Lot.objects.values_list("pk", flat=True))
    files.one("2024-02-01 SELL 2.5 AAA = 100", "2024-02-02 BUY 1 AAA = 50")
    assert kept < set(Lot.objects.values_list("pk", flat=True))
    # 4 to 9 and the new one, and half of the third
    assert figures() == (Decimal("7.5"), Decimal("90.5"), Decimal("95.5"), "EUR")
    checked()


@pytest.mark.parametrize("sold", [3, FIRST_LOTS, FIRST_LOTS + 7])
def test_a_sale_reaches_beyond_the_lots_that_are_read_first(files, sold):
    files.one(*[f"2024-01-{1 + n % 28:02} BUY 1 AAA @ {n + 1}" for n in range(FIRST_LOTS + 10)])
    files.one(f"2024-02-01 SELL {sold} AAA @ 100")
    checked()
    assert position().quantity == FIRST_LOTS + 10 - sold


def test_a_row_of_an_earlier_day_rebuilds_the_position(files):
    files.one("2024-01-05 BUY 10 AAA = 100", "2024-01-07 SELL 10 AAA = 150")
    assert figures()[2] == 50
    files.one("2024-01-04 BUY 10 AAA = 60")
    assert figures() == (10, 100, 90, "EUR")
    checked()


def test_a_row_of_the_last_day_finds_its_place_within_it(files):
    files.one("2024-01-05T12:00 SELL 1 AAA = 9")
    assert messages() == ["1 AAA sold or moved out without a recorded purchase."]
    files.one("2024-01-05T09:00 BUY 1 AAA = 5")
    assert (figures(), messages()) == ((0, 0, 4, "EUR"), [])
    checked()


def test_a_day_without_all_times_has_purchases_before_sales(files):
    files.one("2024-01-05T09:00 SELL 1 AAA = 9", "2024-01-05 BUY 1 AAA = 5")
    assert (figures(), messages()) == ((0, 0, 4, "EUR"), [])


def test_returns_of_capital_of_one_day_with_and_without_units_can_be_sorted(files):
    files.one("2024-01-05 BUY 10 AAA = 100")
    files.one("2024-02-05 RETURN_OF_CAPITAL 10 AAA = 4")
    files.one("2024-02-05 RETURN_OF_CAPITAL - AAA = 5")
    assert figures() == (10, 91, 0, "EUR")
    checked()


def test_income_and_money_change_no_position(files):
    files.one("2024-01-05 BUY 10 AAA = 100")
    before = contents()
    files.one("2024-02-05 DIVIDEND - AAA = 4", "2024-02-05 DEPOSIT 50", "2024-02-06 TAX - AAA = 1")
    assert contents() == before
    assert not Position.objects.exclude(instrument="AAA").exists()


def test_an_oversold_position_says_so_until_it_is_covered(files):
    files.one("2024-01-05 SELL 12 AAA = 120")
    assert (figures(), messages()) == (
        (-12, 0, 0, "EUR"),
        ["12 AAA sold or moved out without a recorded purchase."],
    )
    files.one("2024-01-06 BUY 20 AAA = 100")
    assert (figures(), messages()) == ((8, 40, 60, "EUR"), [])
    checked()


def test_an_unknown_cost_is_remembered_by_the_sales_that_rest_on_it(files):
    files.one("2024-01-05 AIRDROP 2 AAA", "2024-01-06 SELL 1 AAA = 5")
    assert figures() == (1, None, None, "EUR")
    assert messages() == ["The cost of 1 AAA is unknown."] * 2
    files.one("2024-02-07 SELL 1 AAA = 5", "2024-02-08 BUY 1 AAA = 5")
    assert figures() == (1, 5, None, "EUR")
    assert messages() == ["The cost of 1 AAA is unknown."] * 2
    checked()


def test_appending_splits_and_returns_of_capital_reaches_every_open_lot(files):
    files.one("2024-01-05 BUY 1 AAA = 10", "2024-01-06 BUY 3 AAA = 40")
    files.one("2024-02-05 SPLIT 4 AAA")
    files.one("2024-02-06 RETURN_OF_CAPITAL - AAA = 8")
    assert lots() == [("2024-01-05", 2, 8), ("2024-01-06", 6, 34)]
    checked()


def test_selling_all_of_a_large_holding_reaches_its_last_wei(files):
    wei = "000000000000.000000000000000001"
    files.one("2024-01-05 BUY 1000000000000 AAA = 10", f"2024-01-06 BUY {wei} AAA = 0")
    files.one(f"2024-02-05 SELL 1{wei} AAA = 11")
    assert (figures(), messages()) == ((0, 0, 1, "EUR"), [])
    checked()


def test_dust_that_a_reverse_split_would_erase_breaks_no_import(files):
    files.one("2024-01-05 BUY 0.000000000000000001 AAA = 1", "2024-01-06 BUY 1 AAA = 10")
    files.one("2024-02-05 SPLIT -0.9 AAA")
    assert position().quantity == Decimal("0.100000000000000001")
    checked()


def test_a_rebuild_gives_the_same_bits(files, account):
    files.one(*_history(), account="Broker")
    before = contents()
    rebuild_account(account)
    assert contents() == before


def _history():
    return [
        "2024-01-05 BUY 3 AAA = 100", "2024-01-06 BUY 7 AAA = 31.7", "2024-01-07 SELL 4 AAA = 55",
        "2024-01-08 SPLIT 12 AAA", "2024-01-09 RETURN_OF_CAPITAL - AAA = 1.01",
        "2024-01-10 SELL 30 AAA = 77", "2024-01-11 BUY 1 AAA = 3", "2024-01-12 STAKING 9 AAA = 8",
        "2024-01-05 BUY 1 BBB = 1", "2024-01-06 SELL 1 BBB = 2",
    ]  # fmt: skip


def test_the_order_in_which_files_are_imported_does_not_matter(files, alice):
    rows = _history()
    parts = [rows[:4], rows[2:7], rows[6:]]
    states = []
    for number, order in enumerate(([0, 1, 2], [2, 1, 0], [1, 2, 0])):
        for part in order:
            files.one(*parts[part], account=f"Broker {number}")
        found = Account.objects.get(name=f"Broker {number}")
        found.name = "Broker"
        found.save()
        states.append(contents())
        found.delete()
    assert states[0] == states[1] == states[2]


def test_positions_of_many_rows_are_computed_in_batches(files, account, monkeypatch):
    files.one(*_history(), account="Broker")
    before = contents()
    monkeypatch.setattr("portfolio.rebuild.BATCH_ROWS", 1)
    rebuild_account(account)
    assert contents() == before


# ---- edits -----------------------------------------------------------------------------------


def edited(row, **changes):
    names = LedgerRow.__slots__
    values = {name: getattr(row, name) for name in names}
    edit_transaction(row, LedgerRow(**{**values, **changes}))
    checked()


def test_an_edited_row_moves_its_position(account):
    bought, _ = ledger(account, "2024-01-05 BUY 10 AAA @ 5", "2024-01-06 SELL 10 AAA @ 7")
    edited(bought, quantity=Decimal(12))
    assert figures() == (2, Decimal("8.33333333"), Decimal("28.33333333"), "EUR")
    edited(bought, quantity=Decimal(12), instrument=InstrumentFactory(ticker="BBB"))
    assert figures("AAA") == (-10, 0, 0, "EUR")
    assert figures("BBB") == (12, 50, 0, "EUR")
    edited(bought, transaction_type="DIVIDEND", quantity=None)
    assert not Position.objects.filter(instrument="BBB").exists()


def test_deleting_the_last_row_deletes_the_position(account):
    rows = ledger(account, "2024-01-05 BUY 10 AAA @ 5", "2024-01-06 SELL 10 AAA @ 7")
    assert delete_transactions(account, [rows[1].pk]) == 1
    assert figures() == (10, 50, 0, "EUR")
    assert delete_transactions(account, [rows[0].pk, rows[1].pk]) == 1
    assert not Position.objects.exists()
    assert not Lot.objects.exists()
    assert not Disposal.objects.exists()


def test_a_leg_that_becomes_a_sale_takes_its_lots_back(files):
    files.one("2024-01-05 BUY 2 AAA = 10", "2024-02-05 TRANSFER_OUT 2 AAA", account="Here")
    files.one("2024-02-06 TRANSFER_IN 2 AAA", account="There")
    out = Transaction.objects.get(transaction_type="TRANSFER_OUT")
    edited(out, transaction_type="SELL", total_amount=Decimal(30))
    assert figures(account="Here") == (0, 0, 20, "EUR")
    assert figures(account="There")[1] is None
    assert not Transaction.objects.filter(linked_transaction__isnull=False).exists()


# ---- currencies ------------------------------------------------------------------------------


def test_rows_of_one_currency_are_kept_in_it(files):
    files.one(as_row("2024-01-05 BUY 1 AAA = 10", {"currency": "USD"}), currency="EUR")
    assert figures() == (1, 10, 0, "USD")


def test_a_row_in_a_second_currency_moves_the_position_to_that_of_the_account(files):
    rated("USD", ("2024-01-05", "1.25"))
    files.one(as_row("2024-01-05 BUY 1 AAA = 10", {"currency": "USD"}), currency="EUR")
    files.one("2024-01-06 BUY 1 AAA = 7")
    assert lots() == [("2024-01-05", 1, 8), ("2024-01-06", 1, 7)]
    assert figures() == (2, 15, 0, "EUR")
    checked()


def test_the_rows_own_rate_comes_first_then_the_last_published_one(files):
    rated("USD", ("2024-01-05", "1.25"))
    rated("USD", ("2024-01-09", "2"))
    rows = [
        as_row("2024-01-05 BUY 1 AAA = 10", {"currency": "USD", "fx_rate": "0.5"}),
        # The eighth has no rate of its own, and a rate of 1 is a placeholder.
        as_row("2024-01-08 BUY 1 AAA = 10", {"currency": "USD", "fx_rate": "1"}),
        as_row("2024-01-09 BUY 1 AAA = 10", {"currency": "USD"}),
        "2024-01-10 BUY 1 AAA = 7",
    ]
    files.one(*rows, currency="EUR")
    assert [cost for _, _, cost in lots()] == [5, 8, 5, 7]


def test_a_missing_rate_is_an_unknown_cost_with_an_issue(files):
    rows = [as_row("2024-01-05 BUY 2 AAA = 10", {"currency": "USD"}), "2024-01-10 BUY 1 AAA = 7"]
    files.one(*rows, currency="EUR")
    assert figures() == (3, None, 0, "EUR")
    assert messages() == ["The cost of 2 AAA is unknown."]
    assert verify(Account.objects.all()) == []


def test_a_fee_in_another_currency_is_converted_alone(files):
    rated("USD", ("2024-01-05", "1.25"))
    fees = {"fee": "5", "fee_currency": "USD"}
    files.one(as_row("2024-01-05 BUY 2 AAA = 10", fees), as_row("2024-01-06 SELL 1 AAA = 20", fees))
    assert figures() == (1, 7, 9, "EUR")


def test_a_fee_in_the_accounts_currency_takes_the_rows_rate_backwards(files):
    row = {"currency": "USD", "fee": "1", "fee_currency": "EUR", "fx_rate": "0.8"}
    files.one(as_row("2024-01-05 BUY 2 AAA = 10", row), currency="EUR")
    assert figures() == (2, Decimal("11.25"), 0, "USD")


def test_a_fee_without_a_rate_makes_the_cost_unknown(files):
    files.one(as_row("2024-01-05 BUY 2 AAA = 10", {"fee": "5", "fee_currency": "USD"}))
    assert figures() == (2, None, 0, "EUR")
