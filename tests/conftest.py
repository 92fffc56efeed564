"""Fixtures for all tests: two people, real servers, and no floats in money."""

import decimal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache

from portfolio import embedded
from tests import servers

# A slow machine is no bug; slow code is what the benchmarks measure.
hypothesis.settings.register_profile("portfolio", deadline=None)
hypothesis.settings.load_profile("portfolio")

# Threads begin with a copy of this context: the trap below must hold in a live server too.
decimal.DefaultContext.traps[decimal.FloatOperation] = True


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without Playwright (see the target test-browser) its tests are not even imported."""
    is_browser_test = "browser" in collection_path.relative_to(config.rootpath).parts
    return True if is_browser_test and not config.pluginmanager.hasplugin("playwright") else None


def pytest_unconfigure() -> None:
    """The last test run turns off the lights."""
    embedded.stop_if_unused(servers.CLUSTER, settings.SERVER_HELD)


@pytest.fixture(autouse=True)
def no_floats() -> Iterator[None]:
    """Mixing a float into a Decimal raises, because 0.1 is not 0.1 as a float."""
    with decimal.localcontext() as context:
        context.traps[decimal.FloatOperation] = True
        yield


@pytest.fixture(scope="session", autouse=True)
def valkey() -> Iterator[None]:
    with servers.valkey(settings.VALKEY_SOCKET):
        yield


@pytest.fixture(autouse=True)
def empty_cache(valkey: None) -> None:
    """Otherwise the failed sign-ins of one test lock out the next."""
    cache.clear()


@pytest.fixture
def alice(db: None) -> User:
    """The user whose data a test is about."""
    return User.objects.create_user("alice", "alice@example.com", "correct horse")


@pytest.fixture
def bob(db: None) -> User:
    """Somebody else, who must never see what is Alice's."""
    return User.objects.create_user("bob", "bob@example.com", "battery staple")
