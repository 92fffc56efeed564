"""What one transaction did to the lots, as its page loads it."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.factories import AccountFactory, ledger
from transactions.models import Account, Transaction

HTMX = {"HX-Request": "true"}


@pytest.fixture
def account(alice: User, client: Client) -> Account:
    client.force_login(alice)
    return AccountFactory(owner=alice)


def effects(client: Client, row: Transaction, **options):
    return client.get(reverse("portfolio:transaction-effects", args=[row.pk]), **options)


def test_a_purchase_opens_a_lot(client: Client, account: Account) -> None:
    bought, _ = ledger(account, "2024-01-05 BUY 10 AAA @ 5", "2024-02-05 SELL 4 AAA @ 6")
    response = effects(client, bought, headers=HTMX)
    (lot,) = response.context["opened"]
    assert (lot.quantity, lot.remaining_quantity, lot.cost) == (10, 6, 50)
    page = response.content.decode()
    assert "Opened a lot" in page
    assert "<html" not in page
    assert "HX-Request" in response["Vary"]


def test_a_sale_closes_the_oldest_lots(client: Client, account: Account) -> None:
    *_, sold = ledger(
        account,
        "2024-01-05 BUY 10 AAA @ 5",
        "2024-01-06 BUY 10 AAA @ 6",
        "2024-02-05 SELL 12 AAA @ 7",
    )
    response = effects(client, sold)
    closed = response.context["closed"]
    assert [(one.quantity, one.cost, one.gain) for one in closed] == [(10, 50, 20), (2, 12, 2)]
    assert "<html" in response.content.decode()


def test_an_oversold_position_says_so(client: Client, account: Account) -> None:
    (sold,) = ledger(account, "2024-02-05 SELL 12 AAA @ 7")
    response = effects(client, sold)
    assert "Sold without a recorded purchase" in response.content.decode()
    assert response.context["issues"]


def test_money_alone_opens_nothing(client: Client, account: Account) -> None:
    (paid,) = ledger(account, "2024-02-05 DEPOSIT 12")
    assert "It opened and closed no lots." in effects(client, paid).content.decode()


def test_the_issues_of_a_position_stand_in_the_admin(
    client: Client, account: Account, alice: User
) -> None:
    ledger(account, "2024-02-05 SELL 12 AAA @ 7", "2024-02-06 BUY 1 BBB @ 7")
    alice.is_staff = alice.is_superuser = True
    alice.save()
    listed = reverse("admin:portfolio_position_changelist")
    for value, tickers in (("1", ["AAA"]), ("0", ["BBB"]), ("", ["AAA", "BBB"])):
        found = client.get(listed, {"issues": value} if value else {}).context["cl"].result_list
        assert sorted(position.instrument_id for position in found) == tickers
    position = client.get(listed, {"issues": "1"}).context["cl"].result_list[0]
    page = client.get(reverse("admin:portfolio_position_change", args=[position.pk]))
    assert position.issues[0]["message"] in page.content.decode()
    lots = client.get(
        reverse("admin:portfolio_lot_changelist"), {"position__id__exact": position.pk}
    )
    assert [lot.position_id for lot in lots.context["cl"].result_list] == [position.pk]
    disposals = reverse("admin:portfolio_disposal_changelist")
    assert client.get(disposals, {"lot__position__id__exact": position.pk}).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_lots_takes_the_same_queries(
    client: Client, account: Account, django_assert_num_queries, count: int
) -> None:
    ledger(account, *[f"2024-01-0{day + 1} BUY 1 AAA @ 5" for day in range(count)])
    (sold,) = ledger(account, f"2024-02-05 SELL {count} AAA @ 7")
    with django_assert_num_queries(8):
        effects(client, sold, headers=HTMX)
