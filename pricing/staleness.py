"""How old a price may be before it has to be called stale. Pure.

A price is carried forward until there is a newer one. Exchanges close for weekends and holidays: the
longest regular pause is Easter, from Thursday to Tuesday. Funds are priced later and some only once a
week; coins are traded every day. Cash is worth itself.
"""

from datetime import date, timedelta

from pricing.assets import AssetType

STALE_AFTER_DAYS = {
    AssetType.STOCK: 5,
    AssetType.ETF: 5,
    AssetType.OPTION: 5,
    AssetType.METAL: 5,
    AssetType.CRYPTO: 2,
    AssetType.FUND: 8,
    AssetType.BOND: 8,
    AssetType.OTHER: 31,
}
# By the same reasoning: the European Central Bank publishes on the days when its payment system is open.
RATE_STALE_AFTER_DAYS = 5


def oldest_fresh(asset_type: str, on: date) -> date:
    """The earliest day whose price is not stale on a day."""
    days = STALE_AFTER_DAYS.get(AssetType(asset_type))
    return on - timedelta(days=days) if days is not None else date.min


def is_stale(asset_type: str, price_day: date, on: date) -> bool:
    return price_day < oldest_fresh(asset_type, on)
