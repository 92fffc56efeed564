"""manage.py reconcile: a table, and 1 where the latest statement differs."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories import AccountFactory, ledger
from tests.portfolio.test_reconciliation import state


def run(*arguments: str) -> tuple[str, int]:
    out, code = StringIO(), 0
    try:
        call_command("reconcile", *arguments, stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return out.getvalue(), code


@pytest.fixture
def broker(alice):
    account = AccountFactory(owner=alice, name="Broker", currency="EUR")
    ledger(account, "2024-01-02 DEPOSIT 100")
    return account


def test_nothing_is_stated(broker):
    assert run() == ("No file and nobody has stated a balance yet.\n", 0)


def test_what_agrees_ends_with_nothing_to_do(broker):
    state(broker, "2024-01-03", "100")
    told, code = run()
    assert code == 0
    assert told.split("\n")[-2].split() == ["Broker", "EUR", "2024-01-03", "100", "100", "agrees"]


def test_a_difference_is_named_with_its_first_day(broker):
    state(broker, "2024-01-03", "90")
    state(broker, "2024-01-05", "90.50")
    told, code = run("--account", "Broker")
    assert code == 1
    row = ["Broker", "EUR", "2024-01-05", "2024-01-03", "90.5", "100", "9.5"]
    assert told.split("\n")[-2].split() == row


def test_an_account_that_is_none_is_an_error(broker):
    with pytest.raises(CommandError, match="no account “Nowhere”"):
        run("--account", "Nowhere")


def test_an_owner_has_to_be_known(broker):
    with pytest.raises(CommandError, match="no user “nobody”"):
        run("--user", "nobody")
