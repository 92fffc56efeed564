import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from portfolio.management.commands.positions import plain
from tests.factories import AccountFactory, ledger


@pytest.fixture
def positions(alice, bob):
    mine = AccountFactory(owner=alice, name="Mine")
    ledger(mine, "2024-01-05 BUY 10 BBB = 1001", "2024-01-06 SELL 4 BBB = 479")
    ledger(mine, "2024-01-07 AIRDROP 1 AAA")
    ledger(AccountFactory(owner=bob, name="His"), "2024-01-05 SELL 2 CCC @ 5")


def printed(capsys, **options):
    call_command("positions", **options)
    return capsys.readouterr().out


def test_the_table_lists_every_position(positions, capsys):
    lines = [line.split() for line in printed(capsys).splitlines()]
    header = "Account Ticker Quantity Total cost Realised Currency To check"
    assert " ".join(lines[0]) == header
    assert lines[2:] == [
        ["His", "CCC", "-2", "0", "0", "EUR", "1"],
        ["Mine", "AAA", "1", "unknown", "0", "EUR", "1"],
        ["Mine", "BBB", "6", "600.6", "78.6", "EUR"],
    ]


def test_positions_are_json_with_decimals_as_text_and_their_open_lots(positions, capsys):
    found = json.loads(printed(capsys, json=True, account="Mine"))
    assert [one["ticker"] for one in found] == ["AAA", "BBB"]
    assert found[0]["total_cost"] is None
    assert found[0]["issues"] == ["The cost of 1 AAA is unknown."]
    assert found[1] == {
        "account": "Mine",
        "ticker": "BBB",
        "quantity": "6",
        "avg_cost_basis": "100.1",
        "total_cost": "600.6",
        "realized_pl": "78.6",
        "currency": "EUR",
        "lots": [
            {
                "purchase_date": "2024-01-05T00:00:00+00:00",
                "quantity": "10",
                "remaining_quantity": "6",
                "purchase_price": "100.1",
                "cost": "1001",
                "remaining_cost": "600.6",
            }
        ],
        "issues": [],
    }


def test_they_can_be_those_of_one_account_or_user(positions, capsys):
    assert [one["ticker"] for one in json.loads(printed(capsys, json=True, user="bob"))] == ["CCC"]
    assert "CCC" not in printed(capsys, account="Mine")


def test_an_account_that_is_not_there_is_named(positions):
    with pytest.raises(CommandError, match=r"^There is no account “Yours”\.$"):
        call_command("positions", account="Yours")


def test_without_positions_it_says_what_to_do(db, capsys):
    assert printed(capsys) == (
        "No positions yet. Import a file: manage.py import_transactions FILE\n"
    )
    assert json.loads(printed(capsys, json=True)) == []


@pytest.mark.parametrize(
    ("number", "text"),
    [("0E-18", "0"), ("100", "100"), ("1E+3", "1000"), ("1.500", "1.5"), ("-0.10", "-0.1")],
)
def test_numbers_have_neither_exponent_nor_empty_decimals(number, text):
    assert plain(Decimal(number)) == text
