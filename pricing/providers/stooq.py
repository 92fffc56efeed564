"""Stooq: daily prices of shares, funds, metals and currency pairs, without a key.

Asked for prices as traded, neither adjusted for splits nor for dividends. Since 2026 Stooq often answers
programs with a page that only a browser can pass; then its files still can be downloaded by hand.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date

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
from pricing.providers.http import Service

SERVICE = Service("stooq", "Stooq")
# Each digit skips one kind of adjustment: splits, dividends, rights and so on.
AS_TRADED = "1111111"
HEADER = ["Date", "Open", "High", "Low", "Close"]

# What an exchange quotes in, where the instrument does not say.
CURRENCIES = {
    "us": "USD", "uk": "GBP", "de": "EUR", "f": "EUR", "jp": "JPY", "hk": "HKD", "hu": "HUF",
}  # fmt: skip
PENCE_EXCHANGE = "uk"
PAIR_LENGTH = 6


class Stooq(Provider):
    name = "stooq"
    label = "Stooq"
    adjusted_for_splits = False
    symbol_help = "Stooq's symbol in small letters: aapl.us, vod.uk, sap.de, xaueur for gold."

    def fetch(self, wanted: Sequence[Wanted]) -> dict[Wanted, Answer]:
        return one_by_one(wanted, _history)


def currency_of(symbol: str, currency: str) -> str:
    """What Stooq quotes a symbol in, which its files do not tell.

    The instrument's currency, but London in pence where that is GBP; else the exchange's; of a pair
    like xaueur its second half.
    """
    name, _, exchange = symbol.lower().rpartition(".")
    if not name and len(exchange) == PAIR_LENGTH:
        return exchange[3:].upper()
    found = currency or CURRENCIES.get(exchange, "")
    if not found:
        raise ProviderError(
            f"Stooq does not tell in which currency it quotes “{symbol}”. "
            f"Set the currency of the instrument."
        )
    return "GBX" if exchange == PENCE_EXCHANGE and found == "GBP" else found


def _history(wanted: Wanted) -> list[Quote]:
    params = {
        "s": wanted.symbol.lower(),
        "d1": f"{wanted.start:%Y%m%d}",
        "d2": f"{wanted.end:%Y%m%d}",
        "i": "d",
        "o": AS_TRADED,
    }
    currency = currency_of(wanted.symbol, wanted.currency)
    text = SERVICE.get("q/d/l/", params).text.strip()
    if text.lower() in {"", "no data", "brak danych"}:
        return []
    if "hits limit" in text.lower():
        raise ProviderDown("Stooq's limit of a day is used up. It can be asked again tomorrow.")
    if text.startswith("<"):
        raise ProviderDown(
            "Stooq answers with a page for browsers instead of prices. Download the file there and "
            "import it, or choose another provider."
        )
    with understood(SERVICE.label):
        quotes = list(_rows(text, currency))
    return [one for one in quotes if wanted.start <= one.day <= wanted.end]


def _rows(text: str, currency: str) -> Iterator[Quote]:
    rows = csv.reader(text.splitlines())
    header = next(rows)
    if header[:5] != HEADER:
        raise ValueError(f"the columns are {', '.join(header)[:80]}")
    for day, start, high, low, close, *volume in rows:
        yield quote(
            date.fromisoformat(day),
            close,
            currency,
            open=start,
            high=high,
            low=low,
            volume=volume[0] if volume else None,
        )
