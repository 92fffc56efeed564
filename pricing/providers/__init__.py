"""Where prices come from: every provider by the name under which its prices are stored.

To add one: a file beside this with a subclass of ``Provider``, a line here, its URL, key and limit in
``portfolio/settings.py``, and a test that answers like the service.
"""

from pricing.providers.base import Provider
from pricing.providers.coingecko import CoinGecko
from pricing.providers.stooq import Stooq
from pricing.providers.twelvedata import TwelveData
from pricing.providers.yahoo import Yahoo

PROVIDERS: dict[str, Provider] = {
    provider.name: provider for provider in (CoinGecko(), TwelveData(), Stooq(), Yahoo())
}
