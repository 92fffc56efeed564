"""What holdings are worth on a day: their last prices until then, in units of that day, and its rates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.core.cache import cache

from portfolio.gains import Quote, Rate, Valuation, percent, product
from portfolio.holdings import KEPT_SECONDS, Books, Held, identity
from portfolio.kept import prices_edition, rates_edition
from portfolio.own_splits import Key, splits_for
from pricing.closes import Close, close_series, price_in_units_of, splits_of
from pricing.conversion import Rates
from pricing.money import EXACT
from pricing.splits import Split
from transactions.models import Account

# Part of the key, to be raised with every change of what is kept.
VERSION = 1
# What moved is told of prices that are this fresh; it spans holidays.
RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Market:
    """Prices, splits and rates of one day, read once for many holdings."""

    day: date
    wanted: str
    closes: Mapping[str, Sequence[Close]]
    published: Mapping[str, Sequence[Split]]
    own: Mapping[Key, Sequence[Split]]
    rates: Rates

    def value(self, held: Held) -> Valuation:
        quote = self.quote(held, -1)
        return Valuation(
            held.holding,
            self.wanted,
            quote,
            None if quote is None else self.rate(quote.currency),
            self.rate(held.holding.currency),
        )

    def quote(self, held: Held, place: int) -> Quote | None:
        """The last price, or by a place of -2 the one before, per unit as it is on the day."""
        closes = self.closes.get(held.ticker, ())
        if len(closes) < -place:
            return None
        close = closes[place]
        splits = splits_for((held.account, held.ticker), self.published, self.own)
        price = price_in_units_of(close, splits, self.day)
        return Quote(price, close.currency, close.day, close.source)

    def rate(self, currency: str) -> Rate | None:
        return self.rates.find(currency, self.wanted, self.day)

    def convert(self, amount: Decimal, currency: str) -> Decimal | None:
        """An amount as it is worth on the day; None without a rate."""
        rate = self.rate(currency)
        return None if rate is None else product(amount, rate.value)


def market_of(accounts: Sequence[Account], books: Books, on: date | None, day: date) -> Market:
    """What the books' open positions are valued by; kept until a ledger, a price or a rate changes."""
    key = f"market:{VERSION}:{identity(accounts)}:{books.wanted}:{on or 'now'}:{day}"
    key += f":{rates_edition()}:{prices_edition()}"
    found: Market | None = cache.get(key)
    if found is None:
        found = _read(books, {held.ticker for held in books.held if held.is_open}, day)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _read(books: Books, tickers: Collection[str], day: date) -> Market:
    """Five queries, however many tickers."""
    closes = close_series(tickers, day - RECENT, day)
    currencies = {found[-1].currency for found in closes.values() if found}
    currencies |= {held.holding.currency for held in books.held if held.ticker in closes}
    currencies |= {group.currency for group in books.groups}
    currencies |= {group.payer for group in books.groups}
    rates = Rates({books.wanted, *currencies}, day, day)
    return Market(day, books.wanted, closes, splits_of(tickers), books.splits, rates)


@dataclass(frozen=True, slots=True)
class Move:
    """What a holding gained or lost since the close before the last one, at the rate of the day."""

    held: Held
    since: date
    until: date
    amount: Decimal
    percent: Decimal | None


def moves(books: Books, market: Market) -> list[Move]:
    """The largest first; only prices of the last days have moved."""
    found = (_move(held, market) for held in books.held if held.holding.quantity > 0)
    return sorted((move for move in found if move is not None), key=lambda move: -abs(move.amount))


def _move(held: Held, market: Market) -> Move | None:
    last, before = market.quote(held, -1), market.quote(held, -2)
    if last is None or before is None or last.currency != before.currency:
        return None
    rate = market.rate(last.currency)
    if rate is None or market.day - last.day > RECENT:
        return None
    change = EXACT.subtract(last.price, before.price)
    amount = product(EXACT.multiply(held.holding.quantity, change), rate.value)
    return Move(held, before.day, last.day, amount, percent(change, before.price))
