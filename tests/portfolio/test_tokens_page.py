"""Tokens are made by somebody who has just signed in, shown once, and gone when they are revoked."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.test import Client
from django.utils import timezone

from portfolio.models import ApiToken
from portfolio.tokens import PREFIX, issue, user_of


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    """Alice, who has just given her password again, as for a second factor."""
    client.force_login(alice)
    client.post("/accounts/reauthenticate/", {"password": "correct horse"})
    return client


def made(response) -> str:
    return response.context["text"]


def test_a_token_is_made_and_shown_only_once(signed_in, alice):
    response = signed_in.post("/tokens/", {"name": "Spreadsheet", "expires_on": ""})
    text = made(response)
    assert text.startswith(PREFIX)
    assert f'value="{text}"' in response.text
    assert "no-store" in response.headers["Cache-Control"]
    assert text not in signed_in.get("/tokens/").text
    assert user_of(text) == alice


def test_only_the_digest_is_stored(signed_in):
    text = made(signed_in.post("/tokens/", {"name": "Spreadsheet"}))
    (row,) = ApiToken.objects.values()
    assert text not in str(row)
    assert row["digest"] == sha256(text.encode()).hexdigest()


def test_the_list_says_when_each_was_used_and_how_long_it_is_valid(signed_in, alice):
    _, text = issue(alice, "Old", timezone.localdate() - timedelta(days=1))
    issue(alice, "Fresh", None)
    page = signed_in.get("/tokens/").text
    assert page.index("Fresh") < page.index("Old")
    assert page.count('<span class="muted">never</span>') == 2
    assert '<span class="badge warn">expired</span>' in page
    assert user_of(text) is None


def test_use_is_noted_once_a_minute(alice, django_assert_num_queries):
    token, text = issue(alice, "Often", None)
    assert user_of(text) == alice
    token.refresh_from_db()
    assert timezone.now() - token.last_used_at < timedelta(minutes=1)
    with django_assert_num_queries(1):
        user_of(text)


@pytest.mark.parametrize(
    ("entries", "field", "sentence"),
    [
        ({"name": ""}, "name", "This field is required."),
        ({"name": "Taken"}, "name", "You already have a token named “Taken”."),
        ({"name": "New", "expires_on": "2020-01-01"}, "expires_on", "That day is over."),
        ({"name": "New", "expires_on": "soon"}, "expires_on", "Enter a valid date."),
    ],
)
def test_what_cannot_be_made_is_explained(signed_in, alice, entries, field, sentence):
    issue(alice, "Taken", None)
    response = signed_in.post("/tokens/", entries)
    assert response.context["form"].errors[field] == [sentence]
    assert ApiToken.objects.count() == 1


def test_a_token_works_through_its_last_day(alice):
    _, text = issue(alice, "Today", timezone.localdate())
    assert user_of(text) == alice


def test_two_users_may_use_one_name(signed_in, bob):
    issue(bob, "Spreadsheet", None)
    signed_in.post("/tokens/", {"name": "Spreadsheet"})
    assert ApiToken.objects.count() == 2


def test_a_browser_that_was_left_open_makes_none(client: Client, alice):
    client.force_login(alice)
    assert client.get("/tokens/").status_code == 200
    response = client.post("/tokens/", {"name": "Mallory"})
    assert response.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not ApiToken.objects.exists()
    # Whoever knows the password gets what was asked for.
    response = client.post(response.headers["Location"], {"password": "correct horse"}, follow=True)
    assert made(response).startswith(PREFIX)


def test_a_revoked_token_is_gone(signed_in, alice):
    token, text = issue(alice, "Spreadsheet", None)
    response = signed_in.post(f"/tokens/{token.pk}/revoke/", follow=True)
    assert "The token Spreadsheet is revoked." in response.text
    assert user_of(text) is None


def test_a_user_who_is_locked_out_is_so_with_tokens(alice):
    _, text = issue(alice, "Spreadsheet", None)
    alice.is_active = False
    alice.save()
    assert user_of(text) is None


def test_the_admin_lists_tokens_and_never_their_digest(client: Client, admin_user, alice):
    token, _ = issue(alice, "Spreadsheet", None)
    client.force_login(admin_user)
    for page in ("", f"{token.pk}/change/"):
        response = client.get(f"/admin/portfolio/apitoken/{page}")
        assert response.status_code == 200
        assert "Spreadsheet" in response.text
        assert token.digest not in response.text
    assert client.get("/admin/portfolio/apitoken/add/").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_as_many_queries_for_many_tokens(
    signed_in, alice, count, django_assert_num_queries
):
    for number in range(count):
        issue(alice, f"Token {number}", None)
    with django_assert_num_queries(3):
        signed_in.get("/tokens/")
