import pytest
from django.test import Client

from tests.factories import AccountFactory, InstrumentFactory, ledger


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    """Alice holds a share and a coin, and sold another share."""
    account = AccountFactory(owner=alice, name="Broker", currency="EUR")
    InstrumentFactory(ticker="AAA", name="Alpha Industries", isin="US0378331005")
    InstrumentFactory(ticker="BTC", name="Bitcoin", asset_type="CRYPTO")
    ledger(
        account,
        "2026-01-05 BUY 10 AAA @ 5",
        "2026-01-06 BUY 2 BTC @ 30",
        "2026-01-07 BUY 1 CCC @ 9",
        "2026-02-01 SELL 1 CCC @ 8",
    )
    return account
