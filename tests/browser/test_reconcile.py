"""Balances of a file and of a person beside the ledger, in the browser."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.visitor import LOOKS, Visitor

pytestmark = pytest.mark.browser

HEAD = (
    "Date;Order #;Transaction;Symbol;Name;ISIN;Quantity;Unit price;Costs;Accrued Interest;Net Amount;"
    "Balance;Currency"
)
STATEMENT = f"""{HEAD}
02-01-2024 09:00:00;1;Credit;;;;1.0;1000;0;0;1000.00;1000.00;CHF
03-01-2024 09:00:00;2;Buy;ABC;Abc AG;CH0012032048;2.0;100;5;0;-205.00;795.00;CHF
15-01-2024 09:00:00;3;Custody Fees;;;;1.0;10;0;0;-10.00;770.00;CHF
16-01-2024 09:00:00;4;Interests;;;;1.0;1;0;0;1.00;771.00;CHF
"""
HOLDINGS = """Product,Symbol/ISIN,Amount,Closing,Local value,,Value in EUR
CASH & CASH FUND & FTX CASH (EUR),,,,EUR,"10,00","10,00"
VANGUARD FTSE DEVELOPED EUROPE,IE00B945VV12,6,"34,50",EUR,"207,00","207,00"
"""


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_a_difference_is_found_in_the_file_and_on_the_page(
    onlooker: Visitor, scheme: str, width: int
) -> None:
    page = onlooker.visit(reverse("transactions:import-upload"))
    file = {"name": "statement.csv", "mimeType": "text/csv", "buffer": STATEMENT.encode()}
    page.get_by_label("Choose files").set_input_files([file])
    page.get_by_role("button", name="Check files").click()
    expect(page.get_by_text("1 of the balances in this file is not explained")).to_be_visible()
    expect(page.get_by_text("Rows are missing from the file in front of it.")).to_be_visible()
    onlooker.keep(f"reconcile-preview-{scheme}-{width}")
    page.get_by_role("button", name="Import 4 new rows").click()
    expect(page.get_by_text("statement.csv is imported.")).to_be_visible()
    onlooker.keep(f"reconcile-import-{scheme}-{width}")

    page = onlooker.visit(reverse("portfolio:reconcile"))
    expect(page.get_by_text("It agreed before")).to_be_visible()
    onlooker.keep(f"reconcile-{scheme}-{width}")
    page.get_by_role("button", name="Add a balance").click()
    page.get_by_label("Currency or ticker").fill("ABC")
    page.get_by_label("At the end of").fill("2024-01-31")
    page.get_by_label("Amount").fill("2")
    onlooker.keep(f"reconcile-add-{scheme}-{width}")
    page.get_by_role("button", name="Compare").click()
    row = page.get_by_role("row").filter(has_text="ABC")
    expect(row.get_by_text("agrees")).to_be_visible()
    page.locator("summary").first.click()
    page.locator("summary").last.click()
    onlooker.keep(f"reconcile-open-{scheme}-{width}")
    # A file that makes no transactions is kept for what it states.
    page = onlooker.visit(reverse("transactions:import-upload"))
    file = {"name": "Portfolio.csv", "mimeType": "text/csv", "buffer": HOLDINGS.encode()}
    page.get_by_label("Choose files").set_input_files([file])
    page.get_by_role("button", name="Check files").click()
    onlooker.keep(f"reconcile-holdings-{scheme}-{width}")
    page.get_by_role("button", name="Keep 2 stated balances").click()
    expect(page.get_by_text("Portfolio.csv is imported.")).to_be_visible()
    page = onlooker.visit(reverse("portfolio:reconcile"))
    expect(page.get_by_role("row").filter(has_text="IE00B945VV12")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="ABC")
    row.locator("summary").click()
    row.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The balance is gone.")).to_be_visible()
    page.get_by_role("link", name="15 Jan 2024").click()
    expect(page.get_by_role("heading", name="Transactions")).to_be_visible()
    assert onlooker.problems == []
