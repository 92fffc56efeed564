"""What only a browser can show: lists that follow the fields, explanations that open, chosen colours."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from portfolio import first_run
from tests.browser import world
from tests.browser.visitor import Visitor
from tests.factories import AccountFactory, ledger

pytestmark = pytest.mark.browser


@pytest.fixture
def visitor(page: Page, live_server, alice) -> Visitor:
    found = Visitor(page, live_server.url)
    found.sign_in(alice)
    return found


def tickers(page: Page):
    return page.locator("#positions tbody th a:first-child")


def figure(page: Page, label: str):
    named = page.locator("summary").get_by_text(label, exact=True)
    return page.locator("details.stat").filter(has=named)


def test_the_list_follows_the_fields_while_they_are_filled_in(visitor, alice):
    world.build(alice)
    page = visitor.visit("/positions/")
    expect(page.get_by_role("button", name="Filter")).to_be_hidden()
    search = page.get_by_label("Search")
    search.press_sequentially("coca", delay=20)
    expect(tickers(page)).to_have_text(["KO"])
    expect(page.get_by_role("status")).to_contain_text("1 position")
    expect(search).to_be_focused()
    expect(search).to_have_value("coca")
    expect(page).to_have_url(re.compile("search=coca"))
    search.fill("")
    page.get_by_label("Type").select_option("CRYPTO")
    expect(tickers(page)).to_have_text(["BTC", "ETH"])
    page.go_back()
    expect(page).to_have_url(re.compile("search=(coca)?&"))
    expect(page.get_by_label("Type")).to_have_value("")
    expect(tickers(page)).not_to_have_text(["BTC", "ETH"])
    assert visitor.problems == []


def test_a_heading_sorts_and_keeps_the_filters(visitor, alice):
    world.build(alice)
    page = visitor.visit("/positions/")
    page.get_by_label("Type").select_option("CRYPTO")
    expect(tickers(page)).to_have_text(["BTC", "ETH"])
    page.get_by_role("link", name="Cost", exact=True).click()
    expect(page.get_by_role("columnheader", name="Cost", exact=True)).to_have_attribute(
        "aria-sort", "ascending"
    )
    page.get_by_role("link", name="Cost", exact=True).click()
    expect(page.get_by_role("columnheader", name="Cost", exact=True)).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(tickers(page)).to_have_text(["ETH", "BTC"])
    # The order survives the next change of a filter.
    page.get_by_label("Search").fill("bit")
    expect(tickers(page)).to_have_text(["BTC"])
    expect(page).to_have_url(re.compile("sort=-cost"))
    assert visitor.problems == []


def test_a_phone_sorts_by_a_field(visitor, alice):
    world.build(alice)
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    page = visitor.visit("/positions/?type=CRYPTO")
    page.get_by_label("Sort by").select_option("-ticker")
    expect(tickers(page)).to_have_text(["ETH", "BTC"])
    page.get_by_label("Sort by").select_option("cost")
    expect(tickers(page)).to_have_text(["BTC", "ETH"])
    row = page.get_by_role("row").filter(has_text="Bitcoin")
    expect(row.locator("td").first).to_have_attribute("data-label", "Account")
    assert visitor.problems == []


def test_everything_works_without_javascript(browser: Browser, live_server, alice):
    world.build(alice)
    page = browser.new_context(java_script_enabled=False).new_page()
    visitor = Visitor(page, live_server.url)
    visitor.sign_in(alice)
    page.goto(f"{live_server.url}/positions/")
    page.get_by_label("Type").select_option("CRYPTO")
    page.get_by_role("button", name="Filter").click()
    expect(tickers(page)).to_have_text(["BTC", "ETH"])
    page.get_by_role("link", name="Cost", exact=True).click()
    page.get_by_role("link", name="Cost", exact=True).click()
    expect(tickers(page)).to_have_text(["ETH", "BTC"])
    page.get_by_role("link", name="ETH").click()
    figure(page, "Quantity").locator("summary").click()
    expect(page.get_by_role("link", name="1 Sep 2023").first).to_be_visible()
    page.context.close()


def test_a_figure_opens_to_its_rows_and_leads_to_them(visitor, alice):
    world.build(alice)
    page = visitor.visit(
        alice.accounts.get(name="DEGIRO").positions.get(instrument="VWCE").get_absolute_url()
    )
    gain = figure(page, "Realised gain")
    gain.locator("summary").click()
    expect(gain.locator("tbody tr")).to_have_count(3)
    expect(gain.locator("tfoot")).to_contain_text("+52.80")
    visitor.keep("explained-light-1280")
    gain.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/transactions/\d+/$"))
    assert visitor.problems == []


def test_the_pages_of_lots_turn_without_losing_the_place(visitor, alice):
    account = AccountFactory(owner=alice)
    ledger(account, *[f"2024-01-05T10:{n // 60:02}:{n % 60:02} BUY 1 AAA @ 5" for n in range(120)])
    page = visitor.visit(account.positions.get().get_absolute_url())
    figure(page, "Quantity").locator("summary").click()
    page.locator("#lots").get_by_role("link", name="Next").click()
    expect(page.locator("#lots")).to_contain_text("51–100 of 120")
    expect(page.locator("#lots tbody tr")).to_have_count(50)
    # Only the list was replaced.
    expect(page.locator("details.stat[open]")).to_have_count(1)
    expect(page).to_have_url(re.compile("lots=2"))
    assert visitor.problems == []


def test_chosen_colours_stay_chosen(visitor):
    page = visitor.visit("/")
    menu = page.locator("details.user-menu")
    menu.locator("summary").click()
    visitor.keep("menu-light-1280")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert (
        page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        == "rgb(14, 17, 22)"
    )
    menu.locator("summary").click()
    page.get_by_role("button", name="System").click()
    assert page.evaluate("localStorage.getItem('theme')") is None
    assert visitor.problems == []


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(visitor):
    page = visitor.visit("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_first_user_is_made_and_signed_in(page: Page, live_server, db):
    visitor = Visitor(page, live_server.url)
    visitor.visit("/")
    expect(page).to_have_url(f"{live_server.url}/welcome/")
    page.get_by_label("Set-up token").fill(first_run.token())
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password", exact=True).fill("correct horse")
    page.get_by_label("Password again").fill("correct horse")
    page.get_by_role("button", name="Create user and sign in").click()
    expect(page.get_by_role("heading", name="Start with the files of your broker")).to_be_visible()
    assert visitor.problems == []


def test_long_numbers_stay_inside_their_cards(visitor, alice):
    account = AccountFactory(owner=alice, currency="EUR", tracks_cash=True)
    ledger(account, "2026-01-05 BUY 123456789012345678 AAA @ 1")
    for width in (1440, 360):
        visitor.look_as("light", width)
        page = visitor.visit("/")
        outside = page.evaluate(
            """[...document.querySelectorAll(".stat data, .tile data")].filter((number) => {
                const card = number.closest(".stat, .tile").getBoundingClientRect();
                return number.getBoundingClientRect().right > card.right;
            }).length"""
        )
        assert outside == 0, width
    assert visitor.problems == []


def test_the_navigation_of_a_phone_shows_where_one_is(visitor):
    visitor.look_as("light", 360)
    page = visitor.visit("/broker-accounts/")
    expect(page.get_by_role("link", name="Accounts", exact=True).first).to_be_in_viewport(ratio=1)
    assert visitor.problems == []
