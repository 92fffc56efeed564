"""Who probably knows an instrument under which symbol; a person confirms it. Pure."""

from __future__ import annotations

from pricing.assets import AssetType

# The same letters may name several coins: only those that everybody means by them.
COINS = {
    "AAVE": "aave", "ADA": "cardano", "ALGO": "algorand", "ATOM": "cosmos", "AVAX": "avalanche-2",
    "BCH": "bitcoin-cash", "BNB": "binancecoin", "BTC": "bitcoin", "DOGE": "dogecoin",
    "DOT": "polkadot", "ETC": "ethereum-classic", "ETH": "ethereum", "FIL": "filecoin",
    "LINK": "chainlink", "LTC": "litecoin", "NEAR": "near", "SHIB": "shiba-inu", "SOL": "solana",
    "TRX": "tron", "UNI": "uniswap", "USDC": "usd-coin", "USDT": "tether", "XLM": "stellar",
    "XRP": "ripple", "XTZ": "tezos",
}  # fmt: skip
METALS = {"XAU": "xaueur", "XAG": "xageur", "XPT": "xpteur", "XPD": "xpdeur"}
_AMERICAN = "US"
_SHARES = {AssetType.STOCK, AssetType.ETF, AssetType.OTHER}


def suggest(ticker: str, isin: str, asset_type: str) -> tuple[str, str] | None:
    """The provider and the symbol there, or None where nothing is likely enough."""
    if asset_type == AssetType.CRYPTO and ticker in COINS:
        return "coingecko", COINS[ticker]
    if asset_type == AssetType.METAL and ticker in METALS:
        return "stooq", METALS[ticker]
    # Elsewhere the exchange would have to be guessed, and with it the currency.
    if AssetType(asset_type) in _SHARES and isin.startswith(_AMERICAN) and ticker != isin:
        return "twelvedata", ticker
    return None
