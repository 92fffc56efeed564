"""manage.py verify and rebuild_positions: what is stored follows from the transactions, or is repaired."""

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from portfolio.models import Disposal, Lot, Position
from tests.factories import AccountFactory, ledger
from tests.portfolio.stored import contents
from transactions.models import Transaction

ZEROS = f".{0:018}"


@pytest.fixture
def positions(alice):
    account = AccountFactory(owner=alice, name="Broker")
    ledger(account, "2024-01-05 BUY 10 AAA = 100", "2024-01-06 SELL 4 AAA = 60")
    ledger(account, "2024-01-05 BUY 1 BBB = 1")
    AccountFactory(owner=alice, name="Empty")


def problems(capsys, **options):
    with pytest.raises(SystemExit) as exit:
        call_command("verify", **options)
    assert exit.value.code == 1
    *lines, repair = capsys.readouterr().err.splitlines()
    assert repair == "Repair with: manage.py rebuild_positions"
    return lines


def test_it_says_that_all_agrees(positions, capsys):
    call_command("verify")
    call_command("verify", account="Empty")
    assert capsys.readouterr().out.splitlines() == [
        "2 accounts: all positions, lots and gains follow from the transactions.",
        "1 account: all positions, lots and gains follow from the transactions.",
    ]


def test_it_changes_nothing(positions):
    ids = set(Lot.objects.values_list("pk", flat=True))
    call_command("verify")
    assert set(Lot.objects.values_list("pk", flat=True)) == ids


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (
            lambda: Position.objects.filter(instrument="AAA").update(total_cost=61),
            ["Broker: AAA: 2 rows of positions differ from what the transactions give."],
        ),
        (
            lambda: Lot.objects.filter(remaining_quantity=6).update(cost=F("cost") + 1),
            ["Broker: AAA: 2 rows of lots differ from what the transactions give."],
        ),
        (
            lambda: Disposal.objects.update(gain=None),
            ["Broker: AAA: 2 rows of disposals differ from what the transactions give."],
        ),
        (
            lambda: Disposal.objects.all().delete(),
            ["Broker: AAA: 1 rows of disposals differ from what the transactions give."],
        ),
        (
            lambda: Position.objects.filter(instrument="BBB").delete(),
            [
                "Broker: BBB: 1 rows of positions differ from what the transactions give.",
                "Broker: BBB: 1 rows of lots differ from what the transactions give.",
            ],
        ),
        (
            lambda: Transaction.objects.filter(transaction_type="SELL").update(quantity=5),
            [
                f"Broker: AAA: the transactions move 5{ZEROS}, the position says 6{ZEROS}.",
                "Broker: AAA: 2 rows of positions differ from what the transactions give.",
                "Broker: AAA: 2 rows of lots differ from what the transactions give.",
                "Broker: AAA: 2 rows of disposals differ from what the transactions give.",
            ],
        ),
        (
            lambda: Lot.objects.filter(remaining_quantity=6).update(remaining_quantity=5),
            [
                f"Broker: AAA: the open lots hold 5{ZEROS}, the position says 6{ZEROS}.",
                "Broker: AAA: 2 rows of lots differ from what the transactions give.",
            ],
        ),
    ],
)
def test_a_difference_is_told_and_repaired(positions, capsys, spoil, expected):
    before = contents()
    spoil()
    assert problems(capsys) == expected
    call_command("rebuild_positions")
    call_command("verify")
    if not expected[0].startswith("Broker: AAA: the transactions"):
        assert contents() == before


def test_rebuilding_tells_what_it_did(positions, capsys):
    call_command("rebuild_positions")
    call_command("rebuild_positions", account="Empty")
    assert capsys.readouterr().out.splitlines() == [
        "Broker: 2 positions",
        "Empty: 0 positions",
        "Empty: 0 positions",
    ]


@pytest.mark.parametrize("command", ["verify", "rebuild_positions"])
def test_an_account_that_is_not_there_is_named(positions, command):
    with pytest.raises(CommandError, match=r"^There is no account “Yours”\.$"):
        call_command(command, account="Yours")
