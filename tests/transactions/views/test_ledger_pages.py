"""The list of transactions and the page of one."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.factories import AccountFactory, ImportFactory, ledger
from transactions.models import Account, Transaction

LIST = reverse("transactions:transactions")


@pytest.fixture
def account(alice: User, client: Client) -> Account:
    client.force_login(alice)
    return AccountFactory(owner=alice, name="Broker")


def listed(client: Client, **query: object) -> list[str]:
    """The rows as "day kind ticker", in the order of the page."""
    page = client.get(LIST, query).context["page"]
    return [str(row) for row in page.rows]


def test_it_lists_the_newest_first(client: Client, account: Account) -> None:
    ledger(account, "2024-01-05 BUY 10 AAA @ 5", "2024-03-05 SELL 4 AAA @ 6", "2024-02-01 FEE 1")
    assert listed(client) == ["2024-03-05 SELL AAA", "2024-02-01 FEE EUR", "2024-01-05 BUY AAA"]


def test_it_merges_accounts_by_date(client: Client, account: Account, alice: User) -> None:
    other = AccountFactory(owner=alice)
    ledger(account, "2024-01-05 BUY 1 AAA @ 5", "2024-01-07 BUY 1 CCC @ 5")
    ledger(other, "2024-01-06 BUY 1 BBB @ 5")
    assert listed(client) == ["2024-01-07 BUY CCC", "2024-01-06 BUY BBB", "2024-01-05 BUY AAA"]


def test_it_shows_nothing_of_others(client: Client, account: Account, bob: User) -> None:
    foreign = AccountFactory(owner=bob)
    ledger(foreign, "2024-01-05 BUY 1 SECRET @ 5")
    assert listed(client) == []
    assert listed(client, search="SECRET") == []
    assert listed(client, account=foreign.pk) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"type": "SELL"}, ["2024-03-05 SELL AAA"]),
        ({"search": "aaa"}, ["2024-03-05 SELL AAA", "2024-01-05 BUY AAA"]),
        ({"search": "custody"}, ["2024-02-01 FEE EUR"]),
        ({"since": "2024-02-01"}, ["2024-03-05 SELL AAA", "2024-02-01 FEE EUR"]),
        ({"until": "2024-01-31"}, ["2024-01-05 BUY AAA"]),
        ({"since": "2024-02-01", "until": "2024-02-01"}, ["2024-02-01 FEE EUR"]),
        ({"type": "NONSENSE"}, ["2024-03-05 SELL AAA", "2024-02-01 FEE EUR", "2024-01-05 BUY AAA"]),
    ],
)
def test_it_is_filtered(
    client: Client, account: Account, query: dict[str, str], expected: list[str]
) -> None:
    ledger(account, "2024-01-05 BUY 10 AAA @ 5", "2024-03-05 SELL 4 AAA @ 6")
    ledger(account, "2024-02-01 FEE 1", raw_description="Custody fee of January")
    assert listed(client, **query) == expected


def test_it_is_filtered_by_import(client: Client, account: Account) -> None:
    rows = ledger(account, "2024-01-05 BUY 1 AAA @ 5", "2024-01-06 BUY 1 AAA @ 5")
    record = ImportFactory(account=account)
    Transaction.objects.filter(pk=rows[0].pk).update(source=record)
    assert listed(client, source=record.pk) == ["2024-01-05 BUY AAA"]


def test_an_unreadable_date_is_said_and_narrows_nothing(client: Client, account: Account) -> None:
    ledger(account, "2024-01-05 BUY 1 AAA @ 5")
    response = client.get(LIST, {"since": "yesterday"})
    assert "Enter a valid date." in response.content.decode()
    assert len(response.context["page"].rows) == 1


def test_pages_follow_each_other_in_both_directions(client: Client, account: Account) -> None:
    # All at one instant: only the key of the row tells them apart.
    ledger(account, *[f"2024-01-05 BUY {number + 1} AAA @ 5" for number in range(120)])
    seen: list[int] = []
    query: dict[str, str] = {}
    for _ in range(3):
        page = client.get(LIST, query).context["page"]
        seen += [row.pk for row in page.rows]
        query = {"before": str(page.older)}
    assert len(seen) == len(set(seen)) == 120
    assert page.older is None
    back = client.get(LIST, {"after": str(page.newer)}).context["page"]
    assert [row.pk for row in back.rows] == seen[50:100]
    first = client.get(LIST, {"after": str(back.newer)}).context["page"]
    assert [row.pk for row in first.rows] == seen[:50]
    assert first.newer is None


@pytest.mark.parametrize(
    "cursor", ["x", "1.2", "1.2.3.4", f"{10**30}.1.1", f"1.{10**30}.1", "1.1.-5"]
)
def test_a_changed_link_breaks_nothing(client: Client, account: Account, cursor: str) -> None:
    ledger(account, "2024-01-05 BUY 1 AAA @ 5")
    assert client.get(LIST, {"before": cursor}).status_code == 200
    assert client.get(LIST, {"after": cursor}).status_code == 200


def test_links_to_pages_keep_the_filters(client: Client, account: Account) -> None:
    ledger(account, *[f"2024-01-05 BUY {number + 1} AAA @ 5" for number in range(51)])
    response = client.get(LIST, {"type": "BUY", "search": ""})
    assert f'href="?type=BUY&amp;before={response.context["page"].older}"' in (
        response.content.decode()
    )


def test_htmx_gets_the_rows_alone(client: Client, account: Account) -> None:
    ledger(account, "2024-01-05 BUY 1 AAA @ 5")
    response = client.get(LIST, headers={"HX-Request": "true"})
    page = response.content.decode()
    assert page.lstrip().startswith('<div id="rows"')
    assert "AAA" in page
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_any_length(
    client: Client, account: Account, django_assert_num_queries, count: int
) -> None:
    ledger(account, *[f"2024-01-0{day + 1} BUY 1 T{day} @ 5" for day in range(count)])
    with django_assert_num_queries(6):
        client.get(LIST)


def test_an_empty_ledger_says_what_to_do(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert "Import the files that your broker" in client.get(LIST).content.decode()


def test_an_unknown_amount_links_to_where_it_can_be_entered(
    client: Client, account: Account
) -> None:
    (row,) = ledger(account, "2024-01-05 BUY 10 AAA")
    edit = reverse("transactions:transaction-edit", args=[row.pk])
    assert f'<a class="unknown" href="{edit}">unknown</a>' in client.get(LIST).content.decode()


def test_one_transaction_shows_every_field(client: Client, account: Account) -> None:
    (row,) = ledger(
        account,
        "2024-01-05T09:30 BUY 10 AAA @ 5.123456789012345678",
        fee=Decimal("1.50"),
        tax=Decimal("0.25"),
        fx_rate=Decimal("1.08"),
        raw_description="Limit order",
    )
    page = client.get(reverse("transactions:transaction", args=[row.pk])).content.decode()
    for text in ("5.123456789012345678 EUR", "1.50", "0.25", "Limit order", "09:30:00"):
        assert text in page, text
    assert "not used: the account is in EUR" in page
    assert "It was entered by hand." in page


def test_a_rate_is_told_between_two_currencies(client: Client, account: Account) -> None:
    (row,) = ledger(account, "2024-01-05 BUY 10 AAA @ 5", currency="USD", fx_rate=Decimal("0.9"))
    page = client.get(reverse("transactions:transaction", args=[row.pk])).content.decode()
    assert "0.9 EUR per USD" in page


def test_the_other_side_is_added_with_what_is_known_of_it(client: Client, account: Account) -> None:
    (row,) = ledger(account, "2024-01-05 TRANSFER_OUT 10 AAA")
    page = client.get(reverse("transactions:transaction-link", args=[row.pk])).content.decode()
    known = "transaction_type=TRANSFER_IN&amp;date=2024-01-05&amp;ticker=AAA&amp;quantity=10&amp;currency=EUR"
    assert f"{reverse('transactions:transaction-add')}?{known}" in page


def test_the_time_is_that_of_the_account(client: Client, account: Account) -> None:
    account.time_zone = "Asia/Tokyo"
    account.save()
    (row,) = ledger(account, "2024-01-05T20:30 BUY 10 AAA @ 5")
    page = client.get(reverse("transactions:transaction", args=[row.pk])).content.decode()
    assert "6 Jan 2024 05:30:00" in page


def test_an_imported_one_leads_to_its_line(client: Client, account: Account) -> None:
    (row,) = ledger(account, "2024-01-05 BUY 10 AAA @ 5")
    record = ImportFactory(account=account)
    Transaction.objects.filter(pk=row.pk).update(
        source=record, source_line=2, source_file="export.csv"
    )
    page = client.get(reverse("transactions:transaction", args=[row.pk])).content.decode()
    assert reverse("transactions:import-line", args=[record.pk, 2]) in page


def test_transfer_legs_are_linked_and_unlinked(
    client: Client, account: Account, alice: User
) -> None:
    other = AccountFactory(owner=alice, name="Wallet")
    ledger(account, "2024-01-05 BUY 10 AAA @ 5")
    (out,) = ledger(account, "2024-02-05 TRANSFER_OUT 10 AAA")
    (into,) = ledger(other, "2024-02-06 TRANSFER_IN 9.5 AAA")
    url = reverse("transactions:transaction-link", args=[out.pk])
    assert [row.pk for row in client.get(url).context["candidates"]] == [into.pk]
    assert client.post(url, {"counterpart": into.pk}).status_code == 302
    out.refresh_from_db()
    assert out.linked_transaction_id == into.pk
    page = client.get(reverse("transactions:transaction", args=[into.pk])).content.decode()
    assert reverse("transactions:transaction-unlink", args=[into.pk]) in page
    client.post(reverse("transactions:transaction-unlink", args=[into.pk]))
    out.refresh_from_db()
    assert out.linked_transaction_id is None


def test_only_candidates_can_be_linked(client: Client, account: Account, bob: User) -> None:
    (out,) = ledger(account, "2024-02-05 TRANSFER_OUT 10 AAA")
    (foreign,) = ledger(AccountFactory(owner=bob), "2024-02-06 TRANSFER_IN 10 AAA")
    (sale,) = ledger(account, "2024-02-06 BUY 1 AAA @ 5")
    url = reverse("transactions:transaction-link", args=[out.pk])
    for other in (foreign.pk, sale.pk, "", "x", 10**25):
        assert client.post(url, {"counterpart": other}).status_code == 404
    not_a_transfer = reverse("transactions:transaction-link", args=[sale.pk])
    assert "Only a transfer that is not linked" in client.get(not_a_transfer).content.decode()


def test_methods_are_checked(client: Client, account: Account) -> None:
    (row,) = ledger(account, "2024-01-05 BUY 10 AAA @ 5")
    assert client.post(LIST).status_code == 405
    assert client.post(reverse("transactions:transaction", args=[row.pk])).status_code == 405
    assert client.get(reverse("transactions:transaction-unlink", args=[row.pk])).status_code == 405


def test_a_row_of_the_day_has_no_time(client: Client, account: Account) -> None:
    (row,) = ledger(account, "2024-01-05 BUY 10 AAA @ 5")
    assert row.transaction_date == datetime(2024, 1, 5, tzinfo=UTC)
    page = client.get(reverse("transactions:transaction", args=[row.pk])).content.decode()
    assert "Only the day is known" in page
