"""yfinance is an optional extra: without it a sentence, with it exact decimals from its floats."""

from datetime import date, datetime
from decimal import Decimal
from importlib.util import find_spec
from zoneinfo import ZoneInfo

import pytest

from pricing.providers.base import ProviderDown, Quote, Wanted
from pricing.providers.yahoo import NOT_INSTALLED, Yahoo, quotes

MAY_5 = date(2026, 5, 5)
LONDON = ZoneInfo("Europe/London")


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
