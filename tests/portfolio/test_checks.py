"""Every check speaks when its mistake is made, and is silent otherwise."""

import pytest
from django.core.checks import run_checks

GOOD = {
    "LOCAL": False,
    "DEBUG": False,
    "PUBLIC_HOSTS": ["portfolio.example.com", "[::1]"],
    "SECRET_KEY": "k3y" * 20,
    "HTTPS": True,
    "TRUSTED_PROXIES": 1,
    "REDIS_URL": "redis://cache:6379/0",
}


@pytest.fixture
def ids(settings):
    def ids(**changes):
        for name, value in (GOOD | changes).items():
            setattr(settings, name, value)
        return [message.id for message in run_checks() if message.id.startswith("portfolio.")]

    return ids


def test_a_right_configuration_is_clean(ids):
    assert ids() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"PUBLIC_HOSTS": []}, "portfolio.E001"),
        ({"PUBLIC_HOSTS": ["https://portfolio.example.com"]}, "portfolio.E002"),
        ({"PUBLIC_HOSTS": ["portfolio.example.com:443"]}, "portfolio.E002"),
        ({"PUBLIC_HOSTS": ["[::1]:443"]}, "portfolio.E002"),
        ({"PUBLIC_HOSTS": ["*"]}, "portfolio.W001"),
        ({"SECRET_KEY": "short"}, "portfolio.E003"),
        ({"SECRET_KEY": "please-change-me-" * 5}, "portfolio.E003"),
        ({"HTTPS": False}, "portfolio.W002"),
        ({"TRUSTED_PROXIES": 0}, "portfolio.W003"),
        ({"DEBUG": True}, "portfolio.W004"),
        ({"REDIS_URL": "cache:6379"}, "portfolio.E004"),
        ({"FILE_UPLOAD_TEMP_DIR": "/nowhere"}, "portfolio.E005"),
    ],
)
def test_a_mistake_is_named(ids, changes, expected):
    assert ids(**changes) == [expected]


def test_on_the_own_machine_no_installation_is_expected(ids):
    assert ids(LOCAL=True, PUBLIC_HOSTS=[], SECRET_KEY="any", HTTPS=False) == []


def test_every_check_has_a_hint(settings):
    settings.LOCAL = False
    settings.PUBLIC_HOSTS = ["*", "a/b"]
    found = [message for message in run_checks() if message.id.startswith("portfolio.")]
    assert len(found) >= 3
    assert all(message.hint for message in found)
