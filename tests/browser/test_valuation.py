"""What holdings are worth, as people see it in a browser."""

from decimal import Decimal as D

import pytest
from playwright.sync_api import Page, expect

from portfolio.models import Position
from tests.browser import world
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def visitor(page: Page, live_server, alice) -> Visitor:
    world.build(alice)
    visitor = Visitor(page, live_server.url)
    visitor.sign_in(alice)
    return visitor


def test_the_overview_tells_the_value_in_the_chosen_currency(visitor):
    page = visitor.visit("/")
    expect(page.get_by_role("heading", name="In EUR")).to_be_visible()
    page.get_by_label("in", exact=True).fill("USD")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="In USD")).to_be_visible()
    visitor.visit("/positions/")
    expect(page.get_by_text("figures in USD")).to_be_visible()
    assert visitor.problems == []


def test_a_figure_opens_to_what_it_is_computed_from(visitor):
    held = Position.objects.get(instrument="MSFT")
    page = visitor.visit(held.get_absolute_url())
    value = page.locator("details.stat").filter(has_text="Quantity × last price")
    value.locator("summary").click()
    shown = D("12.5") * D("415.02") / D("1.0845")
    expect(value.get_by_role("rowheader", name="Value")).to_be_visible()
    expect(value.locator("tfoot td")).to_contain_text(f"{shown:,.2f}"[:-1])
    assert visitor.problems == []


def test_a_past_day_is_kept_from_page_to_page_until_today_is_asked_for(visitor):
    page = visitor.visit("/?on=2022-12-31")
    expect(page.get_by_text("As of 31 December 2022")).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Positions").click()
    expect(page.get_by_text("As of 31 December 2022")).to_be_visible()
    page.get_by_role("link", name="ASML").click()
    expect(page.get_by_text("As of 31 December 2022")).to_be_visible()
    page.get_by_role("link", name="Back to today").click()
    expect(page.get_by_text("As of 31 December 2022")).to_have_count(0)
    assert visitor.problems == []


def test_filtering_keeps_the_day(visitor):
    page = visitor.visit("/positions/?on=2022-12-31")
    page.get_by_label("Search").fill("adyen")
    expect(page.get_by_text("No position fits")).to_be_visible()
    page.get_by_label("Status").select_option("closed")
    expect(page.get_by_role("link", name="ADYEN", exact=True)).to_be_visible()
    assert "on=2022-12-31" in page.url
