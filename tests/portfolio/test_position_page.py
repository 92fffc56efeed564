from decimal import Decimal as D

import pytest
from django.test import Client

from pricing.money import ZERO
from tests.factories import AccountFactory, ImportFactory, InstrumentFactory, ledger
from transactions.ledger import link_transfer
from transactions.models import Transaction


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    InstrumentFactory(ticker="AAA", name="Alpha Industries", isin="US0378331005")
    return AccountFactory(owner=alice, name="Broker", currency="EUR")


def position_of(account, ticker="AAA"):
    return account.positions.get(instrument=ticker)


def opened(client: Client, account, ticker="AAA", query=""):
    return client.get(f"/positions/{position_of(account, ticker).pk}/{query}")


def figures(response) -> dict[str, object]:
    return {figure.label: figure for figure in response.context["figures"]}


def terms(figure) -> list[tuple[str, D | None]]:
    return [(f"{term.day} {term.text}", term.amount) for term in figure.terms]


def text(response) -> str:
    return " ".join(response.text.split())


@pytest.fixture
def traded(broker):
    """Two purchases, a sale over both, a dividend, a fee on each trade and a tax."""
    return [
        *ledger(
            broker,
            "2024-01-05 BUY 10 AAA @ 5",
            "2024-02-05 BUY 10 AAA @ 7",
            "2024-03-05 SELL 15 AAA @ 9",
            fee=D("1.50"),
        ),
        *ledger(broker, "2024-04-01 DIVIDEND 5 AAA = 3.50", tax=D("0.90")),
    ]


def test_every_figure_opens_to_the_rows_that_it_is_the_sum_of(signed_in, broker, traded):
    found = figures(opened(signed_in, broker))
    assert {label: figure.value for label, figure in found.items()} == {
        "Quantity": D(5),
        "Average cost": D("7.15"),
        "Cost": D("35.75"),
        "Realised gain": D("46.25"),
        "Income": D("3.50"),
        "Fees": D("4.50"),
        "Taxes": D("0.90"),
    }
    assert terms(found["Quantity"]) == [("2024-02-05 Lot", D(5))]
    assert terms(found["Cost"]) == [("2024-02-05 Lot", D("35.75"))]
    assert terms(found["Realised gain"]) == [
        ("2024-03-05 Sale of a lot", D("8.75")),
        ("2024-03-05 Sale of a lot", D("37.50")),
    ]
    assert terms(found["Income"]) == [("2024-04-01 Dividend", D("3.50"))]
    assert [amount for _, amount in terms(found["Fees"])] == [D("1.50")] * 3
    assert terms(found["Taxes"]) == [("2024-04-01 Dividend", D("0.90"))]
    assert all(figure.rest in (None, ZERO) for figure in found.values())


def test_each_term_links_to_its_transaction(signed_in, broker, traded):
    page = text(opened(signed_in, broker))
    for row in traded:
        assert f'<a href="/transactions/{row.pk}/">' in page


def test_the_head_says_what_it_is_and_where(signed_in, broker, traded):
    page = text(opened(signed_in, broker))
    assert "<title>AAA in Broker · Portfolio</title>" in page
    assert "Alpha Industries" in page
    assert "US0378331005" in page
    assert "AAA has no price yet." in page


def test_lots_stand_with_what_is_left_of_them_open_ones_first(signed_in, broker, traded):
    response = opened(signed_in, broker)
    rows = [(str(row.bought), row.lot.remaining_quantity) for row in response.context["lots"]]
    assert rows == [("2024-02-05", D(5)), ("2024-01-05", ZERO)]
    assert '<span class="badge ok">open</span>' in response.text
    assert '<span class="badge">closed</span>' in response.text


def test_a_disposal_says_how_long_its_lot_was_held(signed_in, broker, traded):
    newest, older = opened(signed_in, broker).context["disposals"]
    assert (str(newest.bought), str(newest.sold), newest.days) == ("2024-02-05", "2024-03-05", 29)
    assert (newest.bought_by, newest.sold_by) == (traded[1].pk, traded[2].pk)
    assert (older.days, older.disposal.quantity, older.disposal.gain) == (60, D(10), D("37.50"))


