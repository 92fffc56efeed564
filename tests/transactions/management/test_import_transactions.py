"""manage.py import_transactions: options, exit codes and JSON."""

import pytest
from django.contrib.auth.models import User

from portfolio.models import Position
from tests.transactions.management.importing import TRADES, command, described, nothing_changed
from tests.transactions.rows import Files
from transactions.models import Account, Import, Transaction

BAD = {"date": "2024-01-05", "type": "TELEPORT", "currency": "EUR"}


@pytest.fixture
def folder(tmp_path):
    return Files(tmp_path, None)


# ---- the ordinary way ------------------------------------------------------------------------


def test_a_file_is_imported_and_a_table_says_what_became_of_it(alice, folder):
    code, out, err = command(folder.write(*TRADES, name="a.csv"))
    assert (code, err) == (0, "")
    header, _, line = out.splitlines()
    assert header.split() == [
        "File",
        "Format",
        "Account",
        "rows",
        "imported",
        "duplicates",
        "likely",
        "duplicates",
        "conflicts",
        "ignored",
        "rejected",
    ]
    assert line.split() == ["a.csv", "generic-csv", "Imported", "3", "3", "0", "0", "0", "0", "0"]
    assert Position.objects.get().quantity == 6


def test_the_result_is_one_json_object(alice, folder):
    path = folder.write(*TRADES, name="a.csv")
    code, files = described(path)
    assert code == 0
    assert files == [
        {
            "file": str(path),
            "format": "generic-csv",
            "account": "Imported",
            "rows": 3,
            "imported": 3,
            "duplicates": 0,
            "likely_duplicates": 0,
            "conflicts": 0,
            "ignored": 0,
            "rejected": 0,
            "rejects": [],
            "remarks": [],
            "ignored_rules": {},
            "balances": {"agreed": 0, "disagreed": 0},
        }
    ]


def test_importing_a_file_again_adds_nothing(alice, folder):
    path = folder.write(*TRADES)
    command(path)
    code, (result,) = described(path)
    assert (code, result["imported"], result["duplicates"]) == (0, 0, 3)
    assert Transaction.objects.count() == 3


def test_overlapping_files_are_one_in_either_order(alice, folder):
    first, second = folder.write(*TRADES[:2]), folder.write(*TRADES[1:])
    for name, order in (("A", (first, second)), ("B", (second, first))):
        for path in order:
            assert command(path, account=name)[0] == 0
    quantities = Position.objects.values_list("account__name", "quantity", "realized_pl")
    assert sorted(quantities) == [("A", 6, 20), ("B", 6, 20)]
    assert Transaction.objects.count() == 6


def test_account_currency_and_user_can_be_chosen(alice, bob, folder):
    code, _, _ = command(folder.write(*TRADES), account="Mine", currency="CHF", user="bob")
    found = Account.objects.get()
    assert (code, found.owner, found.name, found.currency) == (0, bob, "Mine", "CHF")


def test_a_format_can_be_demanded(alice, folder):
    path = folder.write(*TRADES, name="a.csv")
    assert command(path, format="generic-csv")[0] == 0
    code, _, err = command(path, format="trading212")
    assert (code, err) == (2, f"{path}: a.csv is not an export of the format “trading212”.\n")
    code, _, err = command(path, format="nonsense")
    assert code == 2
    assert err.startswith(f"{path}: There is no format “nonsense”. Known formats: ")


def test_a_dry_run_reports_all_and_writes_nothing(alice, folder):
    code, out, _ = command(folder.write(*TRADES), dry_run=True)
    assert code == 0
    assert out.endswith("Dry run: nothing was written.\n")
    assert " 3         3 " in out
    assert nothing_changed()


# ---- rejects ---------------------------------------------------------------------------------


def test_a_reject_keeps_the_whole_file_out_and_says_why(alice, folder):
    path = folder.write(*TRADES, BAD, name="a.csv")
    code, _, err = command(path)
    assert code == 1
    lines = err.splitlines()
    assert lines[0].startswith("a.csv line 5: the type “TELEPORT” is not known; known are BUY, ")
    assert lines[1:] == [
        f"{path}: 1 row of a.csv could not be understood; nothing was imported.",
        "Use --keep-rejects to import the other rows.",
    ]
    assert nothing_changed()


def test_rejects_can_be_kept_with_the_good_rows(alice, folder):
    code, (result,) = described(folder.write(*TRADES, BAD), keep_rejects=True)
    assert (code, result["rows"], result["imported"], result["rejected"]) == (0, 4, 3, 1)
    assert result["rejects"][0]["line"] == 5
    (kept,) = Import.objects.get().rejects
    assert kept["raw"].startswith("2024-01-05,TELEPORT,")


def test_other_files_are_imported_beside_a_rejected_one(alice, folder):
    code, files = described(folder.write(BAD), folder.write(*TRADES))
    assert (code, [one["imported"] for one in files]) == (1, [0, 3])
    assert Transaction.objects.count() == 3


def test_many_rejects_are_not_all_printed(alice, folder):
    _, _, err = command(folder.write(*[BAD] * 25, name="a.csv"))
    assert "a.csv: and 5 more rejected rows (--json lists all)" in err.splitlines()


# ---- duplicates ------------------------------------------------------------------------------


def test_identical_fills_both_stay(alice, folder):
    fill = "2024-01-05T10:00:00 BUY 1 AAA = 10"
    path = folder.write(fill, fill)
    assert described(path)[1][0]["imported"] == 2
    assert described(path)[1][0]["duplicates"] == 2
    assert Position.objects.get().quantity == 2


