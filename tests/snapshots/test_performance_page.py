"""The pages of performance: what they show, to whom, and at what cost."""

import json
from decimal import Decimal as D

import pytest
from django.test import Client

from snapshots.models import StaleMark
from tests.factories import AccountFactory, ledger
from tests.snapshots.recorded import ago, held, price, rate, record


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    account = AccountFactory(owner=alice, name="Broker", currency="EUR")
    ledger(account, f"{ago(4)} BUY 10 AAA @ 10", f"{ago(2)} DIVIDEND 10 AAA = 5")
    record(account, ago(4), (100, 100), (110,), (105, 0, 5), (121,))
    return account


def shown(response) -> str:
    return " ".join(response.text.split())


def figure(response, label):
    return next(one for one in response.context["figures"] if one.label == label)


def test_the_page_tells_every_figure(signed_in, broker):
    response = signed_in.get("/performance/")
    assert [one.label for one in response.context["figures"]] == [
        "Value",
        "Absolute gain",
        "Time-weighted return",
        "Money-weighted return",
        "Realised gains",
        "Unrealised gains",
        "Income",
        "Fees",
        "Taxes",
        "Maximum drawdown",
        "Volatility",
        "Sharpe ratio",
    ]
    assert figure(response, "Value").value == 121
    assert figure(response, "Absolute gain").value == 26
    assert figure(response, "Income").value == 5
    assert figure(response, "Unrealised gains").value == 21
    # 110/100 × (105+5)/110 × 121/105
    assert round(figure(response, "Time-weighted return").value, 10) == D("0.2676190476")
    assert "(End value + paid out) / (start value + paid in) − 1 of each day" in response.text


def test_a_period_is_chosen_by_a_link_that_says_so(signed_in, broker):
    response = signed_in.get("/performance/?period=1m")
    assert '<a href="?period=1m" aria-current="true">1M</a>' in response.text
    assert '<a href="?period=ytd">YTD</a>' in response.text


def test_custom_days_are_the_period(signed_in, broker):
    response = signed_in.get(f"/performance/?since={ago(3)}&until={ago(2)}")
    assert [day.value for day in response.context["found"].days] == [110, 105]
    assert response.context["asked"].period.name == "custom"


def test_a_past_day_is_the_last_of_all_figures(signed_in, broker):
    response = signed_in.get(f"/performance/?on={ago(3)}")
    assert [day.value for day in response.context["found"].days] == [0, 100, 110]


def test_a_period_before_everything_says_so(signed_in, broker):
    response = signed_in.get(f"/performance/?since={ago(90)}&until={ago(80)}")
    assert "Nothing was held in this period" in response.text


def test_one_account_can_be_chosen_and_no_foreign_one(signed_in, alice, bob, broker):
    other = AccountFactory(owner=alice, name="Other", currency="EUR")
    record(other, ago(1), (1000, 1000))
    foreign = AccountFactory(owner=bob, name="Bobs", currency="EUR")
    record(foreign, ago(1), (777, 777))
    values = {
        pk: signed_in.get(f"/performance/?account={pk}").context["found"].days[-1].value
        for pk in ("", other.pk, foreign.pk)
    }
    assert values == {"": 1121, other.pk: 1000, foreign.pk: 1121}


def test_the_currency_is_the_readers(signed_in, broker):
    rate("USD", ago(9), "2")
    response = signed_in.get("/performance/?currency=USD")
    assert figure(response, "Value").value == 242
    assert figure(response, "Income").value == 10


def test_a_benchmark_and_a_rate_stay_chosen(signed_in, broker):
    price("IDX", ago(9), "100")
    price("IDX", ago(1), "150")
    signed_in.get("/performance/?benchmark=IDX&risk_free=2.5")
    response = signed_in.get("/performance/")
    assert figure(response, "Benchmark IDX").value == D("0.5")
    assert response.context["asked"].risk_free == D("0.025")
    signed_in.get("/performance/?benchmark=&risk_free=")
    assert signed_in.get("/performance/").context["asked"].benchmark == ""


def test_an_instrument_that_only_others_hold_is_no_benchmark(signed_in, bob, broker):
    price("SECRET", ago(9), "100")
    ledger(AccountFactory(owner=bob), "2024-01-05 BUY 1 SECRET @ 5")
    response = signed_in.get("/performance/?benchmark=SECRET")
    assert response.context["asked"].benchmark == ""
    assert "SECRET" not in response.text.replace("benchmark=SECRET", "")


def test_days_that_are_not_computed_yet_are_said(signed_in, broker):
    StaleMark.objects.create(account=broker, since=ago(1))
    response = signed_in.get("/performance/")
    day = f"{ago(2):%-d %b %Y}"
    assert f"Being computed: the figures are up to {day}." in response.text
    assert figure(response, "Value").value == 105