def test_a_transaction_links_to_the_line_of_its_file(signed_in, broker):
    file = ImportFactory(account=broker, file_name="export.csv")
    (row,) = ledger(broker, "2024-01-05 BUY 10 AAA @ 5")
    Transaction.objects.filter(pk=row.pk).update(
        source=file, source_file="export.csv", source_line=1234
    )
    page = text(opened(signed_in, broker))
    assert f'<a href="/imports/{file.pk}/lines/1234/" title="export.csv">line 1234</a>' in page
    assert "by hand" not in page


def test_a_row_without_a_file_is_entered_by_hand(signed_in, broker, traded):
    assert "by hand" in opened(signed_in, broker).text


def test_an_unknown_cost_is_said_in_a_sentence_with_the_link_to_the_fix(signed_in, broker):
    (gold,) = ledger(broker, "2024-01-05 BUY 2 XAU")
    response = opened(signed_in, broker, "XAU")
    page = text(response)
    assert "<span>The cost of 2 XAU is unknown.</span>" in page
    assert f'<a href="/transactions/{gold.pk}/edit/">Enter the cost</a>' in page
    assert figures(response)["Cost"].value is None
    assert figures(response)["Cost"].fix == f"/transactions/{gold.pk}/edit/"


def test_the_fix_of_an_average_is_the_first_missing_cost(signed_in, broker):
    _, gold = ledger(broker, "2024-01-05 BUY 1 XAU @ 1800", "2024-01-06 BUY 2 XAU")
    average = figures(opened(signed_in, broker, "XAU"))["Average cost"]
    assert (average.value, average.fix) == (None, f"/transactions/{gold.pk}/edit/")


def test_a_sale_without_a_purchase_leaves_cost_and_gain_open(signed_in, broker):
    (sale,) = ledger(broker, "2024-01-05 SELL 2 AAA @ 5")
    response = opened(signed_in, broker)
    found = figures(response)
    assert found["Cost"].value is None
    assert (found["Realised gain"].value, found["Realised gain"].unknown) == (ZERO, 1)
    assert terms(found["Quantity"]) == [("2024-01-05 Sold without a purchase", D(-2))]
    assert "Add the purchase" in response.text
    assert "purchase missing" in response.text
    assert f'<a href="/transactions/{sale.pk}/">' in response.text


def test_a_purchase_after_the_sale_that_it_covers_is_still_the_purchase(signed_in, broker):
    sale, purchase = ledger(broker, "2024-01-05 SELL 2 AAA @ 5", "2024-01-09 BUY 2 AAA @ 4")
    (row,) = opened(signed_in, broker).context["disposals"]
    assert (row.kind, row.sold_by, row.bought_by) == ("Sale", sale.pk, purchase.pk)
    assert (str(row.sold), str(row.bought), row.days) == ("2024-01-05", "2024-01-09", None)


def test_a_transfer_out_is_a_disposal_without_gain(signed_in, alice, broker):
    other = AccountFactory(owner=alice, name="Other", currency="EUR")
    _, out = ledger(broker, "2024-01-05 BUY 2 AAA @ 5", "2024-02-05 TRANSFER_OUT 2 AAA")
    (into,) = ledger(other, "2024-02-05 TRANSFER_IN 2 AAA")
    link_transfer(out, into)
    response = opened(signed_in, broker)
    (row,) = response.context["disposals"]
    assert (row.kind, row.is_transfer, row.disposal.gain) == ("Transfer out", True, None)
    assert terms(figures(response)["Realised gain"]) == []
    assert "nothing held" in response.text


def test_capital_that_was_returned_while_nothing_was_held_is_a_term_of_its_own(signed_in, broker):
    ledger(
        broker,
        "2024-01-05 BUY 2 AAA @ 5",
        "2024-02-05 SELL 2 AAA @ 6",
        "2024-03-05 RETURN_OF_CAPITAL 2 AAA = 4",
    )
    response = opened(signed_in, broker)
    gain = figures(response)["Realised gain"]
    assert (gain.value, gain.rest, gain.more) == (D(6), D(4), 0)
    assert "Capital that was returned while nothing was held" in response.text


def test_income_of_unknown_value_is_left_out_and_said(signed_in, broker):
    (reward,) = ledger(broker, "2024-01-05 STAKING 2 SOL")
    income = figures(opened(signed_in, broker, "SOL"))["Income"]
    assert (income.value, income.unknown, terms(income)) == (
        ZERO,
        1,
        [("2024-01-05 Staking reward", None)],
    )
    assert income.fix == f"/transactions/{reward.pk}/edit/"


