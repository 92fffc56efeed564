"""Twelve Data: daily prices of shares, funds and metals with a free key (TWELVEDATA_API_KEY).

A request may name several symbols, each of which counts against the limit. Past prices are
adjusted for splits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from pricing.providers.base import (
    Answer,
    Provider,
    ProviderDown,
    ProviderError,
    Quote,
    Wanted,
    quote,
    understood,
)
from pricing.providers.http import REFUSED, TOO_MANY, Service

SERVICE = Service("twelvedata", "Twelve Data")
MOST_ROWS = "5000"
WITHOUT_KEY = (
    "Twelve Data needs a key: get a free one at twelvedata.com and set TWELVEDATA_API_KEY."
)


class TwelveData(Provider):
    name = "twelvedata"
    label = "Twelve Data"
    adjusted_for_splits = True
    symbol_help = "Twelve Data's symbol, with the exchange where it is not American: AAPL, VOD:LSE."
    batch_size = 8  # what the free plan allows in a minute

    def fetch(self, wanted: Sequence[Wanted]) -> dict[Wanted, Answer]:
        if not SERVICE.key:
            return dict.fromkeys(wanted, ProviderDown(WITHOUT_KEY))
        try:
            answers = _ask(wanted)
        except ProviderError as error:
            return dict.fromkeys(wanted, error)
        return {one: _answer(answers.get(one.symbol), one) for one in wanted}


def _ask(wanted: Sequence[Wanted]) -> dict[str, Any]:
    """The answers by symbol, over the days that all of the symbols need together."""
    symbols = sorted({one.symbol for one in wanted})
    params = {
        "symbol": ",".join(symbols),
        "interval": "1day",
        "start_date": min(one.start for one in wanted).isoformat(),
        # The end is not included.
        "end_date": (max(one.end for one in wanted) + timedelta(days=1)).isoformat(),
        "outputsize": MOST_ROWS,
    }
    headers = {"Authorization": f"apikey {SERVICE.key}"}
    found = SERVICE.json("time_series", params, headers, cost=len(symbols))
    if not isinstance(found, dict):
        raise ProviderError("Twelve Data answered in an unexpected form.")
    if found.get("code") in {*REFUSED, TOO_MANY}:
        raise ProviderDown(f"Twelve Data refuses: {_message(found)}")
    # A single symbol stands alone, several stand under their names.
    return found if len(symbols) > 1 and "code" not in found else dict.fromkeys(symbols, found)


def _answer(found: Any, wanted: Wanted) -> Answer:  # noqa: ANN401 - JSON
    try:
        with understood(SERVICE.label):
            if found is None or found.get("status") == "error":
                return ProviderError(f"Twelve Data on “{wanted.symbol}”: {_message(found)}")
            return _quotes(found, wanted)
    except ProviderError as error:
        return error


def _message(found: dict[str, Any] | None) -> str:
    text = str((found or {}).get("message", "")) or "no answer for this symbol."
    # Its messages end with advertisements for larger plans.
    return text[:200]


def _quotes(found: dict[str, Any], wanted: Wanted) -> list[Quote]:
    # Of a pair like XAU/EUR the second half is what it is quoted in.
    currency = found["meta"].get("currency") or wanted.symbol.rpartition("/")[2]
    quotes = []
    for row in found["values"]:
        day = date.fromisoformat(row["datetime"][:10])
        if wanted.start <= day <= wanted.end:
            others = {name: row.get(name) for name in ("open", "high", "low", "volume")}
            quotes.append(quote(day, row["close"], currency, **others))
    return sorted(quotes)
