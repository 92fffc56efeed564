from decimal import Decimal as D

import pytest

from snapshots.templatetags.returns import percent, percent_gain, ratio

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (D("0.1234"), "12.34 %"),
        (D("-0.00005"), "0.00 %"),
        (D("-1"), "−100.00 %"),
        (D("12.345678"), "1,234.57 %"),
        (D(0), "0.00 %"),
        (D("1283305580313351.6969"), "1.28e+17 %"),
    ],
)
def test_returns_are_hundredths(value, text):
    assert percent(value) == text.replace(" %", f"{NBSP}%")


def test_the_title_of_a_return_has_more_digits():
    assert percent_gain(D("0.123456789")) == (
        '<data class="gain up" value="0.123456789000" title="+12.3456789\u00a0%">+12.35\u00a0%</data>'
    )


def test_unknown_is_said():
    assert (percent(None), ratio(None)) == ("unknown", "unknown")
    assert percent_gain(None) == '<span class="unknown">unknown</span>'


def test_a_ratio_has_two_decimals():
    assert (ratio(D("2.4849")), ratio(D("-0.5"))) == ("2.48", "−0.50")
