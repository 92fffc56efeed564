"""What kind of thing an instrument is: the leaf vocabulary shared by models and pure importers."""

from enum import StrEnum


class AssetType(StrEnum):
    STOCK = "STOCK"
    ETF = "ETF"
    FUND = "FUND"
    BOND = "BOND"
    CRYPTO = "CRYPTO"
    METAL = "METAL"
    OPTION = "OPTION"
    CASH = "CASH"
    OTHER = "OTHER"
