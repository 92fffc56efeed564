"""Adding, changing and deleting accounts."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from portfolio.models import Position
from tests.factories import AccountFactory, ImportFactory, ledger
from transactions.models import Account, Import, Transaction

LIST, ADD = reverse("transactions:accounts"), reverse("transactions:account-add")
FIELDS = {"name": "Broker", "currency": "eur", "time_zone": "Europe/Berlin", "tracks_cash": "on"}


@pytest.fixture(autouse=True)
def signed_in(alice: User, client: Client) -> None:
    client.force_login(alice)


def test_an_account_is_added(client: Client, alice: User) -> None:
    assert client.post(ADD, FIELDS)["Location"] == LIST
    account = Account.objects.get()
    assert (account.owner, account.currency, account.tracks_cash) == (alice, "EUR", True)
    assert "Broker" in client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "Mine"}, "You already have an account named “Mine”."),
        ({"currency": "GBX"}, "GBX is a hundredth of GBP"),
        ({"time_zone": "Berlin"}, "“Berlin” is not a time zone"),
        ({"time_zone": "../etc/passwd"}, "is not a time zone"),
    ],
)
def test_what_is_wrong_is_said(
    client: Client, alice: User, fields: dict[str, str], sentence: str
) -> None:
    AccountFactory(owner=alice, name="Mine")
    assert sentence in client.post(ADD, FIELDS | fields).content.decode()
    assert Account.objects.count() == 1


def test_two_people_may_use_one_name(client: Client, bob: User) -> None:
    AccountFactory(owner=bob, name="Broker")
    assert client.post(ADD, FIELDS).status_code == 302
    assert "Broker" in client.get(LIST).content.decode()


def test_the_list_shows_only_ones_own(client: Client, bob: User) -> None:
    AccountFactory(owner=bob, name="Theirs")
    page = client.get(LIST).content.decode()
    assert "Theirs" not in page
    assert "No accounts yet" in page


def test_an_account_is_renamed(client: Client, alice: User) -> None:
    account = AccountFactory(owner=alice)
    url = reverse("transactions:account-edit", args=[account.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, FIELDS | {"name": "Other"})["Location"] == LIST
    account.refresh_from_db()
    assert (account.name, account.owner) == ("Other", alice)


def test_currency_and_zone_are_fixed_once_there_are_transactions(
    client: Client, alice: User
) -> None:
    account = AccountFactory(owner=alice)
    ledger(account, "2024-01-05 BUY 1 AAA @ 5")
    url = reverse("transactions:account-edit", args=[account.pk])
    client.post(url, FIELDS | {"currency": "USD"})
    account.refresh_from_db()
    assert (account.name, account.currency, account.time_zone) == ("Broker", "EUR", "UTC")


def test_deleting_says_what_goes_and_takes_it(client: Client, alice: User) -> None:
    account, wallet = AccountFactory(owner=alice), AccountFactory(owner=alice)
    ledger(account, "2024-01-05 BUY 1 AAA @ 5", "2024-01-06 SELL 1 AAA @ 6")
    ledger(wallet, "2024-01-05 BUY 1 AAA @ 5")
    ImportFactory(account=account)
    url = reverse("transactions:account-delete", args=[account.pk])
    assert "2 transactions" in client.get(url).content.decode()
    assert client.post(url)["Location"] == LIST
    assert list(Account.objects.all()) == [wallet]
    assert (Transaction.objects.count(), Position.objects.count()) == (1, 1)
    assert not Import.objects.exists()


def test_deleting_frees_the_other_leg_of_a_transfer(client: Client, alice: User) -> None:
    account, wallet = AccountFactory(owner=alice), AccountFactory(owner=alice)
    ledger(account, "2024-01-05 BUY 1 AAA @ 5")
    (out,) = ledger(account, "2024-02-05 TRANSFER_OUT 1 AAA")
    (into,) = ledger(wallet, "2024-02-05 TRANSFER_IN 1 AAA")
    client.post(reverse("transactions:transaction-link", args=[out.pk]), {"counterpart": into.pk})
    assert Position.objects.get(account=wallet).total_cost == 5
    client.post(reverse("transactions:account-delete", args=[account.pk]))
    into.refresh_from_db()
    assert into.linked_transaction_id is None
    assert Position.objects.get(account=wallet).total_cost is None


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_any_length(
    client: Client, alice: User, django_assert_num_queries, count: int
) -> None:
    for _ in range(count):
        AccountFactory(owner=alice)
    with django_assert_num_queries(3):
        client.get(LIST)
