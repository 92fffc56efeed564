"""A table of an unknown format in the browser: correct the guess, import, and the next file by itself."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from portfolio.models import Position
from tests.browser.visitor import LOOKS, Visitor
from transactions.kept_files import ColumnMapping
from transactions.models import Transaction

pytestmark = pytest.mark.browser

UNKNOWN = """Depotauszug;Kunde 4711
Handelstag;Uhrzeit;Vorgang;Bezeichnung;ISIN;Stück;Kurs;Entgelt;Ausmachender Betrag;Währung
31.01.2024;09:30;Kauf;SAP SE;DE0007164600;10;150,00;5,90;-1.505,90;EUR
15.05.2024;;Dividende;SAP SE;DE0007164600;;;;22,00;EUR
03.06.2024;10:00;Verkauf;SAP SE;DE0007164600;4;170,25;5,90;675,10;EUR
04.06.2024;;Depotführung;;;;;;-3,00;EUR
05.06.2024;;Nachricht an alle Kunden der Bank;;;;;;;EUR
"""
TRACKER = """Date,Label,Sent Amount,Sent Currency,Received Amount,Received Currency,Fee Amount,Fee Currency
2024-01-05 10:00:00,Deposit,,,1000,EUR,,
2024-01-06 10:00:00,Trade,505,EUR,0.01,BTC,5,EUR
2024-02-10 12:00:00,Trade,0.004,BTC,0.06,ETH,,
2024-02-20 06:15:00,Quarterly thanks,,,0.001,ETH,,
2024-03-20 09:00:00,Withdrawal,0.02,ETH,,,0.0005,ETH
2024-04-01 08:00:00,Withdrawal,,,5,EUR,,
"""
LATER = UNKNOWN + "01.07.2024;;Dividende;SAP SE;DE0007164600;;;;11,00;EUR\n"


@pytest.fixture
def visitor(page: Page, live_server, alice: User) -> Visitor:
    visitor = Visitor(page, live_server.url)
    visitor.sign_in(alice)
    return visitor


def upload(visitor: Visitor, text: str, name: str = "depot.csv") -> Page:
    page = visitor.visit(reverse("transactions:import-upload"))
    file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("Choose files").set_input_files([file])
    page.get_by_role("button", name="Check files").click()
    return page


def test_a_guess_is_corrected_and_the_next_file_is_recognised(visitor: Visitor) -> None:
    page = upload(visitor, UNKNOWN)
    comes_of_it = page.get_by_role("region", name="What comes of the first rows")
    expect(page.get_by_text("3 transactions, 0 left out, 2 not understood")).to_be_visible()
    page.get_by_label("depotführung").select_option(label="Fee")
    expect(page.get_by_text("4 transactions, 0 left out, 1 not understood")).to_be_visible()
    page.get_by_label("nachricht an alle").select_option(label="Leave out")
    expect(page.get_by_text("4 transactions, 1 left out, 0 not understood")).to_be_visible()
    # 1,505.90 was paid with the fee of 5.90 in it.
    expect(comes_of_it).to_contain_text("1,500.00")
    page.get_by_label("Fee and tax are in the amount").uncheck()
    expect(comes_of_it).to_contain_text("1,505.90")
    page.get_by_label("Fee and tax are in the amount").check()
    expect(comes_of_it).to_contain_text("1,500.00")
    page.get_by_label("Name of the mapping").fill("Sparkasse")
    page.get_by_role("button", name="Keep the mapping").click()

    page.get_by_role("button", name="Import 4 new rows").click()
    expect(page.get_by_text("depot.csv is imported.")).to_be_visible()
    assert Position.objects.get().quantity == 6

    upload(visitor, LATER, "later.csv")
    page.get_by_role("button", name="Import 1 new row").click()
    expect(page.get_by_text("later.csv is imported.")).to_be_visible()
    assert Transaction.objects.count() == 5
    assert visitor.problems == []


def test_a_table_with_two_assets_in_a_row_is_read_as_trades(visitor: Visitor) -> None:
    page = upload(visitor, TRACKER, "tracker.csv")
    comes_of_it = page.get_by_role("region", name="What comes of the first rows")
    expect(page.get_by_label("Asset that went out")).to_have_value("3")
    expect(page.get_by_text("6 transactions, 0 left out, 2 not understood")).to_be_visible()
    expect(comes_of_it).to_contain_text("means Withdrawal, but only 5 EUR came in")
    page.get_by_label("quarterly thanks").select_option(label="Staking reward")
    expect(page.get_by_text("7 transactions, 0 left out, 1 not understood")).to_be_visible()
    expect(comes_of_it).to_contain_text("505.00")
    page.get_by_label("Fee and tax are in the amount").check()
    expect(comes_of_it).to_contain_text("500.00")
    # One side alone is no trade; what is missing is said, and nothing shown until it is there.
    page.get_by_label("Asset that came in").select_option(label="None")
    expect(page.get_by_text("as well.")).to_contain_text("“Asset that came in”")
    page.get_by_label("Asset that came in").select_option(label="Received Currency (EUR)")
    page.get_by_label("withdrawal", exact=True).select_option(label="What came and went tells")
    expect(page.get_by_text("8 transactions, 0 left out, 0 not understood")).to_be_visible()
    page.get_by_role("button", name="Keep the mapping").click()

    page.get_by_role("button", name="Import 6 new rows").click()
    expect(page.get_by_text("tracker.csv is imported.")).to_be_visible()
    held = Position.objects.values_list("instrument__ticker", "quantity")
    assert dict(held) == {"BTC": Decimal("0.006"), "ETH": Decimal("0.041")}
    assert visitor.problems == []


def test_another_header_line_is_chosen(visitor: Visitor) -> None:
    trap = "Trade Date,Type,Amount,Price,Quantity\nDay;What;Papers;Count;Each;Money\n"
    page = upload(visitor, trap + "02.01.2024;Buy;AAA;10;5;EUR\n13.01.2024;Buy;AAA;1;6;EUR\n")
    page.get_by_label("Line with the names of the columns").select_option(index=1)
    expect(page.get_by_role("columnheader", name="Papers")).to_be_visible()
    page.get_by_label("Ticker or symbol").select_option(label="Papers (AAA)")
    page.get_by_label("Quantity", exact=True).select_option(label="Count (10)")
    page.get_by_label("Price per unit").select_option(label="Each (5)")
    expect(page.get_by_text("2 transactions, 0 left out, 0 not understood")).to_be_visible()
    assert visitor.problems == []


def test_a_mapping_is_made_without_javascript(browser: Browser, live_server, alice: User) -> None:
    context = browser.new_context(java_script_enabled=False)
    visitor = Visitor(context.new_page(), live_server.url)
    visitor.sign_in(alice)
    page = upload(visitor, UNKNOWN)
    page.get_by_label("depotführung").select_option(label="Fee")
    page.get_by_role("button", name="Show what comes of it").click()
    expect(page.get_by_text("4 transactions, 0 left out, 1 not understood")).to_be_visible()
    page.get_by_label("nachricht an alle").select_option(label="Leave out")
    page.get_by_role("button", name="Keep the mapping").click()
    page.get_by_role("button", name="Import 4 new rows").click()
    expect(page.get_by_text("depot.csv is imported.")).to_be_visible()
    context.close()


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_screenshots_of_a_mapping(visitor: Visitor, scheme: str, width: int) -> None:
    visitor.look_as(scheme, width)
    look = f"{scheme}-{width}"
    page = upload(visitor, UNKNOWN)
    expect(page.get_by_role("heading", name="What comes of it")).to_be_visible()
    # Opened once more, because only what is opened is measured.
    visitor.visit(page.url.removeprefix(visitor.server))
    visitor.keep(f"mapping-new-{look}")
    page.get_by_role("button", name="Keep the mapping").click()
    expect(page.get_by_role("heading", name="depot.csv")).to_be_visible()
    visitor.keep(f"mapping-preview-{look}")
    visitor.visit(ColumnMapping.objects.get().get_absolute_url())
    visitor.keep(f"mapping-edit-{look}")
    visitor.visit(reverse("transactions:mappings"))
    visitor.keep(f"mappings-{look}")
    upload(visitor, TRACKER, "tracker.csv")
    visitor.visit(page.url.removeprefix(visitor.server))
    visitor.keep(f"mapping-two-assets-{look}")
    assert visitor.problems == []
