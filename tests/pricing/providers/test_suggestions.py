"""What is suggested as the provider of an instrument."""

import pytest

from pricing.providers import PROVIDERS
from pricing.providers.suggestions import suggest


@pytest.mark.parametrize(
    ("ticker", "isin", "asset_type", "suggestion"),
    [
        ("BTC", "", "CRYPTO", ("coingecko", "bitcoin")),
        ("BTC", "", "STOCK", None),
        ("OBSCURE", "", "CRYPTO", None),
        ("XAU", "", "METAL", ("stooq", "xaueur")),
        ("AAPL", "US0378331005", "STOCK", ("twelvedata", "AAPL")),
        ("US0378331005", "US0378331005", "STOCK", None),
        ("SAP", "DE0007164600", "STOCK", None),
        ("AAPL", "", "STOCK", None),
        ("BOND", "US0378331005", "BOND", None),
    ],
)
def test_only_what_is_likely_is_suggested(ticker, isin, asset_type, suggestion):
    assert suggest(ticker, isin, asset_type) == suggestion
    assert suggestion is None or suggestion[0] in PROVIDERS