def test_a_contradiction_is_reported_and_left_out(alice, folder):
    command(folder.write("2024-01-05 BUY 10 AAA = 100"))
    code, (result,) = described(folder.write("2024-01-05 BUY 10 AAA = 101"))
    assert (code, result["imported"], result["conflicts"]) == (0, 0, 1)
    (remark,) = result["remarks"]
    assert (remark["line"], remark["verdict"]) == (2, "conflict")
    assert remark["detail"].endswith("100.00000000 in line 2 of file-1.csv")
    assert Position.objects.get().total_cost == 100


@pytest.mark.parametrize(
    "again",
    [
        "2024-01-05T11:00:00 BUY 10 FB = 100",
        "2024-01-06T10:00:00 BUY 10 FB = 100.01",
        "2024-01-05T10:00:00 BUY 10 META = 100",
    ],
)
def test_a_likely_duplicate_is_left_out_unless_asked_for(alice, folder, again):
    command(folder.write("2024-01-05T10:00:00 BUY 10 FB = 100"))
    path = folder.write(again)
    code, (result,) = described(path)
    assert (code, result["imported"], result["likely_duplicates"]) == (0, 0, 1)
    assert result["remarks"][0]["detail"] == (
        "in the ledger already: 2024-01-05 10:00 FB, line 2 of file-1.csv"
    )
    assert described(path, likely_duplicates="import")[1][0]["imported"] == 1
    assert Transaction.objects.count() == 2


def test_rewards_of_adjacent_days_are_all_imported(alice, folder):
    days = [f"2024-01-{day:02}T08:00:00 STAKING 0.1 ETH = 200" for day in range(1, 6)]
    command(folder.write(*days[:3]))
    assert described(folder.write(*days[3:]))[1][0]["imported"] == 2


def test_the_same_money_in_another_currency_is_another_deposit(alice, folder):
    deposit = {"date": "2024-01-05", "type": "DEPOSIT", "amount": "100"}
    command(folder.write({**deposit, "currency": "EUR"}))
    assert described(folder.write({**deposit, "currency": "USD"}))[1][0]["imported"] == 1


def test_numbers_of_too_many_digits_are_found_again(alice, folder):
    fine = {"date": "2024-01-05", "type": "BUY", "ticker": "AAA", "currency": "GBX"}
    row = {**fine, "quantity": "0.1234567890123456785", "price": "1.23456789012345675"}
    path = folder.write({**row, "amount": "1.000000005"})
    assert described(path)[1][0]["imported"] == 1
    assert described(path)[1][0]["duplicates"] == 1


# ---- depots, folders, users ------------------------------------------------------------------


def test_depots_of_one_file_become_accounts_of_their_own(alice, folder):
    joint = {"date": "2024-01-05", "type": "DEPOSIT", "amount": "7", "currency": "EUR"}
    path = folder.write(*TRADES, {**joint, "portfolio": "Joint"})
    code, files = described(path, account="Bank")
    assert code == 0
    assert [(one["account"], one["imported"]) for one in files] == [("Bank", 3), ("Bank Joint", 1)]
    assert [one["duplicates"] for one in described(path, account="Bank")[1]] == [3, 1]
    assert set(Import.objects.values_list("status", flat=True)) == {"imported"}


def test_a_file_of_further_depots_only_waits_for_nobody(alice, folder):
    joint = {"date": "2024-01-05", "type": "DEPOSIT", "amount": "7", "currency": "EUR"}
    assert described(folder.write({**joint, "portfolio": "Joint"}))[1][0]["imported"] == 1
    assert set(Import.objects.values_list("status", flat=True)) == {"imported"}


def test_a_file_with_a_header_only_is_imported_with_no_rows(alice, folder):
    code, (result,) = described(folder.write())
    assert (code, result["rows"], result["account"]) == (0, 0, "Imported")
    assert Import.objects.get().status == Import.Status.IMPORTED


def test_of_a_folder_exports_are_imported_and_the_rest_is_left_out(alice, folder):
    (folder.folder / "sub").mkdir()
    folder.write(*TRADES[:1], name="b.csv")
    folder.write(*TRADES[1:], name="sub/a.csv")
    folder.write(name="notes.txt", data=b"buy milk")
    folder.write(name=".hidden.csv", data=b"")
    code, _, err = command(folder.folder)
    assert code == 0
    assert Transaction.objects.count() == 3
    (line,) = err.splitlines()
    assert line.startswith(f"{folder.folder}/notes.txt: left out. The format is not known")


def test_a_folder_without_an_export_is_unusable(alice, folder):
    assert command(folder.folder)[::2] == (2, "There is no file in the given folders.")
    folder.write(name="notes.txt", data=b"buy milk")
    assert command(folder.folder)[0] == 2


def test_the_first_import_makes_the_first_user(db, folder, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    code, _, err = command(folder.write(*TRADES))
    ada = User.objects.get()
    assert (code, ada.username, ada.is_superuser) == (0, "ada", True)
    assert not ada.has_usable_password()
    assert err == ("Made the user “ada”. Set a password to sign in: manage.py changepassword ada\n")


@pytest.mark.parametrize("options", [{"dry_run": True}, {"format": "trading212"}])
def test_where_nothing_is_imported_no_user_is_made(db, folder, options):
    command(folder.write(*TRADES), **options)
    assert not User.objects.exists()


def test_whose_files_they_are_must_be_clear(alice, bob, folder):
    path = folder.write(*TRADES)
    assert command(path)[::2] == (
        2,
        "There are several users; say with --user whom the files belong to.",
    )
    assert command(path, user="carol")[::2] == (2, "There is no user “carol”.")


def test_a_currency_must_be_one(alice, folder):
    path = folder.write(*TRADES)
    assert command(path, currency="E")[::2] == (2, "“E” is not a currency.")
    assert command(path, currency="EUROPEANEURO!")[0] == 2
