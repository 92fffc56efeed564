"""Price pages in a real browser: what waits, what is entered, and how it looks."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from pricing.models import Instrument, PriceHistory, Split
from pricing.providers.base import Quote
from pricing.writing import Series, store_quotes
from tests.browser import world
from tests.browser.visitor import LOOKS, Visitor

pytestmark = pytest.mark.browser

NVDA_STEPS = ("118", "121.4", "117.2", "124", "130.78", "127.3", "135", "141.5", "139", "144.25")


@pytest.fixture
def prices(alice) -> None:
    """Fresh, stale, missing, failed and doubted ones."""
    world.build(alice)
    PriceHistory.objects.all().delete()  # these pages have a market of their own
    now, today = datetime.now(UTC), datetime.now(UTC).date()
    nvda = [
        Quote(today - timedelta(days=30 * place), Decimal(step), "USD")
        for place, step in enumerate(reversed(NVDA_STEPS))
    ]
    store_quotes(Series("NVDA", "twelvedata", adjusted_for_splits=True, recorded=now), nvda)
    store_quotes(
        Series("VWCE", "imported", adjusted_for_splits=False, recorded=now),
        [Quote(today - timedelta(days=n), Decimal(120 + n), "EUR") for n in range(1, 60)],
    )
    doubted = [Quote(today - timedelta(days=n), Decimal(12000), "EUR") for n in (0,)]
    store_quotes(Series("VWCE", "stooq", adjusted_for_splits=False, recorded=now), doubted)
    old = [Quote(today - timedelta(days=20), Decimal("61234.5"), "EUR")]
    store_quotes(Series("BTC", "coingecko", adjusted_for_splits=False, recorded=now), old)
    Instrument.objects.filter(ticker="BTC").update(
        provider="coingecko",
        provider_symbol="bitcoin",
        prices_checked_at=now,
        price_error="CoinGecko cannot be reached (Name or service not known). Check the network.",
    )
    Instrument.objects.filter(ticker="NVDA").update(provider="twelvedata", provider_symbol="NVDA")
    Split.objects.create(
        instrument=Instrument.objects.get(ticker="NVDA"),
        date=date(2024, 6, 10),
        numerator=10,
        denominator=1,
        source="manual",
    )


@pytest.fixture
def visitor(page, live_server, alice, prices) -> Visitor:
    found = Visitor(page, live_server.url)
    found.sign_in(alice)
    return found


def path_of(ticker: str, below: str = "") -> str:
    return f"/prices/{Instrument.objects.get(ticker=ticker).pk}/{below}"


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_every_price_page_opens_without_a_complaint(visitor, page, scheme, width):
    visitor.look_as(scheme, width)
    pages = {
        "prices": "/prices/",
        "quarantine": "/prices/quarantine/",
        "rates": "/prices/rates/",
        "prices-NVDA": path_of("NVDA"),
        "prices-VWCE": path_of("VWCE"),
        "prices-BTC": path_of("BTC"),
        "price-add": path_of("VWCE", "add/"),
        "price-upload": path_of("VWCE", "upload/"),
        "price-settings": path_of("VWCE", "settings/"),
        "split-add": path_of("VWCE", "splits/add/"),
    }
    for name, path in pages.items():
        visitor.visit(path)
        visitor.keep(f"{name}-{scheme}-{width}")
    assert visitor.problems == []


def test_the_list_follows_its_filter(visitor, page):
    visitor.visit("/prices/")
    rows = page.locator("#instruments tbody tr")
    page.get_by_label("Show").select_option("stale")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("BTC")
    expect(page).to_have_url(f"{visitor.server}/prices/?search=&show=stale")
    page.get_by_label("Show").select_option("quarantined")
    expect(rows.first).to_contain_text("VWCE")
    assert visitor.problems == []


def test_a_price_is_entered_and_deleted(visitor, page):
    visitor.visit(path_of("ETH"))
    page.get_by_role("button", name="Add price").first.click()
    page.get_by_label("Price of one unit").fill("2,345.67")
    page.get_by_label("Currency").fill("EUR")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".stat").first).to_contain_text("2,345.67")
    expect(page.get_by_role("status").or_(page.locator("#messages"))).to_contain_text("is 2,345.67")
    page.get_by_role("button", name="Delete the price").click()
    expect(page.get_by_text("No prices yet")).to_be_visible()
    assert not PriceHistory.objects.filter(instrument__ticker="ETH").exists()
    assert visitor.problems == []


def test_what_waits_is_judged_in_the_queue(visitor, page):
    visitor.visit("/prices/quarantine/")
    expect(page.locator("tbody tr")).to_contain_text("About 100 times the last price 121")
    page.get_by_role("button", name="Delete the price").click()
    expect(page.get_by_text("Nothing waits")).to_be_visible()
    assert not PriceHistory.objects.exclude(quarantine="").exists()
    assert visitor.problems == []


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_another_name_is_added_and_taken_away_by_staff(visitor, alice, page, scheme, width):
    visitor.look_as(scheme, width)
    alice.is_staff = True
    alice.save()
    visitor.visit(path_of("VWCE"))
    page.get_by_role("link", name="Add name").click()
    visitor.keep(f"name-add-{scheme}-{width}")
    page.get_by_label("Ticker or ISIN").fill("VWRA")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("VWRA means VWCE in files from now on.")).to_be_visible()
    visitor.keep(f"names-{scheme}-{width}")
    page.get_by_role("row", name="VWRA").get_by_role("button").click()
    expect(page.get_by_role("row", name="VWRA")).to_have_count(0)
    assert visitor.problems == []
