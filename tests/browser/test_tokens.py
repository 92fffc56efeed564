"""Tokens and the description of the API in the browser, also on a phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from portfolio.tokens import PREFIX
from tests.browser.visitor import LOOKS, Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_a_token_is_made_with_the_password_and_revoked(
    onlooker: Visitor, scheme: str, width: int
) -> None:
    page = onlooker.visit(reverse("portfolio:tokens"))
    page.get_by_label("Name").fill("Spreadsheet")
    page.get_by_role("button", name="Make it").click()
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Confirm").click()
    assert page.get_by_label("The token").input_value().startswith(PREFIX)
    onlooker.keep(f"tokens-made-{scheme}-{width}")
    onlooker.visit(reverse("portfolio:tokens"))
    expect(page.get_by_text("never")).to_be_visible()
    onlooker.keep(f"tokens-{scheme}-{width}")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("The token Spreadsheet is revoked.")).to_be_visible()
    assert onlooker.problems == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280)])
def test_the_description_of_the_api_is_drawn_without_breaking_the_policy(
    onlooker: Visitor, scheme: str, width: int
) -> None:
    page = onlooker.visit(reverse("api:openapi-view"))
    expect(page.get_by_text("/api/v1/positions", exact=False).first).to_be_visible()
    page.locator(".opblock-summary").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".responses-table.live-responses-table")).to_be_visible()
    onlooker.keep("api-docs")
    assert onlooker.problems == []
