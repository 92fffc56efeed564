"""What is stated and what is unknown, through the API as on the pages."""

import pytest
from django.test import Client

from tests.factories import AccountFactory, ImportFactory, ledger
from tests.portfolio.api.asking import ask, bearer, digits
from tests.portfolio.test_reconciliation import state


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    account = AccountFactory(owner=alice, name="Broker", currency="EUR")
    ledger(account, "2024-01-02 DEPOSIT 100", "2024-01-04 BUY 2 AAA @ 5", "2024-01-05 BUY 1 BBB")
    return account


def test_a_statement_stands_beside_what_is_reckoned(signed_in, broker):
    record = ImportFactory(account=broker)
    state(broker, "2024-01-02", "100", source=record, source_line=7)
    state(broker, "2024-01-05", "80.50", source=record, source_line=9)
    state(broker, "2024-01-05", "2", "AAA")
    context = signed_in.get("/reconcile/").context
    answer = ask(signed_in, f"reconcile?account={broker.pk}")
    assert answer["differing"] == context["differing"] == 1
    money, units = answer["lines"]
    for row, line in zip(context["rows"], answer["lines"], strict=True):
        assert line["agrees"] == row.line.agrees
        assert line["latest"]["ours"] == digits(row.line.latest.ours)
        assert line["latest"]["stated"] == digits(row.line.latest.stated)
        assert line["latest"]["difference"] == digits(row.line.latest.difference)
        assert line["first_differing"] == (str(row.since) if row.since else None)
    assert (money["currency"], money["ticker"], money["statements"]) == ("EUR", None, 2)
    assert (money["last_agreeing"], money["first_differing"]) == ("2024-01-02", "2024-01-05")
    assert (money["latest"]["import_id"], money["latest"]["line"]) == (record.pk, 9)
    assert (units["ticker"], units["currency"], units["agrees"]) == ("AAA", None, True)
    assert units["latest"]["import_id"] is None


def test_data_health_counts_what_its_page_lists(signed_in, broker):
    context = signed_in.get("/data-health/").context
    shown = [*context["open"], *context["settled"]]
    answer = ask(signed_in, "data-health")
    assert {one["name"]: one["count"] for one in answer["groups"]} == {
        group.name: group.count for group in shown
    }
    assert answer["open"] == sum(group.count for group in shown) > 0


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("reconcile", 4), ("data-health", 14)])
def test_they_take_as_many_queries_for_many_rows(
    client, alice, count, path, queries, django_assert_num_queries
):
    account = AccountFactory(owner=alice)
    for number in range(count):
        ledger(account, f"2024-01-05 BUY 1 A{number}")
        state(account, "2024-01-06", "2", f"A{number}")
    headers = bearer(alice)
    ask(client, "accounts", **headers)
    with django_assert_num_queries(queries):
        ask(client, path, **headers)
