"""Whatever the ledger, its export gives the same positions, lots and gains in an empty installation."""

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from portfolio.rebuild import rebuild_account
from tests.factories import AccountFactory
from tests.portfolio.test_rebuild_properties import events, slow
from tests.transactions.rows import Files, as_row
from tests.transactions.test_round_trip import assert_comes_back
from transactions.ledger import unlink
from transactions.models import Account, Transaction

ZONES = ["UTC", "Asia/Tokyo", "America/New_York", "America/Sao_Paulo"]


@pytest.fixture
def files(db, tmp_path):
    return Files(tmp_path, User.objects.create(username="alice"))


def untimed(row):
    return {**row, "date": row["date"][:10]}


@slow
@given(events(), events(), st.data())
def test_two_accounts_with_transfers_between_them_come_back(files, here, there, data):
    with transaction.atomic():
        for rows, name in ((here, "Here"), (there, "There")):
            AccountFactory(
                owner=files.owner,
                name=name,
                currency="EUR",
                time_zone=data.draw(st.sampled_from(ZONES)),
            )
            way = "IN" if name == "Here" else "OUT"
            moves = [as_row(f"2024-01-0{day} TRANSFER_{way} {day} AAA") for day in (2, 3, 5)]
            mixed = [untimed(row) if data.draw(st.booleans()) else row for row in rows]
            files.one(*mixed, *moves, account=name, import_likely_duplicates=True)
        # By hand some rows change places, and one pair of legs is no pair any more.
        for row in Transaction.objects.all():
            Transaction.objects.filter(pk=row.pk).update(sequence=data.draw(st.integers(0, 3)))
        leg = Transaction.objects.exclude(linked_transaction=None).first()
        if leg is not None and data.draw(st.booleans()):
            unlink(leg)
        for account in Account.objects.all():
            rebuild_account(account)
        assert_comes_back(files.owner)
        transaction.set_rollback(True)
