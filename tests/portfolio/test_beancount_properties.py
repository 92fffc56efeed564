"""Whatever the ledger: beancount books its export to the same lots and gains."""

import tempfile
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import given

from tests.portfolio.test_beancount_export import assert_agrees
from tests.portfolio.test_rebuild_properties import events, slow
from tests.transactions.rows import Files, as_row


@pytest.fixture
def files(db, tmp_path):
    return Files(tmp_path, User.objects.create(username="alice"))


@slow
@given(events(), events())
def test_any_history_of_two_accounts_agrees(files, here, there):
    with transaction.atomic(), tempfile.TemporaryDirectory() as folder:
        for rows, name in ((here, "Here"), (there, "There")):
            way = "IN" if name == "Here" else "OUT"
            moves = [as_row(f"2024-01-0{day} TRANSFER_{way} {day} AAA") for day in (2, 3, 5)]
            files.one(*rows, *moves, account=name, currency="EUR", import_likely_duplicates=True)
        assert_agrees(files.owner, Path(folder))
        transaction.set_rollback(True)
