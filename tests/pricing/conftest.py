"""The providers of these tests are one local server; nothing here needs a network."""

import pytest

from tests.pricing.service import Service

NAMES = ("coingecko", "ecb", "stooq", "twelvedata")


@pytest.fixture
def service(settings):
    """Answers in the place of every provider, which then has no limit and a key."""
    running = Service()
    settings.PROVIDER_URLS = dict.fromkeys(NAMES, running.url)
    settings.PROVIDER_KEYS = {"coingecko": "cg-demo", "twelvedata": "td-free"}
    settings.PROVIDER_LIMITS = dict.fromkeys(NAMES, 1_000_000)
    settings.PROVIDER_PAUSE = 0.001
    yield running
    running.close()
