"""The admin of the ledger: it changes nothing behind the back of the positions."""

from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from portfolio.models import Position
from tests.factories import AccountFactory, ImportFactory, InstrumentFactory, ledger
from transactions.models import Account, Import, Transaction

FIELDS = {
    "transaction_date_0": "2024-01-05",
    "transaction_date_1": "10:00:00",
    "has_time": "on",
    "transaction_type": "BUY",
    "instrument": "AAA",
    "quantity": "10",
    "price": "5",
    "total_amount": "50",
    "currency": "EUR",
    "fee": "0",
    "tax": "0",
}


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", "root@example.com", "secret words"))
    return client


def held(account: Account, ticker: str = "AAA") -> Decimal | None:
    position = Position.objects.filter(account=account, instrument=ticker).first()
    return position.quantity if position else None


def test_every_list_and_every_object_opens(staff: Client, alice: User) -> None:
    account = AccountFactory(owner=alice)
    ledger(account, "2024-01-05 BUY 10 AAA @ 5", "2024-02-01 SELL 4 AAA @ 6", "2024-02-02 FEE 1")
    ImportFactory(account=account)
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert staff.get(reverse(f"{name}_changelist")).status_code == 200, name
        searched = staff.get(reverse(f"{name}_changelist"), {"q": "a"})
        assert searched.status_code == 200, name
        row = model._default_manager.first()
        if row is not None and model._meta.app_label != "contenttypes":
            assert staff.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200, name
        assert model_admin.get_list_display(searched.wsgi_request)


def test_the_jobs_of_the_queue_are_there(staff: Client) -> None:
    page = staff.get(reverse("admin:index")).content.decode()
    assert reverse("admin:procrastinate_procrastinatejob_changelist") in page


def test_only_staff_gets_in(client: Client, alice: User) -> None:
    client.force_login(alice)
    response = client.get(reverse("admin:transactions_transaction_changelist"))
    assert response.status_code in {302, 403}


def test_an_added_transaction_makes_a_position(staff: Client, alice: User) -> None:
    account = AccountFactory(owner=alice)
    InstrumentFactory(ticker="AAA")
    response = staff.post(
        reverse("admin:transactions_transaction_add"), FIELDS | {"account": account.pk}
    )
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert held(account) == Decimal(10)


def test_a_changed_transaction_changes_the_position(staff: Client, alice: User) -> None:
    account = AccountFactory(owner=alice)
    (row,) = ledger(account, "2024-01-05 BUY 10 AAA @ 5")
    url = reverse("admin:transactions_transaction_change", args=[row.pk])
    assert staff.post(url, FIELDS | {"quantity": "7"}).status_code == 302
    assert held(account) == Decimal(7)


def test_what_the_ledger_refuses_is_said_beside_the_field(staff: Client, alice: User) -> None:
    account = AccountFactory(owner=alice)
    (row,) = ledger(account, "2024-01-05 BUY 10 AAA @ 5")
    url = reverse("admin:transactions_transaction_change", args=[row.pk])
    response = staff.post(url, FIELDS | {"quantity": "-7"})
    assert response.status_code == 200
    assert "quantity" in response.context["adminform"].form.errors
    assert held(account) == Decimal(10)


def test_a_deleted_transaction_leaves_the_position(staff: Client, alice: User) -> None:
    account = AccountFactory(owner=alice)
    rows = ledger(account, "2024-01-05 BUY 10 AAA @ 5", "2024-01-06 BUY 1 AAA @ 5")
    url = reverse("admin:transactions_transaction_delete", args=[rows[0].pk])
    assert staff.get(url).status_code == 200
    assert staff.post(url, {"post": "yes"}).status_code == 302
    assert held(account) == Decimal(1)


def test_many_are_deleted_through_the_ledger(staff: Client, alice: User, bob: User) -> None:
    one, other = AccountFactory(owner=alice), AccountFactory(owner=bob)
    rows = ledger(one, "2024-01-05 BUY 10 AAA @ 5", "2024-01-06 BUY 1 AAA @ 5")
    rows += ledger(other, "2024-01-05 BUY 10 AAA @ 5")
    chosen = {"action": "delete_selected", "_selected_action": [rows[0].pk, rows[2].pk]}
    url = reverse("admin:transactions_transaction_changelist")
    assert staff.post(url, chosen | {"post": "yes"}).status_code == 302
    assert (held(one), held(other)) == (Decimal(1), None)


def test_a_deleted_account_takes_all_with_it(staff: Client, alice: User) -> None:
    account = AccountFactory(owner=alice)
    ledger(account, "2024-01-05 BUY 10 AAA @ 5")
    ImportFactory(account=account)
    url = reverse("admin:transactions_account_delete", args=[account.pk])
    assert staff.post(url, {"post": "yes"}).status_code == 302
    assert not Transaction.objects.exists()
    assert not Import.objects.exists()
    assert not Account.objects.exists()


def test_an_import_shows_its_rejects_and_is_undone(staff: Client, alice: User) -> None:
    account = AccountFactory(owner=alice)
    (row,) = ledger(account, "2024-01-05 BUY 10 AAA @ 5")
    rejects = [{"line": 7, "reason": "the type “GIFT” is not known", "raw": "a,b,GIFT"}]
    record = ImportFactory(
        account=account,
        status=Import.Status.IMPORTED,
        rows=2,
        imported=1,
        rejected=1,
        rejects=rejects,
    )
    Transaction.objects.filter(pk=row.pk).update(source=record)
    page = staff.get(reverse("admin:transactions_import_change", args=[record.pk]))
    assert "the type “GIFT” is not known" in page.content.decode()
    url = reverse("admin:transactions_import_changelist")
    response = staff.post(url, {"action": "undo", "_selected_action": [record.pk]}, follow=True)
    assert "is undone: 1 rows are gone" in response.content.decode()
    assert held(account) is None
    staff.post(url, {"action": "undo", "_selected_action": [record.pk]})
    record.refresh_from_db()
    assert record.status == Import.Status.UNDONE


def test_the_bytes_of_files_are_never_read_for_a_list(
    staff: Client, alice: User, django_assert_max_num_queries
) -> None:
    ImportFactory(account=AccountFactory(owner=alice))
    with django_assert_max_num_queries(12) as queries:
        staff.get(reverse("admin:transactions_import_changelist"))
    assert not [one for one in queries.captured_queries if '"content"' in one["sql"]]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_transactions_takes_the_same_queries(
    staff: Client, alice: User, django_assert_num_queries, count: int
) -> None:
    account = AccountFactory(owner=alice)
    ledger(account, *[f"2024-01-0{day + 1} BUY 1 T{day} @ 5" for day in range(count)])
    with django_assert_num_queries(7):
        staff.get(reverse("admin:transactions_transaction_changelist"))
