"""Yahoo through yfinance, an optional extra (requirements/optional.txt) for who accepts Yahoo's terms.

yfinance is imported only when an instrument names it. Its prices are floats: they are read as the
shortest decimal that gives the same float, which is what Yahoo printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from importlib.util import find_spec
from math import isfinite

from pricing.providers.base import (
    Answer,
    Provider,
    ProviderDown,
    ProviderError,
    Quote,
    Wanted,
    one_by_one,
    quote,
    understood,
)

NOT_INSTALLED = (
    "Prices from Yahoo need the package yfinance: install requirements/optional.txt, or choose "
    "another provider."
)


class Yahoo(Provider):
    name = "yfinance"
    label = "Yahoo (yfinance)"
    adjusted_for_splits = True
    symbol_help = "Yahoo's symbol: AAPL, VOD.L, SAP.DE, BTC-EUR."

    def fetch(self, wanted: Sequence[Wanted]) -> dict[Wanted, Answer]:
        if find_spec("yfinance") is None:
            return dict.fromkeys(wanted, ProviderDown(NOT_INSTALLED))
        return one_by_one(wanted, _history)


def _history(wanted: Wanted) -> list[Quote]:
    import yfinance  # noqa: PLC0415 - optional, and it brings pandas

    ticker = yfinance.Ticker(wanted.symbol)
    try:
        # Not adjusted for dividends: only closes as they were worth make a value.
        frame = ticker.history(
            start=wanted.start,
            end=wanted.end + timedelta(days=1),
            auto_adjust=False,
            actions=False,
            raise_errors=True,
        )
        currency = str(ticker.history_metadata["currency"])
    except Exception as error:  # whatever its many dependencies raise
        raise ProviderError(f"Yahoo on “{wanted.symbol}”: {error}") from error
    with understood("Yahoo"):
        return quotes(frame["Close"].items(), currency)


def quotes(closes: Iterable[tuple[datetime, float]], currency: str) -> list[Quote]:
    """Quotes from (day in the exchange's zone, close); days without a price are left out."""
    return [
        quote(day.date(), repr(float(close)), currency) for day, close in closes if isfinite(close)
    ]
