"""Importing in the browser: from dropped files to positions and back, with and without JavaScript."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from portfolio.models import Position
from tests.browser import world
from tests.browser.visitor import LOOKS, Visitor
from tests.factories import AccountFactory, ledger
from transactions import tasks
from transactions.models import Import, Transaction

pytestmark = pytest.mark.browser

HEADER = "date,type,ticker,quantity,price,amount,currency\n"
GOOD = (
    HEADER
    + "2024-01-05T10:15:00Z,BUY,VWCE,10,105.20,1052,EUR\n"
    + "2024-01-08T09:02:11Z,BUY,ASML,2,655.40,1310.80,EUR\n"
    + "2024-02-05T15:40:00Z,SELL,VWCE,4,110.05,440.20,EUR\n"
    + "2024-03-01,DIVIDEND,ASML,2,,3.50,EUR\n"
)
MIXED = GOOD + "2024-03-05,GIFT,AAA,1,1,1,EUR\n2024-01-05T10:15:00Z,BUY,SAP,3,120,360,EUR\n"
# Files cannot be dragged out of the operating system here; the page sees the same event.
DROP = """
(files) => {
  const dropped = new DataTransfer();
  for (const [name, text] of files) dropped.items.add(new File([text], name));
  const zone = document.querySelector("[data-drop-zone]");
  for (const type of ["dragover", "drop"])
    zone.dispatchEvent(
      new DragEvent(type, { dataTransfer: dropped, bubbles: true, cancelable: true }),
    );
}
"""


@pytest.fixture
def visitor(page: Page, live_server, alice: User) -> Visitor:
    visitor = Visitor(page, live_server.url)
    visitor.sign_in(alice)
    return visitor


def drop(page: Page, *files: tuple[str, str]) -> None:
    page.evaluate(DROP, [list(file) for file in files])


def test_a_dropped_file_is_previewed_confirmed_and_undone(visitor: Visitor) -> None:
    page = visitor.visit(reverse("transactions:import-upload"))
    drop(page, ("trades.csv", GOOD))
    expect(page.locator("[data-chosen]")).to_contain_text("trades.csv")
    page.get_by_role("button", name="Check files").click()
    expect(page.get_by_role("button", name="Import 4 new rows")).to_be_visible()
    assert not Transaction.objects.exists()

    page.get_by_role("button", name="Import 4 new rows").click()
    expect(page.get_by_text("trades.csv is imported.")).to_be_visible()
    assert Position.objects.get(instrument="VWCE").quantity == 6

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("4 transactions")).to_be_visible()
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("This import was undone")).to_be_visible()
    assert not Position.objects.exists()
    assert visitor.problems == []


def test_several_files_are_dropped_one_after_the_other(visitor: Visitor) -> None:
    page = visitor.visit(reverse("transactions:import-upload"))
    drop(page, ("trades.csv", GOOD))
    drop(page, ("more.csv", GOOD), ("page.html", "<!doctype html>"))
    expect(page.locator("[data-chosen] li")).to_have_count(3)
    page.get_by_role("button", name="Check files").click()
    expect(page.get_by_text("page.html: This is a web page")).to_be_visible()
    expect(page.get_by_role("button", name="Review")).to_have_count(2)
    assert visitor.problems == []


def test_rows_are_filtered_by_verdict_without_leaving_the_page(visitor: Visitor) -> None:
    page = visitor.visit(reverse("transactions:import-upload"))
    drop(page, ("mixed.csv", MIXED))
    page.get_by_role("button", name="Check files").click()
    tabs = page.get_by_role("navigation", name="Show rows by verdict")
    tabs.get_by_role("link", name="Cannot be read").click()
    expect(page.locator("#verdicts tbody tr")).to_have_count(1)
    expect(page).to_have_url(f"{page.url.split('?')[0]}?verdict=rejected")
    tabs.get_by_role("link", name="All").click()
    expect(page.locator("#verdicts tbody tr")).to_have_count(6)
    assert visitor.problems == []


def test_a_large_file_shows_when_the_worker_is_done(visitor: Visitor, settings) -> None:
    settings.IMPORT_IN_REQUEST_ROWS = 1
    page = visitor.visit(reverse("transactions:import-upload"))
    drop(page, ("trades.csv", GOOD))
    page.get_by_role("button", name="Check files").click()
    expect(page.get_by_text("a worker finds out")).to_be_visible()
    record = Import.objects.get()
    tasks.work_out_preview(import_id=record.pk)
    page.get_by_role("button", name="Import 4 new rows").click()
    expect(page.get_by_text("You may leave this page")).to_be_visible()
    tasks.import_file(import_id=record.pk)
    expect(page.get_by_role("region", name="transactions of this file")).to_be_visible()
    assert visitor.problems == []


def test_the_list_is_filtered_while_typing(visitor: Visitor, alice: User) -> None:
    account = AccountFactory(owner=alice)
    ledger(account, "2024-01-05 BUY 1 AAA @ 5", "2024-01-06 BUY 1 BBB @ 5")
    page = visitor.visit(reverse("transactions:transactions"))
    expect(page.locator("#rows tbody tr")).to_have_count(2)
    page.get_by_label("Search").fill("AAA")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.get_by_label("Type").select_option("SELL")
    expect(page.get_by_text("No transaction fits")).to_be_visible()
    assert "type=SELL" in page.url
    assert visitor.problems == []


def test_everything_works_without_javascript(browser: Browser, live_server, alice: User) -> None:
    context = browser.new_context(java_script_enabled=False)
    visitor = Visitor(context.new_page(), live_server.url)
    visitor.sign_in(alice)
    page = visitor.visit(reverse("transactions:import-upload"))
    page.get_by_label("Choose files").set_input_files(
        [{"name": "trades.csv", "mimeType": "text/csv", "buffer": MIXED.encode()}]
    )
    page.get_by_role("button", name="Check files").click()
    page.get_by_label("Import the other rows although some cannot be read").check()
    page.get_by_role("button", name="Import 5 new rows").click()
    expect(page.get_by_text("trades.csv is imported.")).to_be_visible()
    page.locator("#transactions tbody a").first.click()
    page.get_by_role("link", name="Show the lots that it opened and closed").click()
    expect(page.get_by_role("heading", name="What it did")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Total amount").fill("4,25")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The change is saved")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The transaction is deleted")).to_be_visible()
    context.close()


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_screenshots_of_an_import(visitor: Visitor, alice: User, scheme: str, width: int) -> None:
    visitor.look_as(scheme, width)
    look = f"{scheme}-{width}"
    world.build(alice)
    page = visitor.visit(reverse("transactions:import-upload"))
    drop(
        page,
        ("mixed.csv", MIXED),
        ("a-file-with-a-rather-long-name-2024-01-01-2024-12-31.csv", GOOD),
    )
    visitor.keep(f"import-chosen-{look}")
    page.get_by_label("Account", exact=True).select_option("DEGIRO")
    page.get_by_role("button", name="Check files").click()
    expect(page.get_by_role("heading", name="Waiting for you")).to_be_visible()
    visitor.keep(f"imports-waiting-{look}")
    mixed = Import.objects.get(file_name="mixed.csv")
    visitor.visit(reverse("transactions:import-preview", args=[mixed.pk]))
    visitor.keep(f"import-preview-{look}")
    page.get_by_label("Import the other rows").check()
    page.get_by_role("button", name="Import 5 new rows").click()
    expect(page.get_by_text("mixed.csv is imported.")).to_be_visible()
    visitor.keep(f"import-done-{look}")
    visitor.visit(reverse("transactions:import-line", args=[mixed.pk, 4]))
    visitor.keep(f"import-line-real-{look}")
    sold = Transaction.objects.get(source=mixed, transaction_type="SELL")
    visitor.visit(reverse("transactions:transaction", args=[sold.pk]))
    expect(page.get_by_text("Closed a part of").first).to_be_visible()
    expect(page.get_by_role("region", name="Lines of the file")).to_be_visible()
    visitor.keep(f"transaction-sold-{look}")
    visitor.visit(reverse("transactions:import-undo", args=[mixed.pk]))
    visitor.keep(f"import-undo-{look}")
    visitor.visit(reverse("transactions:transaction-add") + "?ticker=NEWCO&transaction_type=BUY")
    page.get_by_role("button", name="Add").click()
    visitor.keep(f"transaction-errors-{look}")
    assert visitor.problems == []
