"""Adding, changing and deleting by hand, with sentences for what cannot be."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from portfolio.models import Position
from pricing.models import Instrument
from tests.factories import AccountFactory, InstrumentFactory, ledger
from transactions.models import Account, Transaction

ADD = reverse("transactions:transaction-add")


@pytest.fixture
def account(alice: User, client: Client) -> Account:
    client.force_login(alice)
    InstrumentFactory(ticker="AAA")
    return AccountFactory(owner=alice, name="Broker", time_zone="Europe/Berlin")


def entry(account: Account, **fields: str) -> dict[str, str]:
    return {
        "account": str(account.pk),
        "transaction_type": "BUY",
        "date": "2024-01-05",
        "time": "",
        "ticker": "AAA",
        "quantity": "10",
        "price": "5",
        "total_amount": "",
        "currency": "EUR",
    } | fields


def errors(client: Client, fields: dict[str, str]) -> dict[str, list[str]]:
    response = client.post(ADD, fields)
    assert response.status_code == 200
    assert not Transaction.objects.exists()
    return dict(response.context["form"].errors)


def test_an_added_purchase_makes_a_position(client: Client, account: Account) -> None:
    response = client.post(ADD, entry(account, fee="1,5"), follow=True)
    row = Transaction.objects.get()
    assert response.redirect_chain == [(reverse("transactions:transaction", args=[row.pk]), 302)]
    assert (row.total_amount, row.fee) == (Decimal(50), Decimal("1.5"))
    assert Position.objects.get().total_cost == Decimal("51.5")


def test_the_day_is_that_of_the_account(client: Client, account: Account) -> None:
    client.post(ADD, entry(account, time="00:30"))
    row = Transaction.objects.get()
    assert row.transaction_date == datetime(2024, 1, 4, 23, 30, tzinfo=UTC)
    assert (row.trade_date, row.has_time) == (date(2024, 1, 5), True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234,5", Decimal("1234.5")),
        ("1.234,50", Decimal("1234.5")),
        ("1,234.5", Decimal("1234.5")),
        ("0,001", Decimal("0.001")),
        ("1 234", Decimal(1234)),
        ("0.000000000000000001", Decimal("1e-18")),
    ],
)
def test_numbers_are_read_as_people_write_them(
    client: Client, account: Account, text: str, expected: Decimal
) -> None:
    assert client.post(ADD, entry(account, quantity=text, price="")).status_code == 302
    assert Transaction.objects.get().quantity == expected


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"quantity": "1,234"}, "quantity", "“1,234” can be read in two ways"),
        ({"quantity": "ten"}, "quantity", "“ten” is not a number"),
        ({"quantity": "0"}, "quantity", "must be above zero"),
        ({"quantity": "-1"}, "quantity", "must be above zero"),
        ({"quantity": "1e19"}, "quantity", ""),
        ({"quantity": ""}, "quantity", "A buy needs a quantity."),
        ({"quantity": "0.0000000000000000001"}, "quantity", "At most 18 decimals"),
        ({"total_amount": "0.000000001"}, "total_amount", "At most 8 decimals"),
        ({"total_amount": "-5"}, "total_amount", "is positive"),
        ({"price": "-5"}, "price", "cannot be negative"),
        ({"fx_rate": "-1"}, "fx_rate", "cannot be negative"),
        ({"fx_rate": "0"}, "fx_rate", "above zero"),
        ({"currency": "GBX"}, "currency", "GBX is a hundredth of GBP"),
        ({"currency": "€"}, "currency", "is not a currency code"),
        ({"currency": ""}, "currency", "in which currency"),
        ({"date": "05.01.2024"}, "date", "valid date"),
        ({"date": ""}, "date", "on which day"),
        ({"date": "0024-01-05"}, "date", "The year 24 cannot be meant"),
        ({"date": "2199-01-05"}, "date", "still to come"),
        ({"date": "9999-12-31"}, "date", "still to come"),
        ({"ticker": ""}, "ticker", "A buy needs an instrument"),
        ({"ticker": "NEW"}, "ticker", "“NEW” is not known yet"),
        ({"transaction_type": "DEPOSIT"}, "ticker", "moves money only"),
        ({"transaction_type": "DEPOSIT", "ticker": ""}, "total_amount", "needs an amount"),
        ({"transaction_type": "DIVIDEND", "quantity": ""}, "total_amount", "needs an amount"),
        ({"transaction_type": "TRANSFER_IN", "quantity": ""}, "quantity", "needs a quantity"),
        (
            {"transaction_type": "TRANSFER_IN", "ticker": "", "quantity": ""},
            "total_amount",
            "needs",
        ),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    client: Client, account: Account, fields: dict[str, str], field: str, sentence: str
) -> None:
    if sentence:
        assert sentence in errors(client, entry(account, **fields))[field][0]


def test_an_unknown_ticker_offers_to_add_it(client: Client, account: Account) -> None:
    response = client.post(ADD, entry(account, ticker="NEW"))
    assert 'id="new-instrument"' in response.content.decode()
    added = entry(account, ticker="NEW", asset_type="ETF", instrument_name="New World")
    assert client.post(ADD, added).status_code == 302
    instrument = Instrument.objects.get(ticker="NEW")
    assert (instrument.asset_type, instrument.name, instrument.currency) == (
        "ETF",
        "New World",
        "EUR",
    )
    assert Transaction.objects.get().instrument == instrument


def test_a_ticker_is_found_in_any_case(client: Client, account: Account) -> None:
    assert client.post(ADD, entry(account, ticker="aaa")).status_code == 302
    assert Transaction.objects.get().instrument_id == "AAA"


def test_unknown_cost_may_be_entered(client: Client, account: Account) -> None:
    assert client.post(ADD, entry(account, price="")).status_code == 302
    assert Transaction.objects.get().total_amount is None
    assert Position.objects.get().total_cost is None


def test_the_form_is_filled_from_the_link(client: Client, account: Account) -> None:
    page = client.get(ADD, {"ticker": "BBB", "transaction_type": "SELL"}).content.decode()
    assert 'value="BBB"' in page
    assert '<option value="SELL" selected>' in page
    assert 'value="EUR"' in page


def test_suggestions_are_the_users_own(client: Client, account: Account, bob: User) -> None:
    ledger(account, "2024-01-05 BUY 1 MINE @ 5")
    ledger(AccountFactory(owner=bob), "2024-01-05 BUY 1 THEIRS @ 5")
    page = client.get(ADD).content.decode()
    assert '<option value="MINE">' in page
    assert "THEIRS" not in page


def test_without_an_account_one_is_added_first(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get(ADD)["Location"] == reverse("transactions:account-add")


def test_nobody_adds_to_the_account_of_others(client: Client, account: Account, bob: User) -> None:
    foreign = AccountFactory(owner=bob)
    assert "account" in errors(client, entry(foreign))


def test_a_row_is_changed_and_positions_follow(client: Client, account: Account) -> None:
    (row,) = ledger(account, "2024-01-05T09:30 BUY 10 AAA @ 5", fee=Decimal(2))
    url = reverse("transactions:transaction-edit", args=[row.pk])
    page = client.get(url).content.decode()
    assert 'value="10:30:00"' in page  # in the zone of the account
    assert 'value="10"' in page
    response = client.post(url, entry(account, time="10:30:00", quantity="7", fee="2"))
    assert response["Location"] == reverse("transactions:transaction", args=[row.pk])
    row.refresh_from_db()
    assert (row.quantity, row.total_amount) == (Decimal(7), Decimal(35))
    assert Position.objects.get().total_cost == Decimal(37)


def test_an_edited_row_stays_in_its_account(client: Client, account: Account, alice: User) -> None:
    other = AccountFactory(owner=alice)
    (row,) = ledger(account, "2024-01-05 BUY 10 AAA @ 5")
    client.post(reverse("transactions:transaction-edit", args=[row.pk]), entry(other))
    row.refresh_from_db()
    assert row.account == account


def test_a_row_of_a_file_may_lie_in_the_future_and_be_changed(
    client: Client, account: Account
) -> None:
    row = ledger(account, "2199-01-05 BUY 10 AAA @ 5")[0]
    address = reverse("transactions:transaction-edit", args=[row.pk])
    client.post(address, entry(account, date="2199-01-05", quantity="4"))
    row.refresh_from_db()
    assert row.quantity == 4


def test_an_edit_with_errors_changes_nothing(client: Client, account: Account) -> None:
    (row,) = ledger(account, "2024-01-05 BUY 10 AAA @ 5")
    url = reverse("transactions:transaction-edit", args=[row.pk])
    assert client.post(url, entry(account, quantity="x")).status_code == 200
    assert client.post(url, {}).status_code == 200
    row.refresh_from_db()
    assert row.quantity == Decimal(10)


def test_deleting_asks_first_and_positions_follow(client: Client, account: Account) -> None:
    (row,) = ledger(account, "2024-01-05 BUY 10 AAA @ 5")
    url = reverse("transactions:transaction-delete", args=[row.pk])
    assert "Delete this transaction?" in client.get(url).content.decode()
    assert Transaction.objects.exists()
    assert client.post(url)["Location"] == reverse("transactions:transactions")
    assert not Transaction.objects.exists()
    assert not Position.objects.exists()