def test_fees_in_several_currencies_are_figures_of_their_own(signed_in, broker):
    ledger(broker, "2024-01-05 BUY 2 AAA @ 5", fee=D(1))
    ledger(broker, "2024-01-06 BUY 2 AAA @ 5", fee=D("0.002"), fee_currency="BNB")
    ledger(broker, "2024-01-07 FEE 1 AAA = 3", quantity=None)
    ledger(broker, "2024-01-08 TAX 1 AAA = 2", quantity=None)
    fees = [f for f in opened(signed_in, broker).context["figures"] if f.label in {"Fees", "Taxes"}]
    assert [(f.label, f.currency, f.value) for f in fees] == [
        ("Fees", "BNB", D("0.002")),
        ("Fees", "EUR", D(4)),
        ("Taxes", "EUR", D(2)),
    ]
    assert terms(fees[1]) == [("2024-01-07 Fee", D(3)), ("2024-01-05 Buy", D(1))]


def test_long_sums_show_their_first_terms_and_the_rest(signed_in, broker):
    ledger(broker, *[f"2024-01-05T10:{minute:02} BUY 1 AAA @ 5" for minute in range(23)])
    response = opened(signed_in, broker)
    cost = figures(response)["Cost"]
    assert (len(cost.terms), cost.more, cost.rest, cost.value) == (20, 3, D(15), D(115))
    assert '<a href="#lots">3 more</a>' in response.text


@pytest.mark.parametrize("name", ["lots", "disposals", "transactions"])
def test_htmx_gets_the_list_that_it_turns_a_page_of(
    signed_in, broker, traded, name, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr("portfolio.listing.ROWS_A_PAGE", 1)
    headers = {"HX-Request": "true", "HX-Target": f"section#{name}"}
    pk = position_of(broker).pk
    # Session, user, position, and the list with its length.
    with django_assert_num_queries(5):
        response = signed_in.get(f"/positions/{pk}/?{name}=2", headers=headers)
    assert response.text.strip().startswith(f'<section id="{name}"')
    assert response.context[name].number == 2
    assert f'href="?{name}=1"' in response.text
    assert "HX-Target" in response.headers["Vary"]


def test_each_list_has_a_page_of_its_own(signed_in, broker, traded, monkeypatch):
    monkeypatch.setattr("portfolio.listing.ROWS_A_PAGE", 1)
    response = opened(signed_in, broker, query="?lots=2&transactions=3")
    numbers = [response.context[name].number for name in ("lots", "disposals", "transactions")]
    assert numbers == [2, 1, 3]
    assert 'href="?lots=2&amp;transactions=3&amp;disposals=2"' in response.text


def test_a_position_of_somebody_else_does_not_exist(signed_in, bob):
    foreign = AccountFactory(owner=bob)
    ledger(foreign, "2024-01-05 BUY 10 AAA @ 5")
    assert opened(signed_in, foreign).status_code == 404
    assert signed_in.get("/positions/999999/").status_code == 404


def test_strangers_are_asked_to_sign_in(client, alice, broker, traded):
    address = position_of(broker).get_absolute_url()
    assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"


def test_only_reading_is_possible(signed_in, broker, traded):
    assert signed_in.post(position_of(broker).get_absolute_url()).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(signed_in, broker, rows, django_assert_num_queries):
    for number in range(1, rows + 1):
        ledger(
            broker,
            f"2024-01-{number:02} BUY 10 AAA @ 5",
            f"2024-02-{number:02} SELL 1 AAA @ 5",
            f"2024-03-{number:02} DIVIDEND 1 AAA = 5",
            fee=D(1),
        )
    address = position_of(broker).get_absolute_url()
    with django_assert_num_queries(19):
        signed_in.get(address)
    with django_assert_num_queries(13):
        signed_in.get(address)


def test_an_unknown_cost_is_said_once_on_its_page(signed_in: Client, alice):
    account = AccountFactory(owner=alice)
    ledger(account, "2024-01-05 BUY 2 AAA")
    page = signed_in.get(account.positions.get().get_absolute_url()).text
    assert "The cost of 2 AAA is unknown." in page
    assert "The cost of AAA is unknown." not in page
    # It has no price either, which is no issue of its ledger.
    assert "AAA has no price yet." in page
