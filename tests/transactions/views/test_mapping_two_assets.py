"""The mapping page for a table with two assets in a row: what is chosen, and what is missing."""

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from transactions.importers.layouts import Role

TABLE = """When,Gone,Of,Got,For,Note
2024-01-02,,,1000,EUR,a
2024-01-03,500,EUR,0.01,BTC,b
2024-01-04,0.004,BTC,0.06,ETH,c
"""
CHOSEN = {
    "column_date": "0",
    "column_units_out": "1",
    "column_asset_out": "2",
    "column_units_in": "3",
    "column_asset_in": "4",
    "currency": "EUR",
    "dates": "ymd",
    "decimal": ".",
    "name": "Mine",
}


@pytest.fixture(autouse=True)
def signed_in(alice: User, client: Client) -> None:
    client.force_login(alice)


def upload(client: Client, text: str) -> str:
    files = {"uploads": [SimpleUploadedFile("trades.csv", text.encode())]}
    address: str = client.post(reverse("transactions:import-upload"), files)["Location"]
    return address


def posted(client: Client, address: str, **changes: str):
    form = client.get(address).context["form"].as_posted().dict()
    lines = {name: form[name] for name in ("line", "columns_of")}
    return client.post(address, lines | CHOSEN | changes)


def errors(response) -> list[str]:
    found: list[str] = response.context["form"].non_field_errors()
    return found


def test_chosen_sides_are_shown_as_trades(client: Client):
    response = posted(client, upload(client, TABLE))
    trial = response.context["trial"]
    assert (trial["rows"], trial["counts"]) == (3, {"imported": 4})
    assert "Of 3 rows" in response.content.decode()
    assert [label for _, label, _ in trial["outcomes"]] == ["Deposit", "Buy", "Sell", "Buy"]


def test_amounts_are_what_the_sides_were_worth_once_both_are_chosen(client: Client):
    address = upload(client, TABLE)
    chosen = posted(client, address).context["form"]
    assert [chosen[f"column_{role}"].label for role in (Role.AMOUNT, Role.UNITS_IN)] == [
        "Worth of the row",
        "Units that came in",
    ]
    half = posted(client, address, column_asset_out="").context["form"]
    assert half[f"column_{Role.AMOUNT}"].label == "Amount"


def test_half_of_the_sides_is_not_enough(client: Client):
    (error,) = errors(posted(client, upload(client, TABLE), column_asset_in="", column_units_in=""))
    assert error == (
        "With an asset for each side choose the column of “Units in, if apart”, "
        "“Asset that came in” as well."
    )


def test_what_would_be_of_either_side_is_not_read_with_them(client: Client):
    changes = {f"column_{Role.TICKER}": "5", f"column_{Role.PRICE}": "5"}
    (error,) = errors(posted(client, upload(client, TABLE), **changes))
    assert error == (
        "With an asset for each side nothing says of which one “Ticker or symbol”, “Price per unit” is; "
        "choose “None” there."
    )


COINS = """Date,Type,USD Amount USD,Fee (USD) USD,BTC Amount BTC,Fee (BTC) BTC
2024-01-02,Credit,"$1,000.00",,,
2024-01-03,Buy,($500.00),($5.00),0.01 BTC,
"""


def test_columns_of_coins_are_read_as_guessed_and_only_with_them(client: Client):
    address = upload(client, COINS)
    response = client.get(address)
    form, trial = response.context["form"], response.context["trial"]
    assert form["by_coin"].label.endswith("with a minus where it leaves: USD, BTC")
    assert trial["counts"] == {"imported": 2}
    chosen = form.as_posted().dict()
    (error,) = errors(client.post(address, chosen | {f"column_{Role.UNITS_IN}": "4"}))
    assert error == (
        "Where each coin has a column of its own, “Units in, if apart” is not read; choose “None” there."
    )
    del chosen["by_coin"]
    assert "Choose the column of the quantity" in errors(client.post(address, chosen))[0]


def test_other_tables_are_not_asked_about_columns_of_coins(client: Client):
    assert "by_coin" not in client.get(upload(client, TABLE)).context["form"].fields
