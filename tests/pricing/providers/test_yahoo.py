"""yfinance is an optional extra: without it a sentence, with it exact decimals from its floats."""

import sys
from datetime import date, datetime
from decimal import Decimal
from importlib.util import find_spec
from zoneinfo import ZoneInfo

import pytest

from pricing.providers.base import ProviderDown, Quote, Wanted
from pricing.providers.yahoo import NOT_INSTALLED, Yahoo, quotes

MAY_5 = date(2026, 5, 5)
LONDON = ZoneInfo("Europe/London")

# What the package looks like from here; its prices come as pandas' series of (time, float).
PACKAGE = """
from datetime import datetime, timedelta


class Ticker:
    def __init__(self, symbol):
        self.symbol = symbol
        self.history_metadata = {"currency": "GBp"}

    def history(self, *, start, end, auto_adjust, actions, raise_errors):
        if self.symbol != "VOD.L":
            raise RuntimeError(f"{self.symbol}: possibly delisted; no price data found")
        assert not auto_adjust
        days = [datetime.combine(start, datetime.min.time())]
        while (days[-1] + timedelta(days=1)).date() < end:
            days.append(days[-1] + timedelta(days=1))
        return {"Close": {day: 70.1 + place for place, day in enumerate(days)}}
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    (tmp_path / "yfinance.py").write_text(PACKAGE)
    monkeypatch.delitem(sys.modules, "yfinance", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("yfinance", None)


def test_each_symbol_is_asked_and_one_that_fails_stops_no_other(installed):
    vodafone = Wanted("VOD.L", date(2026, 5, 4), MAY_5, "GBP")
    nothing = Wanted("NOPE", date(2026, 5, 4), MAY_5, "GBP")
    answers = Yahoo().fetch([nothing, vodafone])
    assert str(answers[nothing]) == (
        "Yahoo on “NOPE”: NOPE: possibly delisted; no price data found"
    )
    assert answers[vodafone] == [
        Quote(date(2026, 5, 4), Decimal("0.701"), "GBP"),
        Quote(MAY_5, Decimal("0.711"), "GBP"),
    ]


@pytest.mark.skipif(find_spec("yfinance") is not None, reason="yfinance is installed here")
def test_without_the_package_it_says_what_to_install():
    wanted = Wanted("AAPL", MAY_5, MAY_5, "USD")
    answer = Yahoo().fetch([wanted])[wanted]
    assert isinstance(answer, ProviderDown)
    assert str(answer) == NOT_INSTALLED


def test_a_float_is_read_as_what_was_printed_and_pence_become_pounds():
    closes = [
        (datetime(2026, 5, 4, tzinfo=LONDON), float("nan")),
        (datetime(2026, 5, 5, tzinfo=LONDON), 70.1),
    ]
    assert quotes(closes, "GBp") == [Quote(MAY_5, Decimal("0.701"), "GBP")]
