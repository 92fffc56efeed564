from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client

from portfolio import first_run

ENTRIES = {
    "username": "alice",
    "email": "alice@example.com",
    "password": "correct horse",
    "repeated": "correct horse",
}


def entries(**changes):
    return ENTRIES | {"token": first_run.token()} | changes


def test_every_page_of_an_open_installation_leads_to_the_first_run_page(client: Client, db):
    assert client.get("/").headers["Location"] == "/accounts/login/?next=/"
    assert client.get("/accounts/login/").headers["Location"] == "/welcome/"


def test_the_first_user_is_an_administrator_and_signed_in(client: Client, db):
    response = client.post("/welcome/", entries())
    user = User.objects.get()
    assert response.headers["Location"] == "/"
    assert (user.username, user.email, user.is_superuser) == ("alice", "alice@example.com", True)
    assert user.check_password("correct horse")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_page_closes_for_ever_with_the_first_user(client: Client, alice):
    assert client.get("/welcome/").headers["Location"] == "/accounts/login/"
    response = client.post("/welcome/", entries(username="mallory"))
    assert response.headers["Location"] == "/accounts/login/"
    assert list(User.objects.values_list("username", flat=True)) == ["alice"]


def test_signing_in_is_open_once_there_is_a_user(client: Client, alice):
    response = client.get("/accounts/login/")
    assert response.status_code == 200
    assert "<h1>Sign in</h1>" in response.text
    client.post("/accounts/login/", {"login": "alice", "password": "correct horse"})
    assert client.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.parametrize("token", ["", "0" * 24, "gefälscht"])
def test_a_wrong_token_makes_no_user(client: Client, db, token):
    response = client.post("/welcome/", entries(token=token))
    assert response.status_code == 200
    assert "token" in response.context["form"].errors
    assert not User.objects.exists()


def test_a_token_of_another_installation_is_wrong(client: Client, db, settings):
    foreign = first_run.token()
    settings.SECRET_KEY = "another one"
    assert first_run.is_token(foreign) is False


def test_guessing_the_token_is_slowed_down(client: Client, db):
    for _ in range(20):
        assert client.post("/welcome/", entries(token="guess")).status_code == 200
    response = client.post("/welcome/", entries())
    assert response.status_code == 429
    assert "Too many attempts" in response.text
    assert not User.objects.exists()


def test_development_needs_no_token(client: Client, db, settings):
    settings.DEBUG = True
    assert 'name="token"' not in client.get("/welcome/").text
    client.post("/welcome/", ENTRIES)
    assert User.objects.count() == 1


def test_the_link_from_the_log_fills_in_the_token(client: Client, db):
    assert 'value="abc"' in client.get("/welcome/?token=abc").text


def test_the_page_is_never_cached(client: Client, db):
    assert "no-store" in client.get("/welcome/").headers["Cache-Control"]


def test_only_get_and_post_are_answered(client: Client, db):
    assert client.put("/welcome/").status_code == 405


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"password": "alice", "repeated": "alice"}, "password", "too short"),
        ({"password": "1234567890"}, "password", "entirely numeric"),
        ({"repeated": "something else"}, "repeated", "The two passwords differ."),
        ({"username": "alice smith"}, "username", "Enter a valid username"),
        ({"username": "", "email": "none"}, "email", "Enter a valid email address."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(client: Client, db, changes, field, message):
    response = client.post("/welcome/", entries(**changes))
    assert message in " ".join(response.context["form"].errors[field])
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_several_first_users_at_once_only_one_is_made():
    def create(number: int) -> bool:
        try:
            first_run.create_first_user(f"user{number}", "", "correct horse")
        except first_run.AlreadySetUpError:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(create, range(4))) == [False, False, False, True]
    assert User.objects.count() == 1


def test_who_comes_second_is_told_so(client: Client, db, monkeypatch):
    def lose(*arguments):
        raise first_run.AlreadySetUpError

    monkeypatch.setattr(first_run, "create_first_user", lose)
    response = client.post("/welcome/", entries(), follow=False)
    assert response.headers["Location"] == "/accounts/login/"
    messages = [str(message) for message in response.wsgi_request._messages]
    assert messages == ["Somebody else has just set up this installation."]


def test_the_command_prints_the_token_until_there_is_a_user(db, settings):
    def printed() -> str:
        output = StringIO()
        call_command("first_run_token", stdout=output)
        return output.getvalue()

    sentence = "No user yet. Make the first one at /welcome/"
    assert printed() == f"{sentence}?token={first_run.token()}\n"
    settings.DEBUG = True
    assert printed() == f"{sentence}\n"
    User.objects.create_user("alice")
    assert printed() == ""
