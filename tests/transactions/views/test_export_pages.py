"""The page of exports and the files: whose rows they hold, how many queries they take."""

import csv
import io
import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from tests.factories import AccountFactory, ledger
from transactions.exports import EXPORTS
from transactions.importers.generic_csv import COLUMNS
from transactions.models import Account

PAGE = reverse("transactions:export")
FILE = reverse("transactions:export-download")
LEDGER = ("2024-01-05 BUY 10 AAA @ 5", "2024-02-01 FEE 1", "2024-03-05 SELL 4 AAA @ 6")


@pytest.fixture
def account(alice: User, client: Client) -> Account:
    client.force_login(alice)
    account = AccountFactory(owner=alice, name="Broker")
    ledger(account, *LEDGER)
    return account


def body(client: Client, **query: object) -> bytes:
    response = client.get(FILE, query)
    assert response.status_code == 200, query
    # Django's client closes it at the end of the stream.
    return response.getvalue()


def rows(client: Client, **query: object) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(client, **query).decode())))


def test_the_page_offers_every_export_in_every_format(client: Client, account: Account) -> None:
    page = client.get(PAGE).content.decode()
    assert set(EXPORTS) == {"transactions", "positions", "lots", "gains", "snapshots"}
    for name in EXPORTS:
        for format in ("csv", "json", "xlsx"):
            assert f'value="{name}.{format}"' in page
    assert "Broker" in page


def test_transactions_are_in_the_form_that_is_imported(client: Client, account: Account) -> None:
    first, *_ = found = rows(client)
    assert list(first) == list(COLUMNS)
    assert [(one["date"], one["type"], one["quantity"], one["amount"]) for one in found] == [
        ("2024-01-05", "BUY", "10", "50"),
        ("2024-02-01", "FEE", "", "1"),
        ("2024-03-05", "SELL", "4", "24"),
    ]
    assert (
        first["order"],
        first["account_currency"],
        first["time_zone"],
        first["tracks_cash"],
    ) == (
        "1",
        "EUR",
        "UTC",
        "no",
    )


def test_positions_lots_and_gains_have_exact_figures(client: Client, account: Account) -> None:
    assert json.loads(body(client, file="positions.json")) == [
        {
            "account": "Broker",
            "ticker": "AAA",
            "isin": "",
            "name": "",
            "asset_type": "STOCK",
            "quantity": "6",
            "average_cost": "5",
            "cost": "30",
            "realized_gain": "4",
            "currency": "EUR",
            "issues": "",
        }
    ]
    (lot,) = rows(client, file="lots.csv")
    assert (lot["bought"], lot["quantity"], lot["remaining_quantity"], lot["remaining_cost"]) == (
        "2024-01-05",
        "10",
        "6",
        "30",
    )
    book = CalamineWorkbook.from_filelike(io.BytesIO(body(client, file="gains.xlsx")))
    _, gain = book.get_sheet_by_index(0).to_python()
    assert gain[4:] == [
        *("SELL", gain[5], gain[6], 60.0, 1.0, 4.0, 24.0, 20.0, 4.0, "EUR"),
    ]
    assert (str(gain[5]), str(gain[6])) == ("2024-01-05", "2024-03-05")


def test_gains_leave_out_moves_and_turn_covered_sales_around(
    client: Client, account: Account
) -> None:
    ledger(
        account,
        "2024-04-01 TRANSFER_OUT 1 AAA",
        "2024-04-02 SELL 7 AAA @ 8",
        "2024-04-05 BUY 2 AAA @ 9",
    )
    assert [
        (one["type"], one["bought"], one["sold"], one["days_held"], one["quantity"], one["gain"])
        for one in rows(client, file="gains.csv")
    ] == [
        ("SELL", "2024-01-05", "2024-03-05", "60", "4", "4"),
        ("SELL", "2024-01-05", "2024-04-02", "88", "5", "15"),
        ("SELL", "2024-04-05", "2024-04-02", "", "2", "-2"),
    ]


