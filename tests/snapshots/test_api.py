"""Days and figures through the API are those of the chart and of the performance page."""

from decimal import Decimal as D

import pytest
from django.test import Client

from snapshots.models import StaleMark
from tests.factories import AccountFactory, ledger
from tests.portfolio.api.asking import ask, bearer, digits
from tests.snapshots.recorded import ago, price, rate, record


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    account = AccountFactory(owner=alice, name="Broker", currency="EUR")
    ledger(account, f"{ago(4)} BUY 10 AAA @ 10", f"{ago(2)} DIVIDEND 10 AAA = 5")
    ledger(account, f"{ago(1)} SELL 1 AAA @ 12", fee=D("0.75"))
    record(account, ago(4), (100, 100), (110,), (105, 0, 5), (121,))
    price("IDX", ago(9), "100")
    price("IDX", ago(2), "150")
    rate("USD", ago(9), "2")
    return account


QUERIES = ["", "period=1m", f"since={ago(3)}", f"since={ago(3)}&until={ago(2)}", "currency=USD"]


@pytest.mark.parametrize("query", QUERIES)
def test_the_days_are_those_of_the_chart(signed_in, broker, query):
    chart = signed_in.get(f"/performance/series/?{query}").json()
    answer = ask(signed_in, f"snapshots?{query}")
    for name in ("day", "value", "inflow", "outflow"):
        assert [one[name] for one in answer["days"]] == chart[name]
    assert answer["days"]
    assert answer["currency"] == chart["currency"]


def test_a_day_is_told_with_what_came_and_went(signed_in, broker):
    days = ask(signed_in, f"snapshots?account={broker.pk}")["days"]
    assert days[2] == {
        "day": str(ago(2)),
        "value": "105.00000000",
        "inflow": "0.00000000",
        "outflow": "5.00000000",
        "missing": [],
    }


def test_days_that_leave_something_out_say_so(signed_in, alice, broker):
    record(broker, ago(5), (90,), is_complete=False)
    StaleMark.objects.all().delete()
    assert ask(signed_in, "snapshots")["days"][0]["missing"] == ["price"]
    day = ask(signed_in, "snapshots?currency=JPY")["days"][0]
    assert (day["value"], day["missing"]) == (None, ["price", "rate"])
    assert ask(signed_in, "performance?currency=JPY")["missing"] == ["price", "rate"]


def test_days_to_be_recorded_anew_are_left_out(signed_in, broker):
    StaleMark.objects.create(account=broker, since=ago(2))
    answer = ask(signed_in, "snapshots")
    assert answer["is_behind"] is True
    assert [one["day"] for one in answer["days"]] == [str(ago(4)), str(ago(3))]


@pytest.mark.parametrize("query", [*QUERIES, "benchmark=IDX", "benchmark=IDX&currency=USD"])
def test_every_figure_is_that_of_the_page(signed_in, broker, query):
    shown = {
        one.label: digits(one.value)
        for one in signed_in.get(f"/performance/?{query}").context["figures"]
    }
    told = ask(signed_in, f"performance?{query}")["figures"]
    assert {
        "Value": told["value"],
        "Absolute gain": told["gain"],
        "Time-weighted return": told["time_weighted"]["rate"],
        "Money-weighted return": told["money_weighted"]["over_period"],
        "Realised gains": told["realized"]["amount"],
        "Unrealised gains": told["unrealized"],
        "Income": told["income"]["amount"],
        "Fees": told["fees"]["amount"],
        "Taxes": told["taxes"]["amount"],
        "Maximum drawdown": told["drawdown"]["depth"],
        "Volatility": told["volatility"]["over_period"],
        "Sharpe ratio": told["sharpe_ratio"],
        **({"Benchmark IDX": told["benchmark"]["rate"]} if told["benchmark"] else {}),
    } == shown


def test_over_more_than_a_year_the_yearly_figures_are_those_of_the_page(signed_in, alice):
    account = AccountFactory(owner=alice, name="Old", currency="EUR")
    values = [(100 + day % 7 + day // 10,) for day in range(400)]
    record(account, ago(400), (100, 100), *values[1:])
    query = "risk_free=2.5"
    page = signed_in.get(f"/performance/?{query}").context
    shown = {one.label: digits(one.value) for one in page["figures"]}
    told = ask(signed_in, "performance?risk_free=0.025")["figures"]
    assert told["money_weighted"]["annual"] == shown["Money-weighted return"]
    assert told["volatility"]["annual"] == shown["Volatility"]
    assert told["sharpe_ratio"] == shown["Sharpe ratio"] is not None
    assert told["time_weighted"]["annual"] == digits(page["found"].annual)


def test_nothing_is_told_per_year_under_a_year(signed_in, broker):
    told = ask(signed_in, "performance")["figures"]
    assert (told["start"], told["end"]) == (str(ago(5)), str(ago(1)))
    for name in ("time_weighted", "money_weighted", "volatility"):
        assert told[name]["annual"] is None


def test_a_choice_is_remembered_neither_here_nor_for_the_pages(signed_in, broker):
    ask(signed_in, "performance?benchmark=IDX&risk_free=0.02&currency=USD")
    assert ask(signed_in, "performance")["figures"]["benchmark"] is None
    asked = signed_in.get("/performance/").context["asked"]
    assert (asked.benchmark, asked.risk_free, asked.currency) == ("", 0, "EUR")


def test_without_snapshots_there_are_no_figures(client, bob):
    assert ask(client, "performance", **bearer(bob)) == {
        "currency": "EUR",
        "is_behind": False,
        "figures": None,
        "missing": ["snapshots"],
    }


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        (
            "snapshots?since=2024-05-05&until=2024-05-05",
            422,
            "“since” must be a day before “until”.",
        ),
        (
            "performance?period=10y",
            422,
            "period: Input should be '1m', 'ytd', '1y', '3y' or 'all'.",
        ),
        ("performance?risk_free=NaN", 422, "risk_free: Input should be a finite number."),
        ("performance?benchmark=NONE", 404, "You have no such thing."),
        (
            "performance?benchmark=%00",
            422,
            "benchmark: there is a character in it that no name has.",
        ),
        ("snapshots?since=0001-01-01", 422, "since: days begin with 1900."),
    ],
)
def test_what_makes_no_sense_is_refused_by_a_sentence(signed_in, broker, path, status, sentence):
    response = signed_in.get(f"/api/v1/{path}")
    assert (response.status_code, response.json()) == (status, {"detail": sentence})


@pytest.mark.parametrize("query", ["since=1900-01-01", "until=1900-01-02", "since=2999-01-01"])
def test_days_without_snapshots_are_an_empty_answer_or_what_there_is(signed_in, broker, query):
    for path in ("snapshots", "performance"):
        ask(signed_in, f"{path}?{query}")


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("snapshots", 7), ("performance", 9)])
def test_they_take_as_many_queries_for_many_rows(
    client, alice, count, path, queries, django_assert_num_queries
):
    for _ in range(count):
        account = AccountFactory(owner=alice)
        ledger(account, f"{ago(4)} BUY 10 AAA @ 10")
        record(account, ago(4), *[(100, 100)] * count)
    headers = bearer(alice)
    ask(client, "accounts", **headers)
    with django_assert_num_queries(queries):
        ask(client, path, **headers)
