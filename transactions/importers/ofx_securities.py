"""The securities of an OFX file: those of ``SECLIST``, and those that only records name."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.money import NumberError, is_isin, parse_number
from transactions.importers.base import RowError, Security
from transactions.importers.ofx_reader import Node

_ASSETS = {
    "STOCKINFO": AssetType.STOCK,
    "MFINFO": AssetType.FUND,
    "DEBTINFO": AssetType.BOND,
    "OPTINFO": AssetType.OPTION,
    "OTHERINFO": AssetType.OTHER,
}


class Listed(NamedTuple):
    security: Security
    # Shares of a contract; None where the list does not say, as for what is no option.
    shares: Decimal | None = None


class Securities:
    def __init__(self, root: Node) -> None:
        self._listed: dict[str, Listed] = dict(map(_listed, _infos(root)))

    def of(self, node: Node) -> Listed:
        """The security that an aggregate names; RowError where it names none."""
        id = node.value("SECID", "UNIQUEID")
        if not id:
            raise RowError("the security is missing (SECID)")
        if id not in self._listed:
            isin = id if is_isin(id) else ""
            self._listed[id] = Listed(Security("" if isin else id, isin))
        return self._listed[id]


def _infos(root: Node) -> Iterator[Node]:
    return root.all(*_ASSETS)


def _listed(info: Node) -> tuple[str, Listed]:
    about = info.find("SECINFO") or info
    id, kind = about.value("SECID", "UNIQUEID"), about.value("SECID", "UNIQUEIDTYPE")
    ticker = about.value("TICKER")
    security = Security(
        ticker if ticker.upper() not in {"", "N/A"} else id,
        id if kind.upper() == "ISIN" and is_isin(id) else "",
        about.value("SECNAME"),
        _ASSETS[info.tag],
    )
    return id, Listed(security, _shares(info))


def _shares(info: Node) -> Decimal | None:
    try:
        return parse_number(info.figure("SHPERCTRCT")) or None
    except NumberError:
        # The records may state it as well, and those of other securities can be read.
        return None
