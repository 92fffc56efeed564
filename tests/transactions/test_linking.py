"""Legs of one event find each other only where it is unmistakable."""

import pytest
from django.core.exceptions import ValidationError

from tests.factories import AccountFactory, ledger
from transactions.ledger import delete_transactions, link_transfer, unlink
from transactions.linking import candidates
from transactions.models import Transaction


def links():
    """Pairs as ``{"TRANSFER_OUT AAA", "TRANSFER_IN AAA"}``."""
    found = Transaction.objects.filter(linked_transaction__isnull=False)
    for one in found:
        assert one.linked_transaction.linked_transaction_id == one.pk
    return {
        frozenset(
            f"{leg.transaction_type} {leg.instrument_id or leg.currency}"
            for leg in (one, one.linked_transaction)
        )
        for one in found
    }


def leg(kind, ticker="", currency="EUR", group="g", units="1"):
    row = {"date": "2024-01-05", "type": kind, "ticker": ticker, "currency": currency}
    money = {"amount": "9"} if not ticker else {"quantity": units, "amount": "9"}
    return {**row, **money, "group": group}


def test_the_legs_of_a_swap_are_linked(files):
    files.one(leg("SELL", "BTC"), leg("BUY", "ETH"), leg("SELL", "XMR", group="other"))
    assert links() == {frozenset({"SELL BTC", "BUY ETH"})}


def test_the_legs_of_a_conversion_are_linked(files):
    files.one(leg("TRANSFER_OUT"), leg("TRANSFER_IN", currency="USD"))
    assert links() == {frozenset({"TRANSFER_OUT EUR", "TRANSFER_IN USD"})}


def test_of_dust_swept_into_one_coin_only_the_first_has_a_partner(files):
    files.one(leg("SELL", "AAA"), leg("SELL", "BBB"), leg("BUY", "BNB"))
    assert links() == {frozenset({"SELL AAA", "BUY BNB"})}


def test_a_transfer_is_linked_whichever_side_comes_first(files):
    for first, second in (("OUT", "IN"), ("IN", "OUT")):
        files.one(f"2024-01-05 TRANSFER_{first} 1 {first}", account="A")
        files.one(f"2024-01-06 TRANSFER_{second} 1 {first}", account="B")
    assert links() == {
        frozenset({"TRANSFER_OUT OUT", "TRANSFER_IN OUT"}),
        frozenset({"TRANSFER_OUT IN", "TRANSFER_IN IN"}),
    }


@pytest.mark.parametrize(
    "other",
    [
        "2024-01-06 TRANSFER_IN 2 AAA",
        "2024-01-06 TRANSFER_IN 1 BBB",
        "2024-01-06 TRANSFER_OUT 1 AAA",
        "2024-01-13 TRANSFER_IN 1 AAA",
        "2024-01-06 BUY 1 AAA = 5",
    ],
)
def test_what_does_not_match_is_not_linked(files, other):
    files.one("2024-01-05 TRANSFER_OUT 1 AAA", account="A")
    files.one(other, account="B")
    assert links() == set()


def test_what_could_be_two_is_not_linked(files):
    files.one("2024-01-05 TRANSFER_OUT 1 AAA", "2024-01-07 TRANSFER_OUT 1 AAA", account="A")
    files.one("2024-01-06 TRANSFER_IN 1 AAA", account="B")
    assert links() == set()


def test_accounts_of_others_are_never_linked(files, bob):
    ledger(AccountFactory(owner=bob), "2024-01-05 TRANSFER_OUT 1 AAA")
    files.one("2024-01-06 TRANSFER_IN 1 AAA")
    assert links() == set()


def test_legs_of_one_account_are_not_linked_by_themselves(files):
    files.one("2024-01-05 TRANSFER_OUT 1 AAA", "2024-01-06 TRANSFER_IN 1 AAA")
    assert links() == set()


@pytest.fixture
def accounts(alice):
    return [AccountFactory(owner=alice), AccountFactory(owner=alice)]


def test_candidates_are_the_unlinked_opposites_of_ones_own_within_a_week(accounts, bob):
    here, there = accounts
    (out,) = ledger(here, "2024-01-08 TRANSFER_OUT 1 AAA")
    found = ledger(there, "2024-01-01 TRANSFER_IN 1 AAA", "2024-01-15 TRANSFER_IN 1 AAA")
    ledger(there, "2024-01-16 TRANSFER_IN 1 AAA", "2024-01-08 TRANSFER_IN 2 AAA")
    ledger(here, "2024-01-08 TRANSFER_IN 1 AAA")
    ledger(AccountFactory(owner=bob), "2024-01-08 TRANSFER_IN 1 AAA")
    assert candidates(out) == found
    assert candidates(found[0]) == [out]
    link_transfer(out, found[0])
    assert candidates(found[1]) == []


def test_only_a_giving_and_a_taking_row_can_be_linked(accounts):
    here, there = accounts
    out, also_out = ledger(here, "2024-01-08 TRANSFER_OUT 1 AAA", "2024-01-09 SELL 1 AAA @ 1")
    (income,) = ledger(there, "2024-01-08 DIVIDEND 5")
    for other in (also_out, income, out):
        with pytest.raises(ValidationError):
            link_transfer(out, other)
    assert links() == set()


def test_rows_of_different_people_cannot_be_linked(accounts, bob):
    (out,) = ledger(accounts[0], "2024-01-08 TRANSFER_OUT 1 AAA")
    (into,) = ledger(AccountFactory(owner=bob), "2024-01-08 TRANSFER_IN 1 AAA")
    with pytest.raises(ValidationError, match="of your own"):
        link_transfer(out, into)


def test_a_linked_row_must_be_unlinked_first(accounts):
    here, there = accounts
    (out,) = ledger(here, "2024-01-08 TRANSFER_OUT 1 AAA")
    into, other = ledger(there, "2024-01-08 TRANSFER_IN 1 AAA", "2024-01-09 TRANSFER_IN 1 AAA")
    link_transfer(out, into)
    with pytest.raises(ValidationError, match="linked already"):
        link_transfer(out, other)
    unlink(into)
    link_transfer(out, other)
    # What the page showed may be old: the row is free already.
    unlink(into)
    assert len(links()) == 1
    unlink(out)
    assert links() == set()


def test_a_row_that_is_gone_cannot_be_linked(accounts):
    here, there = accounts
    (out,) = ledger(here, "2024-01-08 TRANSFER_OUT 1 AAA")
    (into,) = ledger(there, "2024-01-08 TRANSFER_IN 1 AAA")
    delete_transactions(there, [into.pk])
    with pytest.raises(ValidationError, match="reload the page"):
        link_transfer(out, into)
