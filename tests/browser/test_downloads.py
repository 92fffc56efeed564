"""Files that a person takes home by clicking."""

import csv
import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from tests.browser import world
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def visitor(page: Page, live_server, alice) -> Visitor:
    world.build(alice)
    found = Visitor(page, live_server.url)
    found.sign_in(alice)
    return found


def taken(page: Page, name: str, role: str = "button") -> tuple[str, Path]:
    """What a click downloads: the suggested name, and the file."""
    with page.expect_download() as waiting:
        page.get_by_role(role, name=name, exact=True).click()
    return waiting.value.suggested_filename, Path(waiting.value.path())


def test_every_button_of_the_export_page_gives_its_file(visitor, alice):
    page = visitor.visit("/")
    page.get_by_text("alice").click()
    page.get_by_role("link", name="Export").click()
    expect(page.get_by_role("heading", name="Export")).to_be_visible()
    name, path = taken(page, "Transactions as CSV")
    assert name == "transactions.csv"
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert {row["portfolio"] for row in rows} == {"DEGIRO", "Interactive Brokers", "Revolut"}
    name, path = taken(page, "Positions as JSON")
    assert name == "positions.json"
    assert "NVDA" in {row["ticker"] for row in json.loads(path.read_text())}
    name, path = taken(page, "Gains as XLSX")
    assert name == "gains.xlsx"
    assert CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[0][0] == "account"
    name, path = taken(page, "Transactions for beancount")
    assert name == "transactions.beancount"
    assert "Assets:Interactive-Brokers:NVDA" in path.read_text()
    name, path = taken(page, "Transactions for Ghostfolio")
    assert name == "transactions.ghostfolio.json"
    assert json.loads(path.read_text())["leftOut"] != []
    assert visitor.problems == []


def test_account_and_day_narrow_the_file(visitor):
    page = visitor.visit("/export/")
    page.get_by_label("Account").select_option("Revolut")
    page.get_by_label("Until").fill("2021-12-31")
    _, path = taken(page, "Transactions as CSV")
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [row["ticker"] for row in rows] == ["BTC", "ETH"]
    assert visitor.problems == []


def test_a_list_gives_what_it_shows(visitor):
    page = visitor.visit("/positions/")
    page.get_by_label("Type").select_option("CRYPTO")
    expect(page.get_by_role("status")).to_contain_text("2 positions")
    name, path = taken(page, "CSV", role="link")
    assert name == "positions.csv"
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [row["ticker"] for row in rows] == ["BTC", "ETH"]
    page = visitor.visit("/transactions/?type=DIVIDEND")
    _, path = taken(page, "CSV", role="link")
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert {row["type"] for row in rows} == {"DIVIDEND"}
    assert visitor.problems == []
