"""Income and realised gains through the API are the sums of their pages."""

from decimal import Decimal as D

import pytest
from django.test import Client

from portfolio.income_tables import amount_of
from tests.factories import AccountFactory, ledger
from tests.portfolio.api.asking import ask, bearer, digits
from tests.portfolio.market import rated


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    account = AccountFactory(owner=alice, name="Broker", currency="EUR")
    rated("USD", ("2023-01-02", "1.25"), ("2024-03-01", "1.60"))
    ledger(account, "2023-05-10 DIVIDEND 10 AAA = 100", tax=D(15))
    ledger(account, "2024-05-10 DIVIDEND 10 AAA = 80", tax=D(12), fee=D("1.50"))
    ledger(account, "2024-02-29 DIVIDEND 4 KO = 50", currency="USD", tax=D(10))
    ledger(account, "2024-05-31 INTEREST 7", "2024-06-02 STAKING 2 SOL = 20")
    ledger(account, "2023-01-05 BUY 10 AAA @ 10", "2023-03-01 SELL 4 AAA @ 15")
    ledger(account, "2023-06-05 BUY 10 KO @ 50", "2024-04-05 SELL 4 KO @ 60", currency="USD")
    return account


MEASURES = ("gross", "tax", "fee", "net")


def amounts(one) -> list[str]:
    return [one[measure] for measure in MEASURES]


def of_page(found) -> list[str | None]:
    return [digits(amount_of(measure)(found)) for measure in MEASURES]


@pytest.mark.parametrize(
    "query",
    [
        *("", "currency=USD", "year=2024", "year=2024&currency=USD", "instrument=ko"),
        *("type=DIVIDEND", "on=2024-03-31", "on=2023-12-31&currency=USD"),
    ],
)
def test_income_is_that_of_the_page(signed_in, broker, query):
    context = signed_in.get(f"/income/?{query}").context
    answer = ask(signed_in, f"income?{query}")
    assert answer["currency"] == context["currency"]
    assert amounts(answer["total"]) == of_page(context["chosen"])
    assert len(answer["years"]) == len(context["years"])
    for row, one in zip(context["years"], answer["years"], strict=True):
        assert (one["year"], amounts(one)) == (row.year, of_page(row.found))
        cells = {cell.month: of_page(cell.found) for cell in row.cells if cell.found.payments}
        assert {month["month"]: amounts(month) for month in one["months"]} == cells
    groups = {group.value: of_page(group.found) for group in context["instruments"]}
    assert {one["ticker"]: amounts(one) for one in answer["instruments"]} == groups


def test_income_of_a_year_is_exact(signed_in, broker):
    total = ask(signed_in, "income?year=2024")["total"]
    # 80 + 50/1.25 + 7 + 20, the taxes 12 + 10/1.25.
    assert [D(amount) for amount in amounts(total)] == [D(147), D(20), D("1.5"), D("125.5")]


def test_payments_without_an_amount_or_a_rate_are_counted(signed_in, broker):
    ledger(broker, "2024-07-01 DIVIDEND 1 YEN = 5", currency="JPY")
    ledger(broker, "2024-07-02 STAKING 1 SOL")
    found = {one["ticker"]: one for one in ask(signed_in, "income")["instruments"]}
    assert (found["YEN"]["unrated"], D(found["YEN"]["gross"])) == (1, 0)
    assert (found["SOL"]["unknown"], D(found["SOL"]["gross"])) == (1, 20)


@pytest.mark.parametrize("query", ["", "year=2023", "year=2024", "on=2023-12-31", "instrument=KO"])
def test_gains_are_those_of_the_page(signed_in, alice, broker, query):
    dollars = AccountFactory(owner=alice, name="Dollars", currency="USD")
    ledger(dollars, "2023-02-05 BUY 10 KO @ 50", "2024-05-05 SELL 5 KO @ 70")
    # The page begins with the latest year, and 0 is all of them.
    context = signed_in.get(f"/gains/?{query if 'year' in query else f'year=0&{query}'}").context
    answer = ask(signed_in, f"gains?{query}")
    for name, key in (("years", "year"), ("instruments", "ticker")):
        of_page = [
            (group.value, group.currency, digits(group.found.home_gain), group.found.slices)
            for group in context[name]
        ]
        told = [
            (str(one[key]), one["currency"], one["gain"], one["slices"]) for one in answer[name]
        ]
        assert told == of_page
    assert answer["years"]


def test_gains_of_a_year_are_exact(signed_in, broker):
    found = {one["year"]: one for one in ask(signed_in, "gains")["years"]}
    # 4 × 60 dollars at 1.60 less 4 × 50 at 1.25, and 4 × (15 − 10).
    assert (D(found[2024]["gain"]), D(found[2023]["gain"])) == (D(-10), D(20))
    assert D(found[2024]["price_gain"]) + D(found[2024]["currency_gain"]) == D(-10)


def test_a_slice_of_unknown_cost_is_counted(signed_in, broker):
    ledger(broker, "2024-01-05 BUY 1 XAU", "2024-02-05 SELL 1 XAU @ 9")
    found = {one["ticker"]: one for one in ask(signed_in, "gains?year=2024")["instruments"]}
    assert (found["XAU"]["unknown"], D(found["XAU"]["gain"])) == (1, 0)


@pytest.mark.parametrize(
    "path",
    [
        "income?type=BUY",
        "income?year=0",
        "gains?year=x",
        "income?instrument=%00",
        "gains?on=2999-01-01",
    ],
)
def test_what_makes_no_sense_is_refused(signed_in, broker, path):
    response = signed_in.get(f"/api/v1/{path}")
    assert response.status_code == 422
    assert response.json()["detail"].endswith(".")


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("income", 6), ("gains", 3)])
def test_they_take_as_many_queries_for_many_rows(
    client, alice, count, path, queries, django_assert_num_queries
):
    account = AccountFactory(owner=alice)
    for number in range(count):
        ledger(account, f"2024-01-05 BUY 1 A{number} @ 5", f"202{number}-02-05 DIVIDEND 1 B = 5")
        ledger(account, f"2024-02-05 SELL 1 A{number} @ 6")
    headers = bearer(alice)
    ask(client, "accounts", **headers)
    with django_assert_num_queries(queries):
        ask(client, path, **headers)
