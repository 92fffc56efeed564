from decimal import Decimal as D

import pytest
from django.template import Context, Template

from pricing.templatetags import money as filters

NBSP = "\u00a0"
MINUS = "\u2212"


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        ("1234.5", "EUR", "1,234.50 EUR"),
        ("1234.56700000", "EUR", "1,234.567 EUR"),
        ("-0.00000001", "USD", f"{MINUS}0.00000001 USD"),
        ("1000", "JPY", "1,000 JPY"),
        ("1.5", "KWD", "1.500 KWD"),
        ("0.5", "BTC", "0.5 BTC"),
        ("5", "BTC", "5 BTC"),
        ("0", "EUR", "0.00 EUR"),
        ("-0", "EUR", "0.00 EUR"),
        ("12345678901234567890.12345678", "EUR", "12,345,678,901,234,567,890.12345678 EUR"),
        ("7", "", "7.00"),
    ],
)
def test_money_is_written_with_every_digit(value, currency, text):
    assert filters.money(D(value), currency) == text.replace(" ", NBSP)


def test_what_is_unknown_never_looks_like_zero():
    assert filters.money(None, "EUR") == "unknown"
    assert filters.price(None, "EUR") == "unknown"
    assert filters.signed(None, "EUR") == "unknown"
    assert filters.amount(None, "EUR") == '<span class="unknown">unknown</span>'
    assert filters.gain(None, "EUR") == '<span class="unknown">unknown</span>'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("187.123456", "187.1235"),
        ("187", "187.00"),
        ("0.333333333333333333", "0.333333"),
        ("0.000012345678", "0.0000123457"),
        ("0.5", "0.50"),
        ("0", "0.00"),
    ],
)
def test_a_price_is_rounded_to_what_can_be_read(value, text):
    assert filters.price(D(value), "USD") == f"{text}{NBSP}USD"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("10.000000000000000000", "10"),
        ("0.000000000000000001", "0.000000000000000001"),
        ("-12", f"{MINUS}12"),
        ("123456.5", "123,456.5"),
    ],
)
def test_a_quantity_keeps_its_digits_and_loses_its_zeros(value, text):
    assert filters.quantity(D(value)) == text


def test_a_row_without_units_has_no_quantity():
    assert filters.quantity(None) == ""


def test_gains_and_losses_carry_a_sign():
    assert filters.signed(D(5), "EUR") == f"+5.00{NBSP}EUR"
    assert filters.signed(D(-5), "EUR") == f"{MINUS}5.00{NBSP}EUR"
    assert filters.signed(D(0), "EUR") == f"0.00{NBSP}EUR"


def test_the_class_of_a_gain_names_its_direction():
    values = [D(1), D(-1), D(0), None]
    assert [filters.gain_class(value) for value in values] == ["up", "down", "flat", "unknown"]


def test_an_amount_is_rounded_and_keeps_the_exact_figure_in_its_title():
    assert filters.amount(D("12.34567890"), "EUR") == (
        f'<data class="amount" value="12.34567890" title="12.3456789{NBSP}EUR">'
        f"12.35<small>{NBSP}EUR</small></data>"
    )


def test_an_amount_is_never_rounded_to_zero():
    assert ">0.00000012<" in filters.amount(D("0.00000012"))


def test_an_amount_in_coins_is_not_rounded():
    assert filters.amount(D("0.12345678"), "BTC").count("0.12345678") == 3


def test_a_gain_has_sign_and_direction():
    assert (
        filters.gain(D("3.999"))
        == '<data class="gain up" value="3.999" title="+3.999">+4.00</data>'
    )
    assert filters.gain(D("-1")) == (
        f'<data class="gain down" value="-1" title="{MINUS}1.00">{MINUS}1.00</data>'
    )


def test_a_template_escapes_the_currency():
    page = Template("{% load money %}{{ value|amount:currency }}")
    html = page.render(Context({"value": D(1), "currency": "<b>"}))
    assert "<b>" not in html


def test_numbers_follow_the_language_of_the_user(settings):
    settings.LANGUAGE_CODE = "de"
    assert filters.money(D("1234.5"), "EUR") == f"1.234,50{NBSP}EUR"
