"""Who may read through the API, how often, from where, and that nobody writes through it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portfolio.models import ApiToken
from portfolio.rate_limits import Limit
from tests.factories import AccountFactory, ledger
from tests.portfolio.api.asking import ask, bearer

ADDRESSES = [
    *("", "accounts", "transactions", "positions", "income", "gains", "snapshots"),
    *("performance", "reconcile", "data-health", "openapi.json", "docs"),
]


@pytest.fixture
def account(alice):
    account = AccountFactory(owner=alice, name="Hers alone")
    ledger(account, "2024-01-05 BUY 10 HERS @ 5", "2024-02-05 SELL 1 HERS @ 6")
    ledger(account, "2024-02-06 DIVIDEND 1 HERS = 6")
    return account


def test_a_token_and_a_session_both_open_it(client: Client, alice):
    assert ask(client, "", **bearer(alice))["user"] == "alice"
    client.force_login(alice)
    assert ask(client, "")["user"] == "alice"


@pytest.mark.parametrize("path", ADDRESSES)
def test_without_either_the_answer_is_401_in_json(client: Client, db, path):
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["detail"].startswith("This needs a token that is valid")


def test_wrong_revoked_and_expired_tokens_open_nothing(client: Client, alice):
    revoked, expired = bearer(alice, "revoked"), bearer(alice, "expired")
    ApiToken.objects.get(name="revoked").delete()
    yesterday = timezone.localdate() - timedelta(days=1)
    ApiToken.objects.filter(name="expired").update(expires_on=yesterday)
    digest = {"Authorization": f"Bearer {ApiToken.objects.get().digest}"}
    for headers in (revoked, expired, digest, {"Authorization": "Bearer "}):
        assert client.get("/api/v1/accounts", headers=headers).status_code == 401


def test_a_cookie_does_not_make_up_for_a_wrong_token(client: Client, alice):
    client.force_login(alice)
    headers = {"Authorization": "Bearer wrong"}
    assert client.get("/api/v1/accounts", headers=headers).status_code == 401


def test_a_proxys_own_password_does_not_hide_the_cookie(client: Client, alice):
    client.force_login(alice)
    assert ask(client, "", Authorization="Basic YTpi")["user"] == "alice"


def test_a_token_leads_to_its_own_user_whoever_is_signed_in(client: Client, alice, bob, account):
    client.force_login(bob)
    assert [one["name"] for one in ask(client, "accounts", **bearer(alice))["accounts"]] == [
        "Hers alone"
    ]


def test_a_token_opens_no_page(client: Client, alice):
    assert client.get("/positions/", headers=bearer(alice)).status_code == 302


@pytest.mark.parametrize("path", ADDRESSES)
def test_nothing_of_somebody_else_is_told(client: Client, bob, account, path):
    response = client.get(f"/api/v1/{path}", headers=bearer(bob))
    assert response.status_code == 200
    assert "Hers" not in response.text
    assert "HERS" not in response.text


def test_what_is_somebody_elses_is_not_found(client: Client, bob, account):
    headers = bearer(bob)
    position, row = account.positions.get(), account.transactions.first()
    paths = [f"positions/{position.pk}", f"transactions/{row.pk}", "performance?benchmark=HERS"]
    named = ("transactions", "positions", "income", "gains", "snapshots", "performance")
    paths += [f"{name}?account={account.pk}" for name in (*named, "reconcile")]
    for path in paths:
        response = client.get(f"/api/v1/{path}", headers=headers)
        assert (response.status_code, response.json()) == (
            404,
            {"detail": "You have no such thing."},
        ), path


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "head"])
@pytest.mark.parametrize("path", ADDRESSES)
def test_it_only_reads(client: Client, alice, method, path):
    response = getattr(client, method)(f"/api/v1/{path}", headers=bearer(alice))
    assert (response.status_code, response.headers["Allow"]) == (405, "GET")
    # To HEAD only the headers are sent.
    if method != "head":
        sentence = f"The API only reads; it knows GET, and no {method.upper()}."
        assert response.json() == {"detail": sentence}


def test_an_address_that_does_not_exist_is_404_in_json(client: Client, alice):
    response = client.get("/api/v1/nothing", headers=bearer(alice))
    assert (response.status_code, response.json()) == (
        404,
        {"detail": "There is nothing at this address."},
    )


def test_an_error_of_ours_is_told_in_json(client: Client, alice, monkeypatch):
    monkeypatch.setattr("transactions.api._row", None)
    ledger(AccountFactory(owner=alice), "2024-01-05 DEPOSIT 1")
    client.raise_request_exception = False
    response = client.get("/api/v1/transactions", headers=bearer(alice))
    assert response.status_code == 500
    assert response.json()["detail"].startswith("Something went wrong here.")


def test_answers_stay_in_no_cache(client: Client, alice):
    response = client.get("/api/v1/accounts", headers=bearer(alice))
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


def test_failed_tokens_count_towards_the_limit_and_tokens_as_their_user(
    client: Client, alice, settings
):
    settings.RATE_LIMITS = [Limit("api", r"^/api/", frozenset(), 2, 3600)]
    wrong = {"Authorization": "Bearer wrong"}
    statuses = [client.get("/api/v1/accounts", headers=wrong).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    one, other = bearer(alice, "one"), bearer(alice, "other")
    statuses = [
        client.get("/api/v1/accounts", headers=headers).status_code for headers in (one, other, one)
    ]
    assert statuses == [200, 200, 429]


def test_other_sites_may_ask_with_a_token_where_they_are_named(client: Client, alice, settings):
    origin, name = {"Origin": "https://dashboard.example.com"}, "Access-Control-Allow-Origin"
    assert name not in client.get("/api/v1/accounts", headers=bearer(alice) | origin).headers
    settings.CORS_ALLOWED_ORIGINS = [origin["Origin"]]
    asked = {"Access-Control-Request-Method": "GET"}
    asked["Access-Control-Request-Headers"] = "authorization"
    before = client.options("/api/v1/accounts", headers=origin | asked)
    assert (before.status_code, before.headers[name]) == (200, origin["Origin"])
    assert "authorization" in before.headers["Access-Control-Allow-Headers"]
    after = client.get("/api/v1/accounts", headers=bearer(alice, "again") | origin)
    assert (after.status_code, after.headers[name]) == (200, origin["Origin"])
    # The browser keeps its cookies to itself.
    assert "Access-Control-Allow-Credentials" not in after.headers


def test_the_schema_describes_every_address_and_its_errors(client: Client, alice):
    response = client.get("/api/v1/openapi.json", headers=bearer(alice))
    schema = response.json()
    assert set(schema["paths"]) == {
        "/api/v1/",
        *(f"/api/v1/{path}" for path in ADDRESSES[1:-2]),
        "/api/v1/positions/{pk}",
        "/api/v1/transactions/{pk}",
    }
    for path, methods in schema["paths"].items():
        assert set(methods) == {"get"}, path
        assert {"200", "401", "404", "422", "429"} <= set(methods["get"]["responses"]), path
    value = schema["components"]["schemas"]["PositionAnswer"]["properties"]["value"]
    assert {one["type"] for one in value["anyOf"]} == {"string", "null"}
    assert schema["components"]["securitySchemes"]["SignedIn"]["scheme"] == "bearer"


def test_the_documentation_page_is_our_own_and_has_nothing_inline(client: Client, alice):
    client.force_login(alice)
    response = client.get("/api/v1/docs")
    page = response.text
    assert 'src="/static/ninja/swagger-ui-bundle.js"' in page
    assert "//cdn" not in page
    assert " style=" not in page
    assert "<style" not in page
    scripts = page.count("<script")
    assert scripts == page.count('<script src="/static/') + page.count('type="application/json"')
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
