"""What is exported and imported again gives the same positions, lots and gains, to the last bit."""

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from pricing.readers import ImporterError
from tests.portfolio import stored
from tests.transactions.importers import golden
from transactions import ingest
from transactions.downloads import csv_text
from transactions.exports import Scope, transactions_table
from transactions.models import Account

FOLDER = os.environ.get("PORTFOLIO_SAMPLES", "")
SAMPLES = sorted(path for path in Path(FOLDER).rglob("*") if path.is_file()) if FOLDER else []
GOLDEN = list(golden.fixtures())
NAME = "Broker"


def import_bytes(owner, file_name, data, account=NAME):
    """Import what can be imported, in spite of rejects."""
    staged = ingest.stage(owner, file_name, data, account_name=account)
    staged.keep_rejects = True
    staged.save(update_fields=["keep_rejects"])
    return ingest.run(staged)


def derived(prefix):
    """Everything that is derived, with the accounts named as they were before they moved."""
    return [
        sorted((row[0].removeprefix(prefix).strip(), *row[1:]) for row in rows)
        for rows in stored.contents()
    ]


def assert_comes_back(owner):
    """Export all accounts of the owner, delete them, import the file and compare."""
    accounts = list(Account.objects.owned_by(owner.pk).exclude(transactions=None).distinct())
    facts = [(one.name, one.currency, one.time_zone, one.tracks_cash) for one in accounts]
    before = derived("")
    data = "".join(csv_text(transactions_table(Scope(owner, accounts)))).encode()
    Account.objects.owned_by(owner.pk).delete()
    name = "Moved" if len(accounts) > 1 else accounts[0].name
    prefix = "Moved " if len(accounts) > 1 else ""
    results = import_bytes(owner, "transactions.csv", data, name)
    assert [reject for result in results for reject in result.rejects] == []
    assert derived(prefix) == before
    again = Account.objects.owned_by(owner.pk).exclude(transactions=None).distinct()
    assert [
        (one.name.removeprefix(prefix), one.currency, one.time_zone, one.tracks_cash)
        for one in again
    ] == facts


def comes_back(owner: User, path: Path) -> None:
    try:
        import_bytes(owner, path.name, path.read_bytes())
    except ImporterError as error:
        pytest.skip(f"Not a file of a supported format: {error}")
    if not Account.objects.exclude(transactions=None).exists():
        pytest.skip("The file has no transactions.")
    assert_comes_back(owner)


@pytest.mark.parametrize("path", GOLDEN, ids=golden.fixture_id)
def test_golden_input_comes_back(alice: User, path: Path) -> None:
    comes_back(alice, path)


@pytest.mark.skipif(not FOLDER, reason="PORTFOLIO_SAMPLES names no folder of samples")
@pytest.mark.parametrize("path", SAMPLES, ids=golden.fixture_id)
def test_sample_comes_back(alice: User, path: Path) -> None:
    comes_back(alice, path)