def test_without_any_day_the_page_works_and_says_why(signed_in, alice):
    assert "Nothing to measure yet" in signed_in.get("/performance/").text
    account = AccountFactory(owner=alice)
    assert "There is no transaction yet" in signed_in.get("/performance/").text
    ledger(account, f"{ago(5)} BUY 1 AAA @ 5")
    assert "no day is recorded yet" in signed_in.get("/performance/").text
    assert "no day is recorded yet" in signed_in.get("/performance/changes/").text
    assert signed_in.get("/performance/series/").json()["day"] == []


def test_a_broken_chain_says_where_and_what_holds_since(signed_in, broker):
    broker.snapshots.filter(snapshot_date=ago(3)).update(total_value=-5)
    response = signed_in.get("/performance/")
    found = figure(response, "Time-weighted return")
    assert found.value is None
    assert found.note.startswith(f"On {ago(3)} the value became negative")
    assert [(term.label, term.day) for term in found.terms] == [("Since the chain broke", ago(2))]


def test_a_return_says_what_it_leaves_out(signed_in, broker):
    broker.snapshots.filter(snapshot_date=ago(3)).update(total_value=0, outflow=110)
    found = figure(signed_in.get("/performance/"), "Time-weighted return")
    # 110 of 100, nothing invested on the day after, then 121 of 105.
    assert round(found.value, 6) == D("0.267619")
    assert found.note.startswith(f"On {ago(2)} there was value or an outflow")
    assert found.terms == []


def test_the_panel_is_a_fragment_and_its_address_leads_to_the_page(signed_in, broker):
    response = signed_in.get("/performance/panel/", headers={"HX-Request": "true"})
    assert "<html" not in response.text
    assert 'data-chart="/performance/series/"' in response.text
    assert len(response.context["figures"]) == 4
    assert signed_in.get("/performance/panel/").headers["Location"] == "/performance/"


def test_the_series_is_exact_text_and_sent_once(signed_in, broker):
    response = signed_in.get("/performance/series/")
    found = json.loads(response.content)
    assert found["value"] == ["100.00000000", "110.00000000", "105.00000000", "121.00000000"]
    assert found["day"][-1] == ago(1).isoformat()
    assert found["outflow"][2] == "5.00000000"
    assert "no-cache" in response.headers["Cache-Control"]
    assert "private" in response.headers["Cache-Control"]
    tag = response.headers["ETag"]
    again = signed_in.get("/performance/series/", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    broker.snapshots.filter(snapshot_date=ago(1)).update(total_value=122)
    changed = signed_in.get("/performance/series/", headers={"If-None-Match": tag})
    assert changed.status_code == 200


def test_changes_are_told_with_their_sum(signed_in, broker):
    broker.snapshots.filter(snapshot_date=ago(4)).update(
        positions_json=[held("AAA", "10", "10", "100")]
    )
    broker.snapshots.filter(snapshot_date=ago(1)).update(
        positions_json=[held("AAA", "10", "12.1", "121")]
    )
    response = signed_in.get(f"/performance/changes/?since={ago(4)}&until={ago(1)}")
    change = response.context["found"].change
    assert (change.before, change.flows, change.income, change.price, change.after) == (
        100,
        -5,
        5,
        21,
        121,
    )
    assert (change.edits, change.currency, change.elsewhere.price) == (0, 0, 0)
    page = shown(response)
    assert "From the end of" in page
    assert '<th scope="row">AAA</th>' in page


def test_changes_since_the_beginning_start_from_nothing(signed_in, broker):
    broker.snapshots.filter(snapshot_date=ago(1)).update(
        positions_json=[held("AAA", "10", "12.1", "121")]
    )
    change = signed_in.get("/performance/changes/").context["found"].change
    assert (change.before, change.flows, change.income, change.price) == (0, 95, 5, 21)


def test_changes_without_a_rate_say_what_to_do(signed_in, broker):
    page = shown(signed_in.get("/performance/changes/?currency=CHF"))
    assert "No exchange rate into CHF is known on one of these days" in page


@pytest.mark.parametrize("path", ["", "panel/", "series/", "changes/"])
def test_only_reading_is_possible(signed_in, path):
    assert signed_in.post(f"/performance/{path}").status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"), [("", 13), ("panel/", 11), ("series/", 11), ("changes/", 12)]
)
def test_the_number_of_queries_does_not_grow(
    signed_in, alice, rows, path, queries, django_assert_num_queries
):
    rate("USD", ago(9), "2")
    price("IDX", ago(9), "100", "USD")
    for number in range(rows):
        account = AccountFactory(owner=alice, currency="USD", tracks_cash=True)
        ledger(account, f"{ago(4)} BUY 10 A{number} @ 5", f"{ago(2)} SELL 1 A{number} @ 5")
        record(account, ago(4), (100, 100), (110,), (105, 0, 5), (121,))
    signed_in.get("/performance/?benchmark=IDX&currency=EUR")
    with django_assert_num_queries(queries):
        signed_in.get(f"/performance/{path}?period=all", headers={"HX-Request": "true"})
