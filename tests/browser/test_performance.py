"""The chart of value over time, as a person uses it."""

import re
from decimal import Decimal as D
from math import sin

import pytest
from playwright.sync_api import Page, expect

from snapshots.models import PortfolioSnapshot
from tests.browser.visitor import Visitor
from tests.factories import AccountFactory, ledger
from tests.snapshots.recorded import ago, held, price, record

pytestmark = pytest.mark.browser

DAYS = 800


@pytest.fixture
def visitor(page: Page, live_server, alice) -> Visitor:
    build(alice)
    found = Visitor(page, live_server.url)
    found.sign_in(alice)
    return found


def build(owner) -> None:
    """More than two years with a payment each quarter, one withdrawal and a benchmark."""
    account = AccountFactory(owner=owner, name="Broker", currency="EUR")
    ledger(account, f"{ago(DAYS)} BUY 100 VWCE @ 100", f"{ago(300)} DIVIDEND 100 VWCE = 140")
    ledger(account, f"{ago(200)} SELL 10 VWCE @ 120", fee=D("2.50"))
    value, rows = D(10_000), [(10_000, 10_000)]
    for day in range(1, DAYS):
        value = round(value * D(str(1 + 0.0004 + 0.006 * sin(day / 3) * sin(day / 41))), 2)
        inflow, outflow = (1000 if day % 91 == 0 else 0), (1500 if day == 600 else 0)
        value += inflow - outflow
        rows.append((value, inflow, outflow))
    record(account, ago(DAYS), *rows)
    for day, units in ((ago(365), "100"), (ago(1), "90")):
        snapshot = PortfolioSnapshot.objects.get(snapshot_date=day)
        snapshot.positions_json = [held("VWCE", units, "1", str(snapshot.total_value))]
        snapshot.save()
    for day in range(0, DAYS + 5, 5):
        price("IDX", ago(DAYS + 4 - day), str(round(100 + day / 40 + 6 * sin(day / 60), 4)))


def plot(page: Page):
    return page.locator(".chart-canvas .u-over")


def figure(page: Page, label: str):
    return page.locator("details.stat").filter(
        has=page.locator("summary").get_by_text(label, exact=True)
    )


def drawn(page: Page) -> int:
    """How many pixels of the canvas are not empty."""
    return page.evaluate(
        """() => {
            const canvas = document.querySelector(".chart-canvas canvas");
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let count = 0;
            for (let at = 3; at < data.length; at += 4) if (data[at]) count += 1;
            return count;
        }"""
    )


def test_the_chart_draws_and_tells_the_day_under_the_pointer(visitor):
    page = visitor.visit("/performance/?benchmark=IDX")
    expect(plot(page)).to_be_visible()
    assert drawn(page) > 10_000
    box = plot(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] - 0.5, box["y"] + 100)
    tip = page.locator(".chart-tip")
    expect(tip).to_contain_text(f"{ago(1):%-d %b %Y}")
    last = PortfolioSnapshot.objects.get(snapshot_date=ago(1))
    expect(tip).to_contain_text(f"{last.total_value:,.2f} EUR")
    expect(tip).to_contain_text("IDX")
    visitor.keep("performance-hover-light-1280")
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    assert visitor.problems == []


def test_buttons_show_a_part_and_dragging_zooms(visitor):
    page = visitor.visit("/performance/")
    tools = page.get_by_role("group", name="Part of the period")
    whole, month = tools.get_by_text("Whole"), tools.get_by_text("30 days")
    expect(whole).to_have_attribute("aria-pressed", "true")
    month.click()
    expect(month).to_have_attribute("aria-pressed", "true")
    expect(whole).to_have_attribute("aria-pressed", "false")
    box = plot(page).bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 100)
    expect(page.locator(".chart-tip")).to_contain_text(f"{ago(31):%-d %b %Y}")
    whole.click()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 100, steps=5)
    page.mouse.up()
    expect(whole).to_have_attribute("aria-pressed", "false")
    page.mouse.move(box["x"] + 2, box["y"] + 100)
    expect(page.locator(".chart-tip")).to_contain_text(
        re.compile("|".join(f"{ago(DAYS // 2 + shift):%-d %b %Y}" for shift in range(-3, 4)))
    )
    plot(page).dblclick()
    expect(whole).to_have_attribute("aria-pressed", "true")
    assert visitor.problems == []


def test_the_keyboard_reads_day_by_day_and_zooms(visitor):
    page = visitor.visit("/performance/")
    expect(plot(page)).to_be_visible()
    chart = page.locator(".chart-canvas")
    chart.focus()
    tip = page.locator(".chart-tip")
    page.keyboard.press("End")
    expect(tip).to_contain_text(f"{ago(1):%-d %b %Y}")
    page.keyboard.press("ArrowLeft")
    expect(tip).to_contain_text(f"{ago(2):%-d %b %Y}")
    page.keyboard.press("+")
    whole = page.get_by_role("group", name="Part of the period").get_by_text("Whole")
    expect(whole).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Escape")
    expect(whole).to_have_attribute("aria-pressed", "true")
    assert visitor.problems == []


def test_the_chart_is_a_table_too_and_figures_open(visitor):
    page = visitor.visit("/performance/?period=1y")
    page.get_by_text("The chart as a table").click()
    rows = page.get_by_role("region", name="Months").locator("tbody tr")
    assert rows.count() in {12, 13, 14}
    figure(page, "Time-weighted return in the period").locator("summary").click()
    expect(page.get_by_text("of each day, chained")).to_be_visible()
    assert visitor.problems == []


def test_the_panel_draws_its_chart_where_it_is_loaded(visitor):
    page = visitor.visit("/transactions/")
    page.evaluate("htmx.ajax('GET', '/performance/panel/', {target: 'main'})")
    expect(page.get_by_role("link", name="All figures and periods")).to_be_visible()
    expect(plot(page)).to_be_visible()
    assert drawn(page) > 10_000
    visitor.keep("performance-panel-light-1280")
    assert visitor.problems == []


def test_the_other_colours_are_drawn_at_once(visitor):
    page = visitor.visit("/performance/")
    expect(plot(page)).to_be_visible()

    def snapshot():
        return page.evaluate("document.querySelector('.chart-canvas canvas').toDataURL()")

    light = snapshot()
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(
        "before => document.querySelector('.chart-canvas canvas').toDataURL() !== before",
        arg=light,
    )
    assert visitor.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_screenshots_of_performance(visitor, scheme, width):
    visitor.page.set_viewport_size({"width": width, "height": 900})
    visitor.page.emulate_media(color_scheme=scheme)
    page = visitor.visit("/performance/?benchmark=IDX&risk_free=2")
    expect(plot(page)).to_be_visible()
    figure(page, "Absolute gain").locator("summary").click()
    visitor.keep(f"performance-{scheme}-{width}")
    visitor.visit(f"/performance/changes/?since={ago(365)}")
    visitor.keep(f"changes-{scheme}-{width}")
    assert visitor.problems == []
