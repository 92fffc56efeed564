"""Days of one account for tests: rows, prices and rates by the word."""

import json
from datetime import date
from decimal import Decimal

from pricing.money import EXACT
from snapshots.daily import History, Point
from snapshots.flows import Row
from transactions.kinds import Kind


def day(number):
    return date(2026, 5, number)


def number(text):
    return None if text is None else Decimal(text)


def row(on, kind, quantity=None, ticker="", amount=None, **fields):
    """``row(3, "BUY", "10", "AAA", "50")``: a day of May, the rest by the names of Row."""
    for name in ("fee", "tax", "fx_rate"):
        if name in fields:
            fields[name] = Decimal(fields[name])
    values = {"currency": "EUR", **fields}
    return Row(day(on), Kind(kind), ticker, number(quantity), number(amount), **values)


def points(*prices, currency="EUR"):
    """``points((1, "10"), (3, "11"))``: a price from a day on."""
    return [Point(day(on), Decimal(price), currency, day(on)) for on, price in prices]


def rates(**known):
    """A lookup of rates that never change: ``rates(USD="0.9")``; others are unknown."""
    return lambda currency, on: number(known.get(currency))


def history(*rows, prices=None, find=None, tracks_cash=False, start=1, end=5):
    """The snapshots of an account in EUR from one day of May to another."""
    made = History(rows, "EUR", tracks_cash=tracks_cash, start=day(start))
    return list(made.days(day(start), day(end), prices or {}, find or rates()))


def flows(snapshot):
    """``"+5 -3"``: what came and went; moved ones behind ``m``."""
    words = {
        "+": snapshot.inflow,
        "-": snapshot.outflow,
        "m+": snapshot.moved_in,
        "m-": snapshot.moved_out,
    }
    return " ".join(f"{sign}{plain(value)}" for sign, value in words.items() if value)


def plain(value):
    return "?" if value is None else f"{value.normalize(EXACT):f}"


def values(snapshots):
    return [plain(one.total_value) for one in snapshots]


def positions(snapshot):
    return {one.pop("ticker"): one for one in json.loads(snapshot.positions)}
