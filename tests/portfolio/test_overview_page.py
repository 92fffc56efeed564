from decimal import Decimal as D

import pytest
from django.test import Client

from portfolio.ledger_sums import Figure
from tests.factories import AccountFactory, ImportFactory, ledger

NBSP = "\u00a0"


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    return AccountFactory(owner=alice, name="Broker", currency="EUR", tracks_cash=True)


def shown(response) -> str:
    """The text of a page, its line breaks and runs of blanks made one blank."""
    return " ".join(response.text.split())


def test_a_new_user_is_led_to_the_import(signed_in: Client):
    response = signed_in.get("/")
    assert "Start with the files of your broker" in response.text
    assert 'href="/imports/upload/"' in response.text
    assert "Totals" not in response.text


def test_totals_stand_per_currency_and_are_not_converted(signed_in: Client, alice, broker):
    ledger(
        broker,
        "2024-01-02 DEPOSIT 1000",
        "2024-01-05 BUY 10 AAA @ 5",
        "2024-01-06 BUY 10 AAA @ 7",
        "2024-03-01 SELL 15 AAA @ 9",
        "2024-04-01 DIVIDEND 5 AAA = 3.50",
    )
    dollars = AccountFactory(owner=alice, name="Other", currency="USD")
    ledger(dollars, "2024-01-05 BUY 1 BBB @ 100", fee=D("2.5"))
    euro, dollar = signed_in.get("/").context["totals"]
    assert (euro.currency, euro.open, euro.cost) == ("EUR", 1, Figure(D(35)))
    assert (euro.realized, euro.income) == (Figure(D(50)), Figure(D("3.5")))
    assert euro.cash == D("1018.50")
    assert (dollar.currency, dollar.cost, dollar.fees) == (
        "USD",
        Figure(D("102.5")),
        Figure(D("2.5")),
    )
    # Its account does not record deposits, so any balance would be made up.
    assert dollar.cash is None


def test_no_price_is_said_and_is_not_a_value_of_zero(signed_in: Client, broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5")
    response = signed_in.get("/")
    assert response.context["summary"].securities == Figure(D(0), 1)
    assert "AAA has no price yet." in response.text


def test_a_total_with_an_unknown_part_is_marked_and_links_to_it(signed_in: Client, broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", "2024-01-06 BUY 2 XAU")
    response = signed_in.get("/")
    assert response.context["totals"][0].cost == Figure(D(50), 1)
    assert (
        '<a class="unknown" href="/positions/?status=all&amp;issues=on" '
        'title="1 of its parts unknown">incomplete</a>' in response.text
    )


def test_a_sale_without_a_purchase_makes_cost_and_gain_incomplete(signed_in: Client, broker):
    ledger(broker, "2024-01-05 SELL 10 AAA @ 5")
    (total,) = signed_in.get("/").context["totals"]
    assert (total.cost, total.realized) == (Figure(D(0), 1), Figure(D(0), 1))


def test_what_needs_attention_links_to_what_settles_it(signed_in: Client, broker):
    _, gold = ledger(broker, "2024-01-05 SELL 10 AAA @ 5", "2024-01-06 BUY 2 XAU")
    page = shown(signed_in.get("/"))
    assert "10 AAA sold or moved out without a recorded purchase." in page
    assert (
        f"/transactions/add/?account={broker.pk}&amp;transaction_type=BUY&amp;ticker=AAA"
        "&amp;currency=EUR" in page
    )
    assert f'<a href="/transactions/{gold.pk}/edit/">Enter the cost' in page
    assert "2 positions" in page


def test_the_missing_side_of_a_transfer_can_be_linked(signed_in: Client, broker):
    (arrived,) = ledger(broker, "2024-01-05 TRANSFER_IN 10 AAA")
    issue = {"code": "unmatched-transfer", "message": "…", "transaction": arrived.pk, "open": True}
    broker.positions.update(issues=[issue])
    page = shown(signed_in.get("/"))
    assert f'<a href="/transactions/{arrived.pk}/link/">Link the other side' in page


def test_taxes_are_not_taken_off_the_income(signed_in: Client, broker):
    ledger(broker, "2024-04-01 DIVIDEND 5 AAA = 3.50", tax=D("0.50"))
    (total,) = signed_in.get("/").context["totals"]
    assert (total.income, total.taxes) == (Figure(D("3.50")), Figure(D("0.50")))


def test_an_account_shows_its_positions_issues_and_cash(signed_in: Client, broker):
    ledger(broker, "2024-01-02 DEPOSIT 1000", "2024-01-05 BUY 10 AAA @ 5", "2024-01-06 BUY 2 XAU")
    (card,) = signed_in.get("/").context["cards"]
    assert (card.account, card.open, card.issues) == (broker, 2, 1)
    assert card.balances == [("EUR", D(950))]


def test_an_account_whose_cash_is_not_tracked_says_so(signed_in: Client, alice):
    account = AccountFactory(owner=alice)
    ledger(account, "2024-01-05 BUY 10 AAA @ 5")
    page = shown(signed_in.get("/"))
    assert f'Cash is <a href="/broker-accounts/{account.pk}/edit/">not tracked</a>' in page


def test_the_five_newest_imports_are_listed(signed_in: Client, broker):
    for number in range(6):
        ImportFactory(account=broker, file_name=f"file-{number}.csv", status="imported")
    names = [record.file_name for record in signed_in.get("/").context["imports"]]
    assert names == ["file-5.csv", "file-4.csv", "file-3.csv", "file-2.csv", "file-1.csv"]


def test_nothing_of_somebody_else_is_shown(signed_in: Client, bob, broker):
    foreign = AccountFactory(owner=bob, name="Bobs depot", tracks_cash=True)
    ledger(foreign, "2024-01-05 SELL 7 SECRET @ 5", "2024-01-06 DEPOSIT 777")
    ImportFactory(account=foreign, file_name="bobs-file.csv")
    response = signed_in.get("/")
    for secret in ("Bobs depot", "SECRET", "777", "bobs-file"):
        assert secret not in response.text


def test_strangers_are_asked_to_sign_in(client: Client, alice):
    assert client.get("/").headers["Location"] == "/accounts/login/?next=/"


def test_only_reading_is_possible(signed_in: Client):
    assert signed_in.post("/").status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    signed_in: Client, alice, rows, django_assert_num_queries
):
    for number in range(rows):
        account = AccountFactory(owner=alice, tracks_cash=True)
        ledger(account, f"2024-01-05 BUY 10 A{number} @ 5", f"2024-01-06 SELL 1 B{number} @ 5")
        ImportFactory(account=account)
    with django_assert_num_queries(13):
        signed_in.get("/")
    # What the ledgers and the prices add up to is kept.
    with django_assert_num_queries(7):
        signed_in.get("/")