def test_files_can_be_narrowed(client: Client, account: Account, alice: User) -> None:
    other = AccountFactory(owner=alice, name="Other")
    ledger(other, "2024-01-06 BUY 1 BBB @ 5", "2024-01-07 SELL 1 BBB @ 6")
    assert {one["portfolio"] for one in rows(client)} == {"Broker", "Other"}
    assert [one["ticker"] for one in rows(client, account=other.pk)] == ["BBB", "BBB"]
    assert [one["date"] for one in rows(client, on="2024-01-06")] == ["2024-01-05", "2024-01-06"]
    assert [one["type"] for one in rows(client, type="FEE")] == ["FEE"]
    assert [one["gain"] for one in rows(client, file="gains.csv", on="2024-03-01")] == ["1"]
    assert [one["ticker"] for one in rows(client, file="positions.csv")] == ["AAA", "BBB"]
    assert [one["ticker"] for one in rows(client, file="positions.csv", status="")] == ["AAA"]


def test_positions_and_lots_are_as_of_the_day(client: Client, account: Account) -> None:
    (position,) = rows(client, file="positions.csv", on="2024-02-01")
    assert (position["quantity"], position["cost"], position["realized_gain"]) == ("10", "50", "0")
    (lot,) = rows(client, file="lots.csv", on="2024-02-01")
    assert (lot["bought"], lot["remaining_quantity"], lot["price"]) == ("2024-01-05", "10", "5")
    assert rows(client, file="lots.csv", on="2024-01-04") == []
    assert rows(client, file="positions.csv", on="2024-12-31") == rows(client, file="positions.csv")
    assert rows(client, file="lots.csv", on="2024-12-31") == rows(client, file="lots.csv")


@pytest.mark.parametrize(
    "query",
    [
        {"file": "secrets.csv"},
        {"file": "transactions.pdf"},
        {"on": "yesterday"},
        {"account": "x"},
        {"type": "NONSENSE"},
        {"file": "positions.csv", "status": "nonsense"},
    ],
)
def test_what_cannot_be_chosen_is_not_found(
    client: Client, account: Account, query: dict[str, str]
) -> None:
    assert client.get(FILE, query).status_code == 404


def test_nothing_of_others_is_in_a_file(client: Client, account: Account, bob: User) -> None:
    client.force_login(bob)
    for format in ("beancount", "ghostfolio"):
        query = {"file": f"transactions.{format}"}
        assert client.get(FILE, {**query, "account": account.pk}).status_code == 404
        assert b"Broker" not in body(client, **query)
    for name in EXPORTS:
        assert client.get(FILE, {"file": f"{name}.csv", "account": account.pk}).status_code == 404
        assert b"Broker" not in body(client, file=f"{name}.csv")
        assert json.loads(body(client, file=f"{name}.json")) == []


@pytest.mark.parametrize("name", ["transactions", "positions", "lots", "gains", "snapshots"])
def test_queries_do_not_grow_with_rows(
    client: Client, account: Account, django_assert_num_queries, name: str
) -> None:
    body(client, file=f"{name}.csv")
    with django_assert_num_queries(4):
        body(client, file=f"{name}.csv")
    ledger(account, *(f"2024-04-0{day} BUY 1 T{day} @ 5" for day in range(1, 4)))
    with django_assert_num_queries(4):
        body(client, file=f"{name}.csv")


def test_lists_link_to_what_they_show(client: Client, account: Account) -> None:
    for page, link in (
        ("transactions:transactions", "?type=SELL&amp;&amp;file=transactions.csv"),
        ("portfolio:positions", "?status=&amp;type=STOCK&amp;file=positions.xlsx"),
    ):
        query = {"type": "SELL"} if page.startswith("trans") else {"type": "STOCK"}
        assert f"{FILE}{link}" in client.get(reverse(page), query).content.decode()
