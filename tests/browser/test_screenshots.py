"""Every page in light and dark, wide and on a phone; `make screenshots` keeps the pictures."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from portfolio.models import Position
from tests.browser import world
from tests.browser.visitor import LOOKS, Visitor
from transactions.models import Import, Transaction

pytestmark = pytest.mark.browser

PAGES = {
    "overview": "portfolio:overview",
    "positions": "portfolio:positions",
    "income": "portfolio:income",
    "gains": "portfolio:gains",
    "data-health": "portfolio:data-health",
    "performance": "snapshots:performance",
    "performance-changes": "snapshots:changes",
    "transactions": "transactions:transactions",
    "transaction-add": "transactions:transaction-add",
    "imports": "transactions:imports",
    "import-upload": "transactions:import-upload",
    "export": "transactions:export",
    "accounts": "transactions:accounts",
    "account-add": "transactions:account-add",
    "password-change": "account_change_password",
    "second-factor": "mfa_index",
}


def addresses() -> Iterator[tuple[str, str]]:
    """All pages of somebody who is signed in, by the name of the picture."""
    yield from ((name, reverse(view)) for name, view in PAGES.items())
    for ticker in ("VWCE", "XAU", "AAPL"):
        yield f"position-{ticker}", Position.objects.get(instrument=ticker).get_absolute_url()
    bought = Transaction.objects.filter(instrument="NVDA").earliest("transaction_date")
    yield "transaction", reverse("transactions:transaction", args=[bought.pk])
    yield "transaction-edit", reverse("transactions:transaction-edit", args=[bought.pk])
    yield "transaction-delete", reverse("transactions:transaction-delete", args=[bought.pk])
    done = Import.objects.filter(status="imported")[0]
    yield "import-detail", reverse("transactions:import-detail", args=[done.pk])
    yield "import-line", reverse("transactions:import-line", args=[done.pk, 2])
    yield "positions-none", reverse("portfolio:positions") + "?search=nothing+like+this"


@pytest.fixture
def visitor(page, live_server, scheme: str, width: int) -> Visitor:
    visitor = Visitor(page, live_server.url)
    visitor.look_as(scheme, width)
    return visitor


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_every_page_opens_without_a_complaint(visitor, alice, scheme, width):
    world.build(alice)
    visitor.sign_in(alice)
    for name, path in addresses():
        visitor.visit(path)
        visitor.keep(f"{name}-{scheme}-{width}")
    assert visitor.problems == []


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_pages_before_signing_in_open_without_a_complaint(visitor, scheme, width):
    visitor.visit("/welcome/")
    visitor.keep(f"welcome-{scheme}-{width}")
    User.objects.create_user("alice")
    for name in ("login", "password/reset"):
        visitor.visit(f"/accounts/{name}/")
        visitor.keep(f"{name.replace('/', '-')}-{scheme}-{width}")
    assert visitor.problems == []


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_an_empty_installation_says_what_to_do_next(visitor, alice, scheme, width):
    visitor.sign_in(alice)
    for name in ("", "positions/", "transactions/", "imports/"):
        page = visitor.visit(f"/{name}")
        assert (
            page.get_by_role("button", name="Import files").count()
            or page.get_by_role("link", name="Import files").count()
        )
        visitor.keep(f"empty-{name.strip('/') or 'overview'}-{scheme}-{width}")
    assert visitor.problems == []


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_a_page_that_does_not_exist_looks_like_the_others(visitor, alice, scheme, width):
    visitor.sign_in(alice)
    page = visitor.visit("/positions/999999/")
    assert page.get_by_role("heading", name="Page not found").is_visible()
    visitor.keep(f"not-found-{scheme}-{width}")
