import pytest
from django.core.cache import caches
from django.core.management import call_command

from portfolio import rate_limits
from portfolio.rate_limits import Limit


@pytest.fixture
def limits(settings):
    settings.RATE_LIMITS = [
        Limit("uploads", r"^/imports/upload/$", frozenset({"POST"}), 2, 3600),
        Limit("api", r"^/api/", frozenset(), 2, 3600),
    ]


def test_uploads_are_limited_for_each_user_and_looking_is_not(client, alice, bob, limits):
    client.force_login(alice)
    statuses = [client.post("/imports/upload/").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert client.get("/imports/upload/").status_code == 200
    client.force_login(bob)
    assert client.post("/imports/upload/").status_code == 200


def test_the_answer_says_when_to_come_back(client, alice, limits):
    client.force_login(alice)
    for _ in range(3):
        response = client.get("/api/anything")
    assert response.status_code == 429
    assert response.json()["detail"].startswith("That was 2 times in 3600 seconds. Try again in")
    assert 0 < int(response["Retry-After"]) <= 3601


def test_the_table_in_postgresql_counts_as_well(client, alice, limits, settings, monkeypatch):
    settings.CACHES = settings.CACHES | {
        "table": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache_entries",
        }
    }
    call_command("createcachetable", "cache_entries")
    monkeypatch.setattr(rate_limits, "cache", caches["table"])
    client.force_login(alice)
    assert [client.post("/imports/upload/").status_code for _ in range(3)] == [200, 200, 429]


def test_signing_in_is_limited(client, alice):
    wrong = {"login": "alice", "password": "wrong"}
    for _ in range(6):
        client.post("/accounts/login/", wrong)
    response = client.post("/accounts/login/", {"login": "alice", "password": "correct horse"})
    assert "_auth_user_id" not in client.session
    assert "Too many failed login attempts" in response.content.decode()


def test_other_sites_reach_nothing_unless_they_are_named_and_then_only_the_api(
    client, db, settings
):
    origin = {"Origin": "https://dashboard.example.com"}
    name = "Access-Control-Allow-Origin"
    assert name not in client.get("/api/anything", headers=origin)
    settings.CORS_ALLOWED_ORIGINS = ["https://dashboard.example.com"]
    assert client.get("/api/anything", headers=origin)[name] == "https://dashboard.example.com"
    assert name not in client.get("/up", headers=origin)
