"""However a ledger came together, in pieces, in any order, there and back: the same bits."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portfolio.rebuild import rebuild_account
from portfolio.verify import verify
from pricing.models import ExchangeRate
from pricing.signals import rates_changed
from tests.portfolio.stored import contents
from tests.transactions.rows import Files, as_row
from transactions.models import Account, Import
from transactions.undo import undo_import

FIRST = date(2024, 1, 1)
# On the first days there is no rate at all.
PUBLISHED = [
    (FIRST + timedelta(days=days), Decimal(rate))
    for days, rate in ((0, "1.25"), (1, "1.1"), (3, "1.07"), (4, "1.3"))
]

# Few files a history, because each example writes to a real database.
slow = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])

quantities = st.one_of(
    st.integers(1, 20).map(str),
    st.decimals("0.000000000000000001", "30", places=18).map(lambda number: f"{number:f}"),
)
amounts = st.one_of(
    st.integers(0, 500).map(str), st.decimals("0", "9", places=8).map("{:f}".format)
)
kinds = st.sampled_from(
    [
        "BUY",
        "BUY",
        "BUY",
        "SELL",
        "SELL",
        "STAKING",
        "SPLIT",
        "RETURN_OF_CAPITAL",
        "FEE",
        "TRANSFER_IN",
        "TRANSFER_OUT",
    ]
)


@st.composite
def events(draw):
    """Rows in the order of time; every one differs from its neighbours by day or hour."""
    rows = []
    usual = draw(st.sampled_from(["EUR", "USD"]))
    for number in range(draw(st.integers(2, 14))):
        kind, ticker = draw(kinds), draw(st.sampled_from(["AAA", "BBB"]))
        units, money = draw(quantities), draw(amounts)
        # Two events a day: some appends begin in the middle of a day.
        when = f"{FIRST + timedelta(days=number // 2)}T{9 + number % 2:02}:00"
        currency = draw(st.sampled_from([usual] * 6 + ["EUR", "USD"]))
        own_rate = draw(st.sampled_from(["", "0.9"])) if currency == "USD" else ""
        fields = {"currency": currency, "fx_rate": own_rate}
        if kind == "RETURN_OF_CAPITAL":
            rows.append(as_row(f"{when} {kind} - {ticker} = {money}", fields))
        elif kind in {"BUY", "SELL", "STAKING"} and draw(st.integers(0, 9)):
            rows.append(as_row(f"{when} {kind} {units} {ticker} = {money}", fields))
        else:
            rows.append(as_row(f"{when} {kind} {units} {ticker}", fields))
    return rows


@pytest.fixture
def files(db, tmp_path):
    publish(PUBLISHED[1:])
    return Files(tmp_path, User.objects.create(username="alice"))


def publish(rates):
    """Store rates of the dollar and tell it, as a refresh does; the days lie among the events."""
    with transaction.atomic():
        for day, rate in rates:
            ExchangeRate.objects.create(currency="USD", date=day, rate=rate, source="ecb")
            rates_changed.send(sender=ExchangeRate, since={"USD": day})


def imported(files, pieces):
    """The state after importing the pieces one after another; rolled back."""
    with transaction.atomic():
        for piece in pieces:
            if piece:
                files.one(*piece, account="Broker", currency="EUR", import_likely_duplicates=True)
        state = contents()
        assert verify(Account.objects.all()) == []
        transaction.set_rollback(True)
    return state


@slow
@given(events(), st.lists(st.integers(0, 14), max_size=3))
def test_appending_in_pieces_is_importing_at_once(files, rows, cuts):
    places = [0, *sorted(cuts), len(rows)]
    pieces = [rows[start:end] for start, end in pairwise(places)]
    assert imported(files, pieces) == imported(files, [rows])


@slow
@given(events(), st.data())
def test_the_order_of_files_does_not_matter(files, rows, data):
    owners = [data.draw(st.integers(0, 2)) for _ in rows]
    owned = list(zip(rows, owners, strict=True))
    parts = [[row for row, owner in owned if owner == part] for part in range(3)]
    order = data.draw(st.permutations(parts))
    assert imported(files, order) == imported(files, [rows])


@slow
@given(events(), st.data())
def test_undoing_the_last_import_restores_the_same_bits(files, rows, data):
    mine = [data.draw(st.booleans()) for _ in rows]
    kept = [row for row, is_kept in zip(rows, mine, strict=True) if is_kept]
    with transaction.atomic():
        choices = {"account": "Broker", "currency": "EUR", "import_likely_duplicates": True}
        if kept:
            files.one(*kept, **choices)
        before = contents()
        undo_import(Import.objects.get(pk=files.one(*rows, **choices).import_id))
        assert contents() == before
        transaction.set_rollback(True)


@slow
@given(events(), events())
def test_accounts_that_send_each_other_lots_agree_with_a_rebuild(files, here, there):
    """Transfers of equal quantity link by themselves wherever they can."""
    ways = ("IN", "OUT")
    with transaction.atomic():
        for rows, name in ((here, "Here"), (there, "There")):
            moves = [
                as_row(f"2024-01-0{day} TRANSFER_{ways[(day % 2) == (name == 'Here')]} {day} AAA")
                for day in (2, 3, 5)
            ]
            files.one(*rows, *moves, account=name, currency="EUR", import_likely_duplicates=True)
        assert verify(Account.objects.all()) == []
        before = contents()
        for account in Account.objects.all():
            rebuild_account(account)
        assert contents() == before
        transaction.set_rollback(True)


@slow
@given(events(), st.permutations(PUBLISHED), st.integers(0, 4))
def test_rates_that_arrive_after_the_rows_give_the_same_bits(files, rows, rates, late):
    with transaction.atomic():
        ExchangeRate.objects.all().delete()
        publish(rates[late:])
        files.one(*rows, account="Broker", currency="EUR", import_likely_duplicates=True)
        for rate in rates[:late]:
            publish([rate])
        assert verify(Account.objects.all()) == []
        transaction.set_rollback(True)
