"""The ledger through the API: the rows of the page, a page at a time."""

from decimal import Decimal as D

import pytest
from django.test import Client

from tests.factories import AccountFactory, ImportFactory, ledger
from tests.portfolio.api.asking import ask, bearer, digits
from transactions.models import Transaction


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    account = AccountFactory(owner=alice, name="Broker", currency="EUR", tracks_cash=True)
    ledger(account, "2024-01-05 BUY 10 AAA @ 5", "2024-03-05 SELL 4 AAA @ 6", fee=D("0.5"))
    ledger(account, "2024-02-01 FEE 1", raw_description="Custody fee of January")
    ledger(account, "2024-02-02T09:30 DEPOSIT 100", "2024-02-03 STAKING 2 SOL")
    return account


def rows(answer) -> list[str]:
    return [f"{one['day']} {one['type']} {one['ticker']}" for one in answer["transactions"]]


def test_accounts_are_listed(signed_in, broker):
    assert ask(signed_in, "accounts") == {
        "accounts": [
            {
                "id": broker.pk,
                "name": "Broker",
                "currency": "EUR",
                "time_zone": "UTC",
                "tracks_cash": True,
            }
        ]
    }


@pytest.mark.parametrize(
    "query",
    [
        *("", "type=SELL", "search=aaa", "search=custody", "since=2024-02-01", "until=2024-01-31"),
        *("since=2024-02-01&until=2024-02-01", "type=BUY&search=nothing"),
    ],
)
def test_the_rows_and_figures_are_those_of_the_page(signed_in, broker, query):
    page = signed_in.get(f"/transactions/?{query}").context["page"]
    found = ask(signed_in, f"transactions?{query}")["transactions"]
    assert [one["id"] for one in found] == [row.pk for row in page.rows]
    for row, one in zip(page.rows, found, strict=True):
        assert one["quantity"] == digits(row.quantity)
        assert one["price"] == digits(row.price)
        assert one["amount"] == digits(row.total_amount)
        assert one["fee"] == digits(row.fee)


def test_a_row_says_where_it_is_from_and_when_it_was(signed_in, broker):
    record = ImportFactory(account=broker)
    row = broker.transactions.get(transaction_type="DEPOSIT")
    Transaction.objects.filter(pk=row.pk).update(
        source=record, source_file="a.csv", source_line=3, external_id="X1"
    )
    assert ask(signed_in, f"transactions/{row.pk}") == {
        "id": row.pk,
        "account": broker.pk,
        "day": "2024-02-02",
        "at": "2024-02-02T09:30:00Z",
        "type": "DEPOSIT",
        "ticker": None,
        "quantity": None,
        "price": None,
        "amount": "100.00000000",
        "currency": "EUR",
        "fee": "0.00000000",
        "fee_currency": "EUR",
        "tax": "0.00000000",
        "fx_rate": None,
        "description": "",
        "external_id": "X1",
        "linked_transaction": None,
        "import_id": record.pk,
        "file": "a.csv",
        "line": 3,
        "missing": [],
    }


def test_an_unknown_amount_is_null_and_named(signed_in, broker):
    (one,) = ask(signed_in, "transactions?type=STAKING")["transactions"]
    assert (one["amount"], one["missing"], one["at"]) == (None, ["amount"], None)


def test_a_tiny_number_is_written_out(signed_in, broker):
    ledger(broker, "2024-05-05 BUY 0.000000000000000001 WEI @ 1")
    (one,) = ask(signed_in, "transactions?search=WEI")["transactions"]
    assert one["quantity"] == "0.000000000000000001"
    assert one["amount"] == "0.00000000"


def test_pages_follow_one_another_both_ways(signed_in, broker):
    first = ask(signed_in, "transactions?limit=2")
    second = ask(signed_in, f"transactions?limit=2&before={first['older']}")
    third = ask(signed_in, f"transactions?limit=2&before={second['older']}")
    found = [*rows(first), *rows(second), *rows(third)]
    assert found == rows(ask(signed_in, "transactions"))
    assert (first["newer"], third["older"]) == (None, None)
    back = ask(signed_in, f"transactions?limit=2&after={third['newer']}")
    assert rows(back) == rows(second)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("limit=501", "limit: Input should be less than or equal to 500."),
        ("limit=0", "limit: Input should be greater than or equal to 1."),
        ("type=NONSENSE", "type: Input should be "),
        ("since=yesterday", "since: write a day as YYYY-MM-DD."),
        ("before=x", "before: “x” is not what an answer called older or newer."),
        ("account=x", "account: Input should be a valid integer"),
        ("search=%00", "search: there is a character in it that no name has."),
    ],
)
def test_what_makes_no_sense_is_refused_by_a_sentence(signed_in, broker, query, sentence):
    response = signed_in.get(f"/api/v1/transactions?{query}")
    assert response.status_code == 422
    assert response.json()["detail"].startswith(sentence)


@pytest.mark.parametrize(
    "cursor",
    ["1.99999999999999999999.99999999999999999999", "-1.0.0", "9" * 30 + ".1.1", "9" * 5000],
)
def test_a_cursor_that_leads_nowhere_breaks_nothing(signed_in, broker, cursor):
    assert signed_in.get(f"/api/v1/transactions?before={cursor}").status_code in {200, 422}


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("accounts", 2), ("transactions", 4)])
def test_they_take_as_many_queries_for_many_rows(
    client, alice, count, path, queries, django_assert_num_queries
):
    for number in range(count):
        account = AccountFactory(owner=alice)
        ledger(account, f"2024-01-05 BUY 1 A{number} @ 5")
    headers = bearer(alice)
    ask(client, "accounts", **headers)
    with django_assert_num_queries(queries):
        ask(client, path, **headers)
