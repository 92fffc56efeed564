from django.core.cache import caches
from django.db import OperationalError, connection
from django.test import Client


def test_up_answers_without_a_sign_in_or_a_database(client: Client):
    response = client.get("/up")
    assert (response.status_code, response.content) == (200, b"The process answers.\n")


def test_ready_says_so_when_database_migrations_and_cache_are(client: Client, db):
    response = client.get("/up/ready")
    assert response.status_code == 200
    assert response.content == b"Database, migrations, cache and static files are ready.\n"


def test_ready_counts_migrations_that_are_not_applied(client: Client, db):
    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'sessions'")
    response = client.get("/up/ready")
    assert response.status_code == 503
    assert response.content == b"1 migrations are not applied. Run: manage.py migrate\n"


def test_ready_names_a_cache_that_is_down(client: Client, db, settings):
    settings.CACHES = {
        "default": {
            **settings.CACHES["default"],
            "LOCATION": "unix:///nowhere/valkey.sock",
        }
    }
    caches.close_all()
    response = client.get("/up/ready")
    assert response.status_code == 503
    assert response.content == b"The cache does not answer. Check REDIS_URL and the log.\n"


def test_every_response_forbids_inline_scripts(client: Client):
    response = client.get("/up")
    assert response.headers["Content-Security-Policy"] == (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    assert response.headers["Permissions-Policy"].startswith("camera=(), geolocation=()")


def test_ready_names_static_files_that_were_not_collected(client: Client, db, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    response = client.get("/up/ready")
    assert response.status_code == 503
    assert response.content.startswith(b"The static files are not collected.")


def test_ready_names_a_database_that_is_down(client: Client, monkeypatch):
    def no_database(_):
        raise OperationalError("could not connect to db.internal")

    monkeypatch.setattr("portfolio.health.MigrationExecutor", no_database)
    response = client.get("/up/ready")
    assert response.status_code == 503
    assert response.content == b"The database does not answer. Its error is in the log.\n"
