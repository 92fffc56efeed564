"""How fast ten years of snapshots are made: python benchmarks/history.py [--days D] [--instruments N]

Fills a throwaway database with a ledger and a price a day of each instrument, records every day with the
code of manage.py backfill_snapshots, and prints one line of JSON. The floor is taken in the same run: the
same rows as Python has them after reading, and numpy's cumulative quantities times prices, added up by
day. Then both are measured again with half the days, and with half the instruments: what is linear takes
half as long.
"""

import argparse
import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django  # noqa: E402

django.setup()

import numpy as np  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import Sum  # noqa: E402

from pricing.bulk import copy_rows  # noqa: E402
from pricing.models import Instrument  # noqa: E402
from snapshots.record import record_account  # noqa: E402
from transactions.models import Account  # noqa: E402

START = date(2015, 1, 1)
TRADE_COLUMNS = (
    "account_id", "transaction_date", "trade_date", "has_time", "transaction_type", "ticker",
    "quantity", "price", "total_amount", "currency", "fee", "fee_currency", "tax",
    "raw_description", "source_file", "sequence", "external_id", "occurrence", "created_at",
)  # fmt: skip
PRICE_COLUMNS = (
    "ticker", "date", "close_price", "currency", "source", "adjusted_for_splits", "quarantine",
    "created_at",
)  # fmt: skip


class Trade(NamedTuple):
    day: date
    ticker: str
    quantity: Decimal
    price: Decimal


class Price(NamedTuple):
    ticker: str
    day: date
    close: Decimal


class World(NamedTuple):
    days: int
    tickers: list[str]
    trades: list[Trade]
    prices: list[Price]


def make(days: int, instruments: int, transactions: int) -> World:
    """Trades of all days, and a price of every instrument and day; nothing is sold that is not held."""
    chance = random.Random(7)
    tickers = [f"TKR{number:03}" for number in range(instruments)]
    held = dict.fromkeys(tickers, 0)
    trades = []
    for number in range(transactions):
        ticker = tickers[number % instruments]
        cents = chance.randrange(100, 10**6)
        if chance.random() < 0.4 and held[ticker]:
            cents = -min(cents, held[ticker])
        held[ticker] += cents
        day = START + timedelta(days=number * days // transactions)
        price = Decimal(chance.randrange(500, 50_000)).scaleb(-2)
        trades.append(Trade(day, ticker, Decimal(cents).scaleb(-4), price))
    prices = [
        Price(
            ticker, START + timedelta(days=day), Decimal(chance.randrange(500, 50_000)).scaleb(-2)
        )
        for ticker in tickers
        for day in range(days)
    ]
    return World(days, tickers, trades, prices)


def store(world: World, name: str) -> Account:
    """The ledger without imports, positions and signals: they have a benchmark of their own."""
    owner, _ = User.objects.get_or_create(username="benchmark")
    account = Account.objects.create(owner=owner, name=name, currency="EUR")
    Instrument.objects.all()._raw_delete("default")
    with transaction.atomic():
        Instrument.objects.bulk_create(
            Instrument(ticker=one, currency="EUR") for one in world.tickers
        )
        copy_rows("transactions", TRADE_COLUMNS, _trade_rows(world, account))
        copy_rows("price_history", PRICE_COLUMNS, _price_rows(world))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return account


def _trade_rows(world: World, account: Account) -> Iterator[tuple[object, ...]]:
    for number, (day, ticker, quantity, price) in enumerate(world.trades):
        at = f"{day} {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}+00"
        kind = "BUY" if quantity > 0 else "SELL"
        total = f"{abs(quantity) * price:.8f}"
        yield (
            account.pk, at, day, True, kind, ticker, abs(quantity), price, total, "EUR", 0, "", 0,
            "", "", number, "", number, at,
        )  # fmt: skip


def _price_rows(world: World) -> Iterator[tuple[object, ...]]:
    now = datetime.now(UTC)
    for ticker, day, close in world.prices:
        yield (ticker, day, close, "EUR", "benchmark", False, "", now)


def floor(world: World) -> list[float]:
    """The value of each day by numpy, from the same rows."""
    places = {ticker: place for place, ticker in enumerate(world.tickers)}
    first = START.toordinal()
    quantities = np.zeros((world.days, len(world.tickers)))
    days = np.array([trade.day.toordinal() - first for trade in world.trades])
    columns = np.array([places[trade.ticker] for trade in world.trades])
    moved = np.array([float(trade.quantity) for trade in world.trades])
    np.add.at(quantities, (days, columns), moved)
    prices = np.zeros_like(quantities)
    days = np.array([price.day.toordinal() - first for price in world.prices])
    columns = np.array([places[price.ticker] for price in world.prices])
    prices[days, columns] = np.array([float(price.close) for price in world.prices])
    values: list[float] = (quantities.cumsum(axis=0) * prices).sum(axis=1).tolist()
    return values


def measure(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def run(days: int, instruments: int, transactions: int, name: str) -> dict[str, object]:
    world = make(days, instruments, transactions)
    account = store(world, name)
    until = START + timedelta(days=days - 1)
    taken = measure(lambda: record_account(account, until))
    lowest = min(measure(lambda: floor(world)) for _ in range(3))
    compare(world, account)
    forget(account)
    return {
        "days": days,
        "instruments": instruments,
        "transactions": transactions,
        "seconds": round(taken, 2),
        "floor_seconds": round(lowest, 3),
        "ratio": round(taken / lowest, 1),
    }


def compare(world: World, account: Account) -> None:
    """The two computed the same: numpy to a float's digits, the record exactly."""
    total = account.snapshots.aggregate(total=Sum("total_value"))["total"]
    expected = sum(floor(world))
    if abs(float(total) - expected) > expected * 1e-9:
        raise SystemExit(f"The record adds up to {total}, numpy to {expected}.")


def forget(account: Account) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE portfolio_snapshots, stale_marks, transactions, price_history CASCADE"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=3_653)
    parser.add_argument("--instruments", type=int, default=200)
    parser.add_argument("--transactions", type=int, default=100_000)
    size = parser.parse_args()
    days, instruments, transactions = size.days, size.instruments, size.transactions
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        whole = run(days, instruments, transactions, "whole")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        half_days = run(days // 2, instruments, transactions // 2, "half the days")
        half_instruments = run(days, instruments // 2, transactions // 2, "half the instruments")
        print(
            json.dumps(
                whole
                | {"half_days_seconds": half_days["seconds"]}
                | {"half_instruments_seconds": half_instruments["seconds"], "peak_mib": peak}
            )
        )
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
