"""From what a file calls a security to the instrument it is: by ISIN first, then by ticker.

An instrument has one ticker and one ISIN, and others that it had before or that other brokers use
(``pricing.models.InstrumentName``); what files tell of those is remembered for later ones.
"""

from collections import defaultdict
from collections.abc import Iterable

from pricing.assets import AssetType
from pricing.bulk import lock_parents
from pricing.models import Instrument, InstrumentName
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
        isins |= {isin for security in securities for isin in security.other_isins}
        names = {security.ticker or security.isin for security in securities}
        names |= {_qualified(security) for security in securities}
        self.by_ticker: dict[str, Instrument] = {}
        self.by_isin: dict[str, Instrument] = {}
        self.created: list[Instrument] = []
        self.completed: list[Instrument] = []
        self.names: dict[str, list[InstrumentName]] = defaultdict(list)
        self.remembered: list[InstrumentName] = []
        for instrument in Instrument.objects.filter(ticker__in=names | isins):
            self._add(instrument)
        for instrument in Instrument.objects.filter(isin__in=isins):
            self._add(instrument)
        found = InstrumentName.objects.filter(value__in=names | isins)
        for name in found.select_related("instrument"):
            self._add_name(name)

    def ticker_of(self, security: Security) -> str:
        known = self._by_isin(security) or self._by_ticker(security)
        if known is None:
            known = self._create(security)
        else:
            self._complete(known, security)
        self._remember(known, security)
        return known.ticker

    def write(self) -> None:
        # Sorted, so that two imports that create the same instruments wait instead of deadlocking.
        self.created.sort(key=lambda instrument: instrument.ticker)
        Instrument.objects.bulk_create(self.created, ignore_conflicts=True)
        Instrument.objects.bulk_update(
            [instrument for instrument in self.completed if instrument.pk],
            ["isin", "name", "currency", "asset_type"],
        )
        if self.remembered:
            self._write_names()

    def _write_names(self) -> None:
        # One that was created meanwhile by another import, under another ticker, is not ours.
        tickers = {name.instrument_id for name in self.remembered}
        stored = set(Instrument.objects.filter(ticker__in=tickers).values_list("ticker", flat=True))
        names = [name for name in self.remembered if name.instrument_id in stored]
        names.sort(key=lambda name: (name.value, name.kind, name.currency))
        InstrumentName.objects.bulk_create(names, ignore_conflicts=True)

    def _by_isin(self, security: Security) -> Instrument | None:
        for isin in (security.isin, *security.other_isins):
            if isin and isin in self.by_isin:
                return self.by_isin[isin]
        return None

    def _by_ticker(self, security: Security) -> Instrument | None:
        for name in (security.ticker or security.isin, _qualified(security)):
            known = self.by_ticker.get(name)
            if known is not None and _compatible(known, security):
                return known
        for other in self.names.get(security.ticker or security.isin, ()):
            known = self.by_ticker[other.instrument_id]
            if other.currency in {"", security.currency} and _compatible(known, security):
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

    def _remember(self, known: Instrument, security: Security) -> None:
        """Keep the names that the file has for an instrument and that lead to no other."""
        for isin in (security.isin, *security.other_isins):
            if is_isin(isin) and isin not in self.by_isin:
                self._keep(known, InstrumentName.Kind.ISIN, isin)
        ticker = security.ticker
        # The ISIN vouches for the ticker, though only where the security trades in its currency.
        if security.currency and ticker not in {"", security.isin, *self.by_ticker}:
            told = (other.currency in {"", security.currency} for other in self.names[ticker])
            if is_isin(security.isin) and not any(told):
                self._keep(known, InstrumentName.Kind.TICKER, ticker, security.currency[:12])

    def _keep(self, known: Instrument, kind: str, value: str, currency: str = "") -> None:
        name = InstrumentName(kind=kind, value=value, currency=currency)
        name.instrument_id = known.ticker
        self.by_ticker[known.ticker] = known
        self.remembered.append(name)
        self._index_name(name, known)

    def _add_name(self, name: InstrumentName) -> None:
        known = self.by_ticker.setdefault(name.instrument_id, name.instrument)
        self._index_name(name, known)

    def _index_name(self, name: InstrumentName, known: Instrument) -> None:
        if name.kind == InstrumentName.Kind.ISIN:
            self.by_isin.setdefault(name.value, known)
        else:
            self.names[name.value].append(name)

    def _add(self, instrument: Instrument, isin: str = "") -> None:
        self.by_ticker[instrument.ticker] = instrument
        if instrument.isin or isin:
            self.by_isin[instrument.isin or isin] = instrument


def _compatible(known: Instrument, security: Security) -> bool:
    if known.isin and security.isin and known.isin != security.isin:
        return False
    return is_one_family(AssetType(known.asset_type), security.asset_type)


def is_one_family(one: AssetType, other: AssetType) -> bool:
    """Whether instruments of these types could be the same one."""
    mine, theirs = _FAMILIES.get(one, "security"), _FAMILIES.get(other, "security")
    return not mine or not theirs or mine == theirs


def _is_named(security: Security) -> bool:
    name = security.ticker or security.isin
    return name.isprintable() and 0 < len(name) <= LONGEST_TICKER and bool(name.strip())


def _qualified(security: Security) -> str:
    suffix = f".{security.asset_type.value}"
    return (security.ticker or security.isin)[: LONGEST_TICKER - len(suffix)] + suffix
