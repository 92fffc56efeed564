"""manage.py export: the same tables as files."""

import csv
import io
import json

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from python_calamine import CalamineWorkbook

from tests.factories import AccountFactory, ledger
from transactions.models import Account


@pytest.fixture
def account(alice: User) -> Account:
    account = AccountFactory(owner=alice, name="Broker")
    ledger(account, "2024-01-05 BUY 10 AAA @ 5", "2024-03-05 SELL 4 AAA @ 6")
    return account


def export(tmp_path, *arguments: str) -> bytes:
    path = tmp_path / "file"
    call_command("export", *arguments, output=path)
    return path.read_bytes()


def test_it_writes_every_format(tmp_path, account: Account) -> None:
    text = export(tmp_path, "transactions").decode()
    assert [row["type"] for row in csv.DictReader(io.StringIO(text))] == ["BUY", "SELL"]
    (gain,) = json.loads(export(tmp_path, "gains", "--format", "json"))
    assert gain["gain"] == "4"
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(export(tmp_path, "positions", "--format", "xlsx"))
    )
    assert book.sheet_names == ["positions"]


def test_it_writes_for_other_programs(tmp_path, account: Account) -> None:
    text = export(tmp_path, "transactions", "--format", "beancount").decode()
    assert "Equity:Broker:Outside  -50.00000000 EUR" in text
    written = json.loads(export(tmp_path, "transactions", "--format", "ghostfolio"))
    assert [one["type"] for one in written["activities"]] == ["BUY", "SELL"]


def test_it_can_be_narrowed(tmp_path, account: Account, alice: User) -> None:
    ledger(AccountFactory(owner=alice, name="Other"), "2024-01-06 BUY 1 BBB @ 5")
    text = export(tmp_path, "transactions", "--account", "Other").decode()
    assert [row["ticker"] for row in csv.DictReader(io.StringIO(text))] == ["BBB"]
    text = export(tmp_path, "transactions", "--on", "2024-01-06").decode()
    assert [row["ticker"] for row in csv.DictReader(io.StringIO(text))] == ["AAA", "BBB"]


def test_it_writes_to_standard_output(account: Account, capfdbinary) -> None:
    call_command("export", "lots")
    assert capfdbinary.readouterr().out.startswith(b"account,ticker,isin,name,bought,")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lots", "--format", "beancount"), "There is no export of lots as beancount."),
        (("lots", "--account", "Nowhere"), "There is no account “Nowhere”."),
        (("lots", "--user", "carol"), "There is no user “carol”."),
        (("lots",), "Say with --user whose data to export: there is not exactly one user."),
    ],
)
def test_it_says_what_is_missing(
    account: Account, bob: User, arguments: tuple[str, ...], message: str
) -> None:
    if "--account" in arguments:
        arguments += ("--user", "alice")
    with pytest.raises(CommandError) as caught:
        call_command("export", *arguments)
    assert str(caught.value) == message


def test_a_file_that_cannot_be_written_is_said(account: Account, tmp_path) -> None:
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("export", "lots", output=tmp_path / "nowhere" / "file")
