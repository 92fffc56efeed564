import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser


def test_signing_in_leads_to_the_admin_and_nothing_breaks_the_content_policy(
    page: Page, live_server: LiveServer, alice: User
):
    alice.is_staff = alice.is_superuser = True
    alice.save()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Login").fill("alice")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    expect(page).to_have_url(f"{live_server.url}/admin/")
    assert [text for text in complaints if "Content Security Policy" in text] == []
