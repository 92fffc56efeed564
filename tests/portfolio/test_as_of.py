"""As of a past day: the same bits as a ledger into which only the rows up to that day came."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portfolio.as_of import books_on, position_on
from portfolio.derived import Build, write
from portfolio.models import Disposal, Lot, Position
from pricing.models import ExchangeRate
from tests.factories import AccountFactory, ledger
from tests.portfolio.stored import contents
from tests.portfolio.test_rebuild_properties import FIRST, PUBLISHED, events
from tests.transactions.rows import Files, as_row
from transactions.models import Account

slow = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
CHOICES = {"currency": "EUR", "import_likely_duplicates": True}
MOVES = ("2024-01-02 TRANSFER_OUT 2 AAA", "2024-01-03 TRANSFER_IN 2 AAA")


@pytest.fixture
def files(db, tmp_path):
    for day, rate in PUBLISHED[1:]:
        ExchangeRate.objects.create(currency="USD", date=day, rate=rate, source="ecb")
    return Files(tmp_path, User.objects.create(username="alice"))


def written(past):
    """What the database would hold, had these books been stored."""
    for model in (Disposal, Lot, Position):
        model.objects.all().delete()
    for then in past:
        then.position.pk = None
    write([Build(then.position, then.book, is_new_book=True) for then in past])
    return contents()


def up_to(day, rows):
    return [row for row in rows if str(row["date"])[:10] <= str(day)]


@slow
@given(events(), st.integers(0, 7), st.booleans())
def test_a_day_is_the_ledger_imported_up_to_it(files, rows, days, is_moved):
    day = FIRST + timedelta(days=days)
    ledgers = {"Here": rows, "There": []}
    if is_moved:
        ledgers["Here"] = [*rows, as_row(MOVES[0])]
        ledgers["There"] = [as_row(MOVES[1])]
    with transaction.atomic():
        for name, found in ledgers.items():
            if found:
                files.one(*found, account=name, **CHOICES)
        before = contents()
        past = books_on(list(Account.objects.all()), day)
        assert contents() == before
        as_of = written(past)
        transaction.set_rollback(True)
    with transaction.atomic():
        for name, found in ledgers.items():
            if kept := up_to(day, found):
                files.one(*kept, account=name, **CHOICES)
        assert contents() == as_of
        transaction.set_rollback(True)


@pytest.fixture
def broker(alice):
    return AccountFactory(owner=alice, name="Broker", currency="EUR")


def test_one_position_comes_with_its_lots_and_disposals(broker):
    ledger(
        broker,
        "2024-01-05 BUY 10 AAA @ 5",
        "2024-02-01 SELL 4 AAA @ 6",
        "2024-03-01 SELL 6 AAA @ 7",
        "2024-03-01 BUY 1 BBB @ 7",
    )
    now = Position.objects.get(instrument__ticker="AAA")
    then = position_on(now, date(2024, 2, 1))
    assert (then.position.pk, then.position.quantity, then.position.realized_pl) == (now.pk, 6, 4)
    assert (len(then.book.opened), len(then.book.slices)) == (1, 1)


def test_before_its_first_row_there_is_no_position(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5")
    now = Position.objects.get()
    assert position_on(now, date(2024, 1, 4)) is None
    assert books_on([broker], date(2024, 1, 4)) == []
    assert len(books_on([broker], date(2024, 1, 5))) == 1
