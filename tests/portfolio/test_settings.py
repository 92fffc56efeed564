"""The real settings, read anew for each environment under test."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portfolio import env

ROOT = Path(__file__).parent.parent.parent
KEY = "kAe3yoPq7ZxW" * 5
INSTALLATION = {
    "DATABASE_URL": "postgres://user:p%23ss@db:5432/tracker?sslmode=require&pool=true",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "portfolio.example.com, .example.org",
    "TRUSTED_PROXIES": "1",
}


@pytest.fixture
def load(monkeypatch, tmp_path):
    """Reads the settings with exactly these variables."""

    def load(**variables):
        for name in os.environ.keys() - {"PATH", "HOME", "TMPDIR", "LANG"}:
            if not name.startswith(("COV", "PYTEST")):
                monkeypatch.delenv(name)
        monkeypatch.setenv("PORTFOLIO_DATA_DIR", str(tmp_path / "data"))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "portfolio" / "settings.py"))

    return load


def test_an_installation_is_closed_by_default(load):
    settings = load(**INSTALLATION)
    assert settings["DEBUG"] is False
    assert settings["HTTPS"] is settings["SESSION_COOKIE_SECURE"] is True
    assert settings["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert settings["SECURE_HSTS_SECONDS"] == 2592000
    assert settings["CSRF_TRUSTED_ORIGINS"] == [
        "https://portfolio.example.com",
        "https://*.example.org",
    ]


def test_a_database_url_keeps_its_options_but_not_the_pool_of_text(load):
    database = load(**INSTALLATION)["DATABASES"]["default"]
    assert (database["HOST"], database["NAME"], database["PASSWORD"]) == ("db", "tracker", "p#ss")
    assert database["OPTIONS"] == {
        "sslmode": "require",
        "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
        "application_name": "portfolio",
    }
    assert database["CONN_MAX_AGE"] == 0


def test_a_pool_of_size_zero_is_no_pool(load):
    database = load(**INSTALLATION, DATABASE_POOL_SIZE="0")["DATABASES"]["default"]
    assert database["OPTIONS"]["pool"] is False


def test_a_socket_may_stand_in_the_database_url(load):
    url = "postgres://user@%2Frun%2Fpostgresql/tracker"
    assert (
        load(**INSTALLATION | {"DATABASE_URL": url})["DATABASES"]["default"]["HOST"]
        == "/run/postgresql"
    )


def test_without_anything_set_it_is_this_machine_on_the_embedded_database(load, tmp_path):
    settings = load()
    assert (settings["DEBUG"], settings["LOCAL"], settings["HTTPS"]) == (False, True, False)
    assert settings["DATABASES"]["default"]["NAME"] == "portfolio"
    assert "DatabaseCache" in settings["CACHES"]["default"]["BACKEND"]


def test_the_development_key_is_made_once_and_private(load, tmp_path):
    first = load(DEBUG="1")["SECRET_KEY"]
    assert len(first) > 50
    assert load(DEBUG="true")["SECRET_KEY"] == first
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_redis_is_used_when_named(load):
    cache = load(**INSTALLATION, REDIS_URL="redis://cache:6379/0")["CACHES"]["default"]
    assert cache["BACKEND"] == "django_redis.cache.RedisCache"
    assert cache["OPTIONS"]["IGNORE_EXCEPTIONS"] is True


def test_a_secret_may_come_from_a_file_without_its_line_break(load, tmp_path):
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    variables = {k: v for k, v in INSTALLATION.items() if k != "SECRET_KEY"}
    assert load(**variables, SECRET_KEY_FILE=str(file))["SECRET_KEY"] == KEY


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        (
            {"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere"},
            "SECRET_KEY_FILE names /nowhere, which",
        ),
        ({"DEBUG": "ture"}, "DEBUG is 'ture', but must be one of"),
        ({"DATABASE_URL": "sqlite:///db"}, "DATABASE_URL must begin with postgres://"),
        ({"DATABASE_URL": "postgres://db:5432"}, "DATABASE_URL names no database"),
        ({"DATABASE_URL": "postgres://db:port/x"}, "DATABASE_URL cannot be read"),
        ({"DATABASE_URL": "", "DEBUG": "0"}, "DATABASE_URL is not set"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES is '-1', but must be a whole number"),
        (
            {"IMPORT_MAX_BYTES": "0"},
            "IMPORT_MAX_BYTES is '0', but must be a whole number of at least 1",
        ),
        ({"PRICE_REFRESH_MINUTES": "60"}, "PRICE_REFRESH_MINUTES is '60', but must be at most 59"),
        ({"TIME_ZONE": "Europe/Atlantis"}, "TIME_ZONE is 'Europe/Atlantis', which is no known"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is 'LOUD', but must be one of"),
        ({"EMAIL_URL": "carrier-pigeon://coop"}, "EMAIL_URL cannot be read"),
    ],
)
def test_a_mistake_stops_the_start_with_a_sentence(load, variables, sentence):
    with pytest.raises(ImproperlyConfigured) as refusal:
        load(**INSTALLATION | variables)
    assert str(refusal.value).startswith(sentence)


def test_a_development_key_of_somebody_else_is_explained(tmp_path):
    (tmp_path / "secret_key").mkdir()
    with pytest.raises(ImproperlyConfigured, match="cannot be used: Is a directory"):
        env.kept_secret(tmp_path / "secret_key")


def test_the_deployment_checks_of_an_installation_are_clean(tmp_path):
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    environment = os.environ | INSTALLATION | {"DJANGO_SETTINGS_MODULE": "portfolio.settings"}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_variable_is_in_the_example_and_no_other():
    example = (ROOT / ".env.example").read_text()
    listed = {line.lstrip("# ").split("=")[0] for line in example.splitlines() if "=" in line}
    source = (ROOT / "portfolio" / "settings.py").read_text().replace("\n", "")
    calls = [part.partition('"')[2].partition('"')[0] for part in source.split("env.")[1:]]
    variables = {name for name in listed if name.isupper()}
    assert {name for name in calls if name.isupper()} <= variables
    # The others are read by Compose, the containers, the scripts and commands.
    programs = [path for path in ROOT.glob("docker/*") if path.is_file()]
    places = [*ROOT.glob("compose*.yaml"), *programs, *ROOT.glob("scripts/*.py")]
    places += [ROOT / "manage.py", *ROOT.glob("portfolio/**/*.py")]
    readers = "\n".join(place.read_text() for place in places)
    assert [name for name in variables if name not in readers] == []
