"""Lots that move between accounts and instruments keep cost and date, whatever is edited."""

from decimal import Decimal

import pytest

from tests.portfolio.market import rated
from tests.portfolio.stored import checked, figures, lots, messages
from tests.transactions.rows import Files, as_row
from transactions.ledger import (
    delete_transactions,
    link_transfer,
    unlink,
)
from transactions.models import Transaction


@pytest.fixture
def files(alice, tmp_path):
    return Files(tmp_path, alice)


def test_a_transfer_between_accounts_keeps_cost_and_date(files):
    files.one("2024-01-05 BUY 2 AAA = 10", "2024-01-07 BUY 2 AAA = 30", account="Here")
    files.one("2024-01-06 BUY 1 AAA = 9", "2024-02-06 TRANSFER_IN 3 AAA", account="There")
    assert figures(account="There") == (4, None, 0, "EUR")
    files.one("2024-02-05 TRANSFER_OUT 3 AAA", account="Here")
    assert figures(account="Here") == (1, 15, 0, "EUR")
    assert lots(account="There") == [
        ("2024-01-05", 2, 10),
        ("2024-01-06", 1, 9),
        ("2024-01-07", 1, 15),
    ]
    assert messages(account="There") == []
    checked()


def test_what_happens_later_on_one_side_reaches_the_other(files):
    files.one("2024-01-05 BUY 2 AAA = 10", "2024-02-05 TRANSFER_OUT 2 AAA", account="Here")
    files.one("2024-02-06 TRANSFER_IN 2 AAA", account="There")
    files.one("2024-01-04 BUY 1 AAA = 1", account="Here")
    assert lots(account="There") == [("2024-01-04", 1, 1), ("2024-01-05", 1, 5)]
    files.one("2024-02-07 BUY 1 AAA = 6", account="There")
    assert figures(account="There") == (3, 12, 0, "EUR")
    checked()


def test_a_ticker_change_carries_the_lots_along(files):
    rows = [
        {"date": "2024-02-05", "type": kind, "ticker": ticker, "quantity": units,
         "currency": "EUR", "group": "merger"}
        for kind, ticker, units in (("TRANSFER_OUT", "OLD", 4), ("TRANSFER_IN", "NEW", 1))
    ]  # fmt: skip
    files.one("2024-01-05 BUY 3 OLD = 10", "2024-01-06 BUY 1 OLD = 7", *rows)
    assert figures("OLD") == (0, 0, 0, "EUR")
    assert lots("NEW") == [("2024-01-05", Decimal("0.75"), 10), ("2024-01-06", Decimal("0.25"), 7)]
    checked()


def test_costs_are_converted_between_accounts_at_the_day_of_purchase(files):
    rated("USD", ("2024-01-05", "1.25"))
    rated("USD", ("2024-02-01", "5"))
    dollars = as_row("2024-01-05 BUY 2 AAA = 10", {"currency": "USD"})
    files.one(dollars, "2024-02-05 TRANSFER_OUT 2 AAA", account="Here", currency="USD")
    files.one("2024-01-06 BUY 1 AAA = 9", "2024-02-05 TRANSFER_IN 2 AAA", account="There")
    assert figures(account="There") == (3, 17, 0, "EUR")
    files.one("2024-02-06 TRANSFER_IN 2 BBB", account="There")
    checked()


def test_costs_without_a_rate_arrive_unknown(files):
    dollars = as_row("2024-01-05 BUY 2 AAA = 10", {"currency": "USD"})
    files.one(dollars, "2024-02-05 TRANSFER_OUT 2 AAA", account="Here", currency="USD")
    files.one("2024-01-06 BUY 1 AAA = 9", "2024-02-05 TRANSFER_IN 2 AAA", account="There")
    assert figures(account="There") == (3, None, 0, "EUR")
    checked()


def test_a_position_of_transfers_only_takes_the_currency_of_what_arrives(files):
    dollars = as_row("2024-01-05 BUY 2 AAA = 10", {"currency": "USD"})
    files.one(dollars, "2024-02-05 TRANSFER_OUT 2 AAA", account="Here", currency="USD")
    files.one("2024-02-05 TRANSFER_IN 2 AAA", account="There", currency="EUR")
    assert figures(account="There") == (2, 10, 0, "USD")
    checked()


def test_lots_that_go_round_come_back_with_their_cost(files):
    files.one("2024-01-05 BUY 2 AAA = 10", "2024-02-05 TRANSFER_OUT 2 AAA", account="A")
    files.one("2024-02-06 TRANSFER_IN 2 AAA", "2024-03-05 TRANSFER_OUT 1 AAA", account="B")
    files.one("2024-03-06 TRANSFER_IN 1 AAA", account="A")
    assert figures(account="A") == (1, 5, 0, "EUR")
    assert figures(account="B") == (1, 5, 0, "EUR")
    checked()


def test_lots_that_would_arrive_before_they_left_arrive_unknown_and_say_so(files):
    files.one("2024-02-05 TRANSFER_IN 1 AAA", "2024-02-06 TRANSFER_OUT 2 AAA", account="A")
    files.one("2024-02-05 TRANSFER_IN 2 AAA", "2024-02-06 TRANSFER_OUT 1 AAA", account="B")
    assert Transaction.objects.filter(linked_transaction__isnull=False).count() == 4
    assert messages(account="A")[0] == "The other side of a transfer of 1 AAA is missing."
    checked()


def test_unlinked_legs_are_on_their_own_again(files):
    files.one("2024-01-05 BUY 2 AAA = 10", "2024-02-05 TRANSFER_OUT 2 AAA", account="Here")
    files.one("2024-02-06 TRANSFER_IN 2 AAA", account="There")
    assert figures(account="There")[1] == 10
    out = Transaction.objects.get(transaction_type="TRANSFER_OUT")
    unlink(out)
    assert figures(account="There")[1] is None
    checked()
    out, into = Transaction.objects.filter(transaction_type__startswith="TR").order_by("pk")
    link_transfer(out, into)
    assert figures(account="There")[1] == 10
    checked()


def test_a_leg_that_is_deleted_takes_its_lots_back(files):
    files.one("2024-01-05 BUY 2 AAA = 10", "2024-02-05 TRANSFER_OUT 2 AAA", account="Here")
    files.one("2024-02-06 TRANSFER_IN 2 AAA", account="There")
    out = Transaction.objects.get(transaction_type="TRANSFER_OUT")
    delete_transactions(out.account, [out.pk])
    assert figures(account="There")[1] is None
    checked()
