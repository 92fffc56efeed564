"""What all pages share: the frame, its navigation, the error pages and the files that they load."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.views import defaults

from tests.factories import AccountFactory


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.mark.parametrize(
    ("address", "marked"),
    [
        ("/", '<a href="/" aria-current="page">Overview</a>'),
        ("/positions/", '<a href="/positions/" aria-current="page">Positions</a>'),
        ("/imports/upload/", '<a href="/imports/" aria-current="true">Imports</a>'),
    ],
)
def test_the_navigation_says_where_the_reader_is(signed_in, alice, address, marked):
    AccountFactory(owner=alice)
    page = signed_in.get(address).text
    assert marked in page
    assert page.count("aria-current") == 1


def test_pages_about_signing_in_belong_to_no_section(signed_in):
    page = signed_in.get("/accounts/password/change/").text
    assert "aria-current" not in page


def test_the_admin_is_offered_to_staff_alone(signed_in, alice):
    link = '<a href="/admin/">Admin</a>'
    assert link not in signed_in.get("/").text
    alice.is_staff = True
    alice.save()
    assert link in signed_in.get("/").text


def test_the_frame_can_be_used_by_keyboard_and_works_with_htmx(signed_in):
    page = signed_in.get("/").text
    assert page.index('<a class="skip-link" href="#main">') < page.index("<header")
    assert '<main id="main" tabindex="-1"' in page
    assert 'hx-headers:inherited=\'{"X-CSRFToken": ' in page
    assert '"includeIndicatorCSS": false' in page


def test_no_page_has_inline_script_or_style(signed_in):
    for address in ("/", "/positions/", "/accounts/password/change/", "/accounts/2fa/"):
        page = signed_in.get(address).text
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page


def test_signing_out_takes_one_click(signed_in):
    assert '<form method="post" action="/accounts/logout/">' in signed_in.get("/").text
    signed_in.post("/accounts/logout/")
    assert signed_in.get("/").status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/login/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/inactive/",
    ],
)
def test_pages_of_strangers_have_no_navigation(client: Client, alice, address):
    page = client.get(address).text
    assert 'class="page narrow entrance"' in page
    assert "<nav" not in page


def test_nobody_can_sign_up(client: Client, alice):
    page = client.get("/accounts/login/").text
    assert "sign up" not in page.lower()
    assert "Sign Up Closed" in client.get("/accounts/signup/").text


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/password/change/",
        "/accounts/logout/",
        "/accounts/2fa/",
        "/accounts/reauthenticate/",
    ],
)
def test_pages_of_the_own_login_stand_in_the_frame(signed_in, address):
    response = signed_in.get(address)
    assert response.status_code == 200
    assert '<header class="site-header">' in response.text or "entrance" in response.text


def test_an_address_that_does_not_exist_leads_back(signed_in):
    response = signed_in.get("/nothing/")
    assert response.status_code == 404
    assert "<h1>Page not found</h1>" in response.text
    assert "Go to the overview" in response.text


def test_strangers_see_the_error_page_without_the_navigation(client: Client, alice):
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert "site-header" not in response.text


def test_what_is_forbidden_is_said(rf: RequestFactory, alice):
    request = rf.get("/")
    request.user = alice
    response = defaults.permission_denied(request, PermissionError())
    assert response.status_code == 403
    assert "<h1>No access</h1>" in response.text


def test_the_page_of_an_error_needs_nothing_that_may_be_broken(rf: RequestFactory):
    response = defaults.server_error(rf.get("/"))
    assert response.status_code == 500
    assert "<h1>Something went wrong</h1>" in response.text


def test_an_expired_form_is_explained(alice):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/accounts/login/", {"login": "alice", "password": "correct horse"})
    assert response.status_code == 403
    assert "<h1>The form has expired</h1>" in response.text


def test_vendored_files_are_those_that_were_fetched():
    script = settings.BASE_DIR / "scripts" / "vendor.py"
    found = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (0, "")


def test_every_reference_between_static_files_can_be_followed(settings, tmp_path: Path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    (tokens,) = (tmp_path / "css").glob("tokens.????????????.css")
    assert 'url("../vendor/inter-latin.' in tokens.read_text()
    assert finders.find("js/app.js")
