"""What our own format says beyond single rows: accounts, their order of rows, legs in two of them."""

import pytest

from portfolio.models import Lot, Position
from tests.factories import AccountFactory
from tests.transactions.rows import csv_text
from transactions import ingest
from transactions.models import Account, Transaction


def imported(owner, *rows, account="Moved"):
    return ingest.run(ingest.stage(owner, "a.csv", csv_text(*rows).encode(), account_name=account))


def deposit(**fields):
    return {"date": "2024-01-05", "type": "DEPOSIT", "amount": "5", "currency": "EUR", **fields}


def trade(kind, **fields):
    return {
        "date": "2024-01-05",
        "type": kind,
        "ticker": "AAA",
        "quantity": "1",
        "currency": "EUR",
        **fields,
    }


def facts(name):
    account = Account.objects.get(name=name)
    return account.currency, account.time_zone, account.tracks_cash


def test_an_import_makes_the_accounts_that_the_file_describes(alice):
    tokyo = {"account_currency": "JPY", "time_zone": "Asia/Tokyo", "tracks_cash": "no"}
    imported(alice, deposit(**tokyo), deposit(portfolio="Two", account_currency="CHF"))
    assert facts("Moved") == ("JPY", "Asia/Tokyo", False)
    # What a depot does not say is as in the main one.
    assert facts("Moved Two") == ("CHF", "Asia/Tokyo", True)


def test_an_account_that_is_there_stays_as_it_is(alice):
    AccountFactory(owner=alice, name="Moved", currency="EUR", time_zone="Europe/Berlin")
    imported(alice, deposit(account_currency="JPY", time_zone="Asia/Tokyo"))
    assert facts("Moved") == ("EUR", "Europe/Berlin", True)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", ""])
def test_a_time_zone_that_nobody_knows_is_utc(alice, zone):
    imported(alice, deposit(time_zone=zone))
    assert facts("Moved")[1] == "UTC"


def test_rows_with_an_order_may_stand_anywhere(alice):
    imported(
        alice,
        trade("BUY", amount="30", order="3"),
        trade("BUY", amount="10", order="1"),
        trade("BUY", amount="20", order="2"),
        trade("SELL", amount="15", order="4"),
    )
    assert [lot.cost for lot in Lot.objects.order_by("sequence")] == [10, 20, 30]
    assert Position.objects.get().realized_pl == 5


def test_legs_in_two_depots_of_a_file_are_linked_and_lots_keep_cost_and_date(alice):
    *_, there = imported(
        alice,
        trade("BUY", date="2024-01-02", amount="10", portfolio="A"),
        trade("TRANSFER_OUT", portfolio="A", group="g"),
        trade("TRANSFER_IN", portfolio="B", group="g"),
    )
    (lot,) = Lot.objects.exclude(remaining_quantity=0)
    assert (lot.position.account.name, lot.cost) == ("Moved B", 10)
    assert lot.purchase_date.day == 2
    # Of the preview as well.
    (effect,) = there.effects
    assert (effect.quantity_after, effect.cost_before, effect.cost_after) == (1, 0, 10)
    assert Transaction.objects.exclude(linked_transaction=None).count() == 2


def test_a_transfer_with_a_group_of_its_own_looks_for_no_partner(alice):
    imported(alice, trade("TRANSFER_OUT"), account="Old")
    imported(alice, trade("TRANSFER_IN", group="alone"))
    assert not Transaction.objects.exclude(linked_transaction=None).exists()
    imported(alice, trade("TRANSFER_IN"), account="Third")
    assert Transaction.objects.exclude(linked_transaction=None).count() == 2


def test_of_three_legs_the_third_stays_plain(alice):
    imported(
        alice,
        trade("TRANSFER_OUT", portfolio="A", group="g"),
        trade("TRANSFER_IN", portfolio="B", group="g"),
        trade("TRANSFER_IN", portfolio="C", group="g"),
    )
    assert Transaction.objects.exclude(linked_transaction=None).count() == 2
