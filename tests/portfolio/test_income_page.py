"""The income page: sums per month, instrument, type and currency, and the payments that they are made of."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.test import Client

from pricing.models import ExchangeRate
from tests.factories import AccountFactory, ledger


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    return AccountFactory(owner=alice, name="Broker", currency="EUR")


@pytest.fixture
def rates(db):
    """Dollars per euro: 1.25 in 2023, 1.60 from March 2024 on."""
    for day, rate in (("2023-01-02", "1.25"), ("2024-03-01", "1.60")):
        ExchangeRate.objects.create(
            currency="USD", date=date.fromisoformat(day), rate=D(rate), source="ecb"
        )


@pytest.fixture
def earned(broker, rates):
    """A dividend a year in two currencies, interest, a reward, and a dividend taken back."""
    return [
        *ledger(broker, "2023-05-10 DIVIDEND 10 AAA = 100", tax=D(15)),
        *ledger(broker, "2024-05-10 DIVIDEND 10 AAA = 80", tax=D(12), fee=D("1.50")),
        *ledger(broker, "2024-02-29 DIVIDEND 4 KO = 50", currency="USD", tax=D(10)),
        *ledger(broker, "2024-03-01 DIVIDEND 4 KO = 16", currency="USD"),
        *ledger(broker, "2024-05-31 INTEREST 7", "2024-06-01 DIVIDEND 10 AAA = -8"),
        *ledger(broker, "2024-06-02 STAKING 2 SOL = 20"),
    ]


def opened(client: Client, query: str = ""):
    return client.get(f"/income/?{query}")


def grid(response) -> dict[int, dict[int, D]]:
    return {
        row.year: {cell.month: cell.amount for cell in row.cells if cell.found.payments}
        for row in response.context["years"]
    }


def groups(response, name) -> dict[str, tuple[D, D, D, D]]:
    return {
        group.label: (
            group.found.in_gross,
            group.found.in_tax,
            group.found.in_fee,
            group.found.in_net,
        )
        for group in response.context[name]
    }


def text(response) -> str:
    return " ".join(response.text.split())


def test_each_month_of_each_year_is_told_in_the_chosen_currency(signed_in, earned):
    response = opened(signed_in)
    # 50 dollars at 1.25, 16 dollars at 1.60 a day later.
    assert grid(response) == {
        2024: {2: D(40), 3: D(10), 5: D(87), 6: D(12)},
        2023: {5: D(100)},
    }
    assert [row.amount for row in response.context["years"]] == [D(149), D(100)]
    assert response.context["all_amount"] == D(249)
