"""CoinGecko: crypto prices. Free; a demo key (COINGECKO_API_KEY) raises the limits.

A day of a coin ends at midnight UTC. CoinGecko's free history reaches a year back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote as percent_encoded

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

SERVICE = Service("coingecko", "CoinGecko")
# Of an instrument whose own currency is not known.
USUAL_CURRENCY = "EUR"
# A daily price carries the midnight that ends its day, hourly ones come minutes late.
LATE = timedelta(minutes=10)


class CoinGecko(Provider):
    name = "coingecko"
    label = "CoinGecko"
    adjusted_for_splits = False
    symbol_help = "CoinGecko's id of the coin: bitcoin, ethereum, matic-network."
    batch_size = 100
    history_days = 365

    def fetch(self, wanted: Sequence[Wanted]) -> dict[Wanted, Answer]:
        """All coins of which only one day is wanted in one request, others a request each."""
        answers: dict[Wanted, Answer] = {}
        for currency in {_currency(one) for one in wanted}:
            mine = [one for one in wanted if _currency(one) == currency]
            answers |= _latest([one for one in mine if one.start == one.end], currency)
        down = next((one for one in answers.values() if isinstance(one, ProviderDown)), None)
        rest = [one for one in wanted if one not in answers]
        return answers | (dict.fromkeys(rest, down) if down else one_by_one(rest, _history))


def _currency(wanted: Wanted) -> str:
    return wanted.currency or USUAL_CURRENCY


def _headers() -> dict[str, str]:
    return {"x-cg-demo-api-key": SERVICE.key} if SERVICE.key else {}


def _latest(wanted: Sequence[Wanted], currency: str) -> dict[Wanted, Answer]:
    if not wanted:
        return {}
    params = {
        "ids": ",".join(sorted({one.symbol for one in wanted})),
        "vs_currencies": currency.lower(),
        "include_last_updated_at": "true",
        "precision": "full",
    }
    try:
        with understood(SERVICE.label):
            found = SERVICE.json("simple/price", params, _headers())
            return {one: _price(found, one, currency) for one in wanted}
    except ProviderError as error:
        return dict.fromkeys(wanted, error)


def _price(found: dict[str, Any], wanted: Wanted, currency: str) -> Answer:
    prices = found.get(wanted.symbol, {})
    price = prices.get(currency.lower())
    if price is None:
        return ProviderError(f"CoinGecko has no price of “{wanted.symbol}” in {currency}.")
    updated = datetime.fromtimestamp(int(prices["last_updated_at"]), UTC)
    return _between([quote(updated.date(), price, currency)], wanted)


def _history(wanted: Wanted) -> list[Quote]:
    start = datetime.combine(wanted.start, datetime.min.time(), UTC)
    # The midnight after the last day is its close.
    end = datetime.combine(wanted.end, datetime.max.time(), UTC) + 2 * LATE
    params = {
        "vs_currency": _currency(wanted).lower(),
        "from": str(int(start.timestamp())),
        "to": str(int(end.timestamp())),
        "precision": "full",
    }
    path = f"coins/{percent_encoded(wanted.symbol, safe='')}/market_chart/range"
    with understood(SERVICE.label):
        points = SERVICE.json(path, params, _headers())["prices"]
        return _between(closes(points, _currency(wanted)), wanted)


def closes(points: Iterable[tuple[int, object]], currency: str) -> list[Quote]:
    """The last price of each day from points of (milliseconds since 1970, price)."""
    last: dict[date, Quote] = {}
    for milliseconds, price in sorted(points, key=lambda point: point[0]):
        at = datetime.fromtimestamp(milliseconds // 1000, UTC)
        day = (at - LATE).date()
        last[day] = quote(day, price, currency)
    return list(last.values())


def _between(quotes: Iterable[Quote], wanted: Wanted) -> list[Quote]:
    return [one for one in quotes if wanted.start <= one.day <= wanted.end]
