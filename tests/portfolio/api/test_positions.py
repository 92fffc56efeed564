"""Positions through the API are those of the pages, to the last digit."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portfolio.api import positions as api
from tests.factories import AccountFactory, InstrumentFactory, ledger
from tests.portfolio.api.asking import ask, bearer, digits
from tests.portfolio.market import priced, rated

YESTERDAY = timezone.localdate() - timedelta(days=1)


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    """Dollars in an account in euros, a coin without a price, and units that nobody bought."""
    account = AccountFactory(owner=alice, name="Broker", currency="EUR")
    InstrumentFactory(ticker="AAA", name="Alpha", isin="US0378331005")
    rated("USD", ("2024-01-05", "1.25"), ("2024-03-01", "1.6"), (str(YESTERDAY), "2"))
    ledger(account, "2024-01-05 BUY 10 AAA @ 100", "2024-03-01 SELL 4 AAA @ 150", currency="USD")
    ledger(account, "2024-01-05 BUY 3 BBB = 10", "2024-01-06 BUY 1 COIN @ 7")
    ledger(account, "2024-01-07 BUY 1 GONE @ 9", "2024-02-01 SELL 1 GONE @ 8")
    ledger(account, "2024-02-02 SELL 2 SHORT @ 5")
    priced("AAA", ("2024-03-01", "150"), (str(YESTERDAY), "180"), currency="USD")
    priced("BBB", ("2024-02-01", "60"))
    return account


def by_ticker(answer) -> dict:
    return {one["ticker"]: one for one in answer["positions"]}


def test_a_position_has_every_figure_and_what_it_rests_on(signed_in, broker):
    answer = ask(signed_in, "positions")
    position = broker.positions.get(instrument="AAA")
    assert (answer["currency"], answer["on"]) == ("EUR", None)
    assert by_ticker(answer)["AAA"] == {
        "id": position.pk,
        "account": broker.pk,
        "ticker": "AAA",
        "name": "Alpha",
        "isin": "US0378331005",
        "asset_type": "STOCK",
        "quantity": "6.000000000000000000",
        "cost": "480.00000000",
        "value": "540.00000000",
        "weight": "75.00000000",
        "unrealized_gain": {
            "total": "60.00000000",
            "price": "240.00000000",
            "currency": "-180.00000000",
        },
        "unrealized_percent": "12.50000000",
        "realized_gain": {
            "total": "55.00000000",
            "price": "125.00000000",
            "currency": "-70.00000000",
        },
        "own": {
            "currency": "USD",
            "average_cost": "100.000000000000000000",
            "cost": "600.00000000",
            "realized_gain": "200.00000000",
        },
        "price": {
            "price": "180",
            "currency": "USD",
            "day": str(YESTERDAY),
            "source": "yahoo",
        },
        "rate": {"value": "0.5", "day": str(YESTERDAY), "source": "ecb"},
        "is_stale": False,
        "issues": 0,
        "missing": [],
    }


@pytest.mark.parametrize(
    "query", ["", "currency=USD", "on=2024-02-15", "currency=USD&on=2024-01-06"]
)
def test_every_figure_is_that_of_the_page(signed_in, broker, query):
    rows = signed_in.get(f"/positions/?status=all&{query}").context["page"]
    found = ask(signed_in, f"positions?status=all&{query}")["positions"]
    assert len(found) == len(rows) >= 3
    for row, one in zip(rows, found, strict=True):
        held, worth = row.held, row.valuation
        assert one["id"] == row.position.pk
        assert one["quantity"] == digits(held.holding.quantity)
        assert one["own"]["average_cost"] == digits(held.average)
        assert one["own"]["realized_gain"] == digits(held.own_realized)
        assert one["realized_gain"]["total"] == digits(held.realized.total)
        if held.holding.quantity >= 0:
            assert one["cost"] == digits(held.holding.cost)
        if held.is_open:
            assert one["value"] == digits(worth.value)
            assert one["weight"] == digits(row.weight)
            assert list(one["unrealized_gain"].values()) == [digits(part) for part in worth.gain]


def test_what_is_unknown_is_null_and_says_what_is_missing(signed_in, broker):
    found = by_ticker(ask(signed_in, "positions?status=all"))
    coin, short, gone = found["COIN"], found["SHORT"], found["GONE"]
    assert (coin["value"], coin["missing"]) == (None, ["price"])
    assert (short["quantity"], short["cost"]) == ("-2.000000000000000000", None)
    assert (short["own"]["cost"], short["issues"]) == (None, 1)
    assert short["missing"][0] == "purchase"
    assert (gone["value"], gone["cost"], gone["missing"]) == ("0", "0.00000000", [])
    assert gone["unrealized_gain"]["total"] == "0"
    ledger(broker, "2024-01-05 BUY 1 YEN @ 5", "2024-02-05 SELL 1 YEN @ 6", currency="JPY")
    ledger(broker, "2024-01-05 BUY 1 YEN @ 5", currency="JPY")
    priced("YEN", ("2024-02-01", "6"), currency="JPY")
    assert by_ticker(ask(signed_in, "positions"))["YEN"]["missing"] == [
        "rate",
        "cost-rate",
        "realized-rate",
    ]


@pytest.mark.parametrize(
    ("query", "tickers"),
    [
        ("", ["AAA", "BBB", "COIN", "SHORT"]),
        ("status=closed", ["GONE"]),
        ("status=all", ["AAA", "BBB", "COIN", "GONE", "SHORT"]),
        ("status=all&on=2024-01-06", ["AAA", "BBB", "COIN"]),
    ],
)
def test_positions_are_narrowed(signed_in, broker, query, tickers):
    answer = ask(signed_in, f"positions?{query}&account={broker.pk}")
    assert [one["ticker"] for one in answer["positions"]] == tickers


def test_a_currency_is_remembered_neither_here_nor_for_the_pages(signed_in, broker):
    assert ask(signed_in, "positions?currency=usd")["currency"] == "USD"
    assert ask(signed_in, "positions")["currency"] == "EUR"
    assert signed_in.get("/positions/").context["scope"].wanted == "EUR"
    signed_in.get("/positions/?currency=USD")
    assert ask(signed_in, "positions")["currency"] == "EUR"


def test_today_is_now(signed_in, broker):
    answer = ask(signed_in, f"positions?on={timezone.localdate()}")
    assert answer == ask(signed_in, "positions")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("on=2024-02-30", "on: write a day as YYYY-MM-DD."),
        ("on=1706000000", "on: write a day as YYYY-MM-DD."),
        ("on=0001-01-01", "on: days begin with 1900."),
        ("on=2999-01-01", "on: that day is yet to come."),
        ("currency=BTC", "currency: “BTC” is not the code of a currency."),
        ("status=sold", "status: Input should be 'open', 'closed' or 'all'."),
    ],
)
def test_what_makes_no_sense_is_refused_by_a_sentence(signed_in, broker, query, sentence):
    response = signed_in.get(f"/api/v1/positions?{query}")
    assert (response.status_code, response.json()) == (422, {"detail": sentence})


@pytest.mark.parametrize("query", ["", "?currency=USD", "?on=2024-02-15"])
def test_one_position_has_the_lots_and_disposals_of_its_page(signed_in, broker, query):
    position = broker.positions.get(instrument="AAA")
    context = signed_in.get(f"{position.get_absolute_url()}{query}").context
    answer = ask(signed_in, f"positions/{position.pk}{query}")
    assert answer["position"]["value"] == digits(context["row"].valuation.value)
    assert answer["position"]["cost"] == digits(context["row"].held.holding.cost)
    lots = [(row.bought, row.lot) for row in context["lots"]]
    assert answer["lots"]["total"] == len(lots) == 1
    for (bought, lot), one in zip(lots, answer["lots"]["rows"], strict=True):
        assert one["bought"] == str(bought)
        assert one["remaining_quantity"] == digits(lot.remaining_quantity)
        assert one["remaining_cost"] == digits(lot.remaining_cost)
        assert one["transaction"] == lot.opening_transaction_id
    for row, one in zip(context["disposals"], answer["disposals"]["rows"], strict=True):
        assert one["gain"] == digits(row.disposal.gain)
        assert (one["bought"], one["sold"]) == (str(row.bought), str(row.sold))
        assert (one["days_held"], one["sold_by"]) == (row.days, row.sold_by)


def test_a_disposal_names_its_lot_and_both_transactions(signed_in, broker):
    position = broker.positions.get(instrument="GONE")
    bought, sold = broker.transactions.filter(instrument="GONE").order_by("trade_date")
    answer = ask(signed_in, f"positions/{position.pk}")
    assert answer["disposals"]["rows"] == [
        {
            "lot": 1,
            "type": "SELL",
            "bought": "2024-01-07",
            "sold": "2024-02-01",
            "days_held": 25,
            "quantity": "1.000000000000000000",
            "proceeds": "8.00000000",
            "cost": "9.00000000",
            "gain": "-1.00000000",
            "account_rate": "1.000000000000000000",
            "bought_by": bought.pk,
            "sold_by": sold.pk,
        }
    ]


def test_issues_are_told_as_sentences(signed_in, broker):
    position = broker.positions.get(instrument="SHORT")
    (sentence,) = ask(signed_in, f"positions/{position.pk}")["issues"]
    assert sentence == position.issues[0]["message"]


def test_a_position_is_not_there_before_its_first_row(signed_in, broker):
    position = broker.positions.get(instrument="GONE")
    response = signed_in.get(f"/api/v1/positions/{position.pk}?on=2024-01-06")
    assert response.status_code == 404
    assert response.json()["detail"] == "There was no such position on 2024-01-06 yet."


def test_many_lots_come_in_pages_that_end(signed_in, broker, monkeypatch):
    monkeypatch.setattr(api, "ROWS_A_PAGE", 2)
    ledger(broker, *[f"2024-01-0{day} BUY 1 MANY @ {day}" for day in range(1, 6)])
    position = broker.positions.get(instrument="MANY")
    pages = [ask(signed_in, f"positions/{position.pk}?lots_page={page}") for page in (1, 2, 3)]
    assert [[lot["lot"] for lot in page["lots"]["rows"]] for page in pages] == [[1, 2], [3, 4], [5]]
    assert [page["lots"]["pages"] for page in pages] == [3, 3, 3]
    response = signed_in.get(f"/api/v1/positions/{position.pk}?lots_page=4")
    assert (response.status_code, response.json()["detail"]) == (404, "The lots end with page 3.")
    beyond = signed_in.get(f"/api/v1/positions/{position.pk}?lots_page=99999999999999999999")
    assert beyond.status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_positions_take_as_many_queries_for_many_rows(
    client, alice, count, django_assert_num_queries
):
    account = AccountFactory(owner=alice)
    ledger(account, *[f"2024-01-05 BUY 1 A{number} @ 5" for number in range(count)])
    headers = bearer(alice)
    ask(client, "accounts", **headers)
    with django_assert_num_queries(11):
        ask(client, "positions", **headers)


@pytest.mark.parametrize("count", [1, 3])
def test_a_position_takes_as_many_queries_for_many_lots(
    client, alice, count, django_assert_num_queries
):
    account = AccountFactory(owner=alice)
    ledger(account, *[f"2024-01-0{number + 1} BUY 2 AAA @ 5" for number in range(count)])
    ledger(account, *[f"2024-02-0{number + 1} SELL 1 AAA @ 5" for number in range(count)])
    headers = bearer(alice)
    ask(client, "accounts", **headers)
    with django_assert_num_queries(14):
        ask(client, f"positions/{account.positions.get().pk}", **headers)
