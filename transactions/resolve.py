"""From what a file calls a security to the instrument it is: by ISIN first, then by ticker."""

from collections.abc import Iterable

from pricing.assets import AssetType
from pricing.bulk import lock_parents
from pricing.models import Instrument
from pricing.money import is_isin
from pricing.readers import printable
from transactions.importers.base import Security

LONGEST_TICKER = 40
ATTEMPTS = 3

# The same letters name a share and a coin (LTC, COMP); types of different families never match.
_FAMILIES = {
    AssetType.CRYPTO: "crypto",
    AssetType.METAL: "metal",
    AssetType.CASH: "cash",
    AssetType.OPTION: "option",
    AssetType.OTHER: "",
}


def resolve(securities: Iterable[Security]) -> dict[Security, str]:
    """The ticker of each security; instruments that are not there yet are created.

    The instruments are locked against deletion until the database transaction ends. A security
    without a usable name is left out of the result.
    """
    # Rows with an ISIN speak first, so that rows with the bare ticker find what they named.
    wanted = sorted(
        (security for security in set(securities) if _is_named(security)),
        key=lambda security: (not security.isin, security),
    )
    for _ in range(ATTEMPTS):
        directory = _Directory(wanted)
        tickers = {security: directory.ticker_of(security) for security in wanted}
        directory.write()
        names = sorted(set(tickers.values()))
        if lock_parents("instruments", "ticker", names) == len(names):
            return tickers
        # Meanwhile another import committed one with this ISIN under another ticker: look again.
    raise RuntimeError(f"Instruments vanish while they are looked up: {names[:5]}")


class _Directory:
    """The instruments that could be meant, and those to create or complete."""

    def __init__(self, securities: Iterable[Security]) -> None:
        isins = {security.isin for security in securities if security.isin}
        names = {security.ticker or security.isin for security in securities}
        names |= {_qualified(security) for security in securities}
        self.by_ticker: dict[str, Instrument] = {}
        self.by_isin: dict[str, Instrument] = {}
        self.created: list[Instrument] = []
        self.completed: list[Instrument] = []
        for instrument in Instrument.objects.filter(ticker__in=names | isins):
            self._add(instrument)
        for instrument in Instrument.objects.filter(isin__in=isins):
            self._add(instrument)

    def ticker_of(self, security: Security) -> str:
        known = self.by_isin.get(security.isin) if security.isin else None
        if known is None:
            known = self._by_ticker(security)
        if known is None:
            return self._create(security).ticker
        self._complete(known, security)
        return known.ticker

    def write(self) -> None:
        # Sorted, so that two imports that create the same instruments wait instead of deadlocking.
        self.created.sort(key=lambda instrument: instrument.ticker)
        Instrument.objects.bulk_create(self.created, ignore_conflicts=True)
        Instrument.objects.bulk_update(
            [instrument for instrument in self.completed if instrument.pk],
            ["isin", "name", "currency", "asset_type"],
        )

    def _by_ticker(self, security: Security) -> Instrument | None:
        for name in (security.ticker or security.isin, _qualified(security)):
            known = self.by_ticker.get(name)
            if known is not None and _compatible(known, security):
                return known
        return None

    def _create(self, security: Security) -> Instrument:
        ticker = security.ticker or security.isin
        if ticker in self.by_ticker:
            # Taken by another security: the ISIN is unmistakable, else the kind of asset tells.
            ticker = security.isin if is_isin(security.isin) else _qualified(security)
        instrument = Instrument(
            ticker=ticker,
            name=printable(security.name)[:200],
            asset_type=security.asset_type.value,
            currency=security.currency[:12],
            isin=security.isin if is_isin(security.isin) else "",
        )
        self.created.append(instrument)
        self._add(instrument, security.isin)
        return instrument

    def _complete(self, known: Instrument, security: Security) -> None:
        before = (known.isin, known.name, known.currency, known.asset_type)
        if not known.isin and is_isin(security.isin):
            known.isin = security.isin
            self.by_isin[security.isin] = known
        known.name = known.name or printable(security.name)[:200]
        known.currency = known.currency or security.currency[:12]
        if known.asset_type == AssetType.OTHER:
            known.asset_type = security.asset_type.value
        if before != (known.isin, known.name, known.currency, known.asset_type):
            self.completed.append(known)

    def _add(self, instrument: Instrument, isin: str = "") -> None:
        self.by_ticker[instrument.ticker] = instrument
        if instrument.isin or isin:
            self.by_isin[instrument.isin or isin] = instrument


def _compatible(known: Instrument, security: Security) -> bool:
    if known.isin and security.isin and known.isin != security.isin:
        return False
    mine = _FAMILIES.get(security.asset_type, "security")
    theirs = _FAMILIES.get(AssetType(known.asset_type), "security")
    return not mine or not theirs or mine == theirs


def _is_named(security: Security) -> bool:
    name = security.ticker or security.isin
    return name.isprintable() and 0 < len(name) <= LONGEST_TICKER and bool(name.strip())


def _qualified(security: Security) -> str:
    suffix = f".{security.asset_type.value}"
    return (security.ticker or security.isin)[: LONGEST_TICKER - len(suffix)] + suffix
