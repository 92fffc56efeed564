"""Income, realised gains and data health in the browser: from a sum to its rows, wide and on a phone."""

from datetime import date
from decimal import Decimal as D

import pytest
from playwright.sync_api import Page, expect

from pricing.models import ExchangeRate
from tests.browser import world
from tests.browser.visitor import LOOKS, Visitor
from tests.factories import ledger

pytestmark = pytest.mark.browser


@pytest.fixture
def visitor(page: Page, live_server, alice) -> Visitor:
    found = Visitor(page, live_server.url)
    found.sign_in(alice)
    return found


@pytest.fixture
def years(alice):
    """Years of dividends in two currencies, with dollars at 1.25 and then at 1.10."""
    for day, rate in (("2020-01-02", "1.25"), ("2023-06-20", "1.10")):
        ExchangeRate.objects.create(
            currency="USD", date=date.fromisoformat(day), rate=D(rate), source="ecb"
        )
    world.build(alice)
    dollars = alice.accounts.get(name="Interactive Brokers")
    for year in (2022, 2023, 2024):
        for month in (3, 6, 9, 12):
            ledger(
                dollars,
                f"{year}-{month:02}-15 DIVIDEND 35 KO = {month + year - 2010}.10",
                tax=D("2.40"),
            )
    ledger(dollars, "2024-09-20 DIVIDEND 35 KO = -3.10")


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_the_pages_open_without_a_complaint(visitor, years, scheme, width):
    visitor.look_as(scheme, width)
    for name, path in (
        ("income", "/income/"),
        ("income-year", "/income/?year=2023&show=net"),
        ("gains", "/gains/"),
        ("gains-all", "/gains/?year=0"),
        ("data-health", "/data-health/"),
    ):
        visitor.visit(path)
        visitor.keep(f"{name}-{scheme}-{width}")
    visitor.visit("/gains/?year=2024")
    visitor.page.locator("a.explained").first.click()
    expect(visitor.page.get_by_role("heading", name="What it rests on")).to_be_visible()
    visitor.keep(f"gain-{scheme}-{width}")
    assert visitor.problems == []
