"""The number policy: foreign text to exact numbers, and amounts split without a remainder."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pricing.money import (
    AMOUNT_STEP,
    EXACT,
    NumberError,
    currency_in,
    decimal_mark,
    is_isin,
    major_unit,
    parse_number,
    split_pro_rata,
    to_amount,
    to_quantity,
)


def exact_sum(numbers):
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, number)
    return total


# ---- parse_number --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234.56", "1234.56"),
        ("  7 ", "7"),
        ("+5", "5"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("5-", "-5"),
        ("(5)", "-5"),
        ("($1,234.50)", "-1234.50"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1 130,13", "1130.13"),
        ("1\u00a0130,13", "1130.13"),
        ("1'234.50", "1234.50"),
        ("12,34,567.5", "1234567.5"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("1.234.567,89", "1234567.89"),
        ("1234,5", "1234.5"),
        ("1234,567", "1234.567"),
        ("0,125", "0.125"),
        (",5", "0.5"),
        ("5,", "5"),
        ("€338.92", "338.92"),
        ("-$30.93", "-30.93"),
        ("$-30.93", "-30.93"),
        ("50.00 SEK", "50.00"),
        ("€ 88,220.74", "88220.74"),
        ("12,50 Kč", "12.50"),
        ("5%", "5"),
        ('"7,5"', "7.5"),
        ("3302.6508979077133026", "3302.6508979077133026"),
        ("1e-18", "1E-18"),
        ("1,5E-7", "1.5E-7"),
        ("-1,5e3", "-1500"),
        ("99999999999999999999", "99999999999999999999"),
    ],
)
def test_number_is_read_exactly(text, expected):
    assert parse_number(text) == Decimal(expected)


@pytest.mark.parametrize("text", ["", "  ", "-", "--", "–", "—", "n/a", "N/A", "\u00a0"])
@pytest.mark.parametrize("mark", [None, ".", ","])
def test_empty_cell_is_none(text, mark):
    assert parse_number(text, mark) is None


@pytest.mark.parametrize(
    ("text", "mark", "expected"),
    [
        ("1.234", None, "1.234"),
        ("1.234", ".", "1.234"),
        ("1.234", ",", "1234"),
        ("1,234", None, "1234"),
        ("1,234", ".", "1234"),
        ("1,234", ",", "1.234"),
        # Not ambiguous, whatever the column says.
        ("0.123", ",", "0.123"),
        ("12.34", ",", "12.34"),
        ("1234.567", ",", "1234.567"),
        ("1,234.5", ",", "1234.5"),
        ("1.234,5", ".", "1234.5"),
        ("5", ",", "5"),
    ],
)
def test_only_a_lone_separator_before_three_digits_asks_the_column(text, mark, expected):
    assert parse_number(text, mark) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("abc", "“abc” is not a number"),
        ("1_000", "“1_000” is not a number"),
        ("12.34.5", "“12.34.5” is not grouped like a number"),
        ("1,23,4", "“1,23,4” is not grouped like a number"),
        (",,123", "“,,123” is not a number"),
        ("1,,234.5", "“1,,234.5” is not grouped like a number"),
        ("1.2,3.4", "“1.2,3.4” mixes decimal and thousands separators"),
        ("1,234.5,6", "“1,234.5,6” mixes decimal and thousands separators"),
        ("NaN", "“NaN” is not a number that can be stored"),
        ("sNaN", "“sNaN” is not a number that can be stored"),
        ("-Infinity", "“-Infinity” is not a number that can be stored"),
        ("100000000000000000000", "“100000000000000000000” is not a number that can be stored"),
        ("1e999", "“1e999” is not a number that can be stored"),
        ("5 apples and pears", "“5 apples and pears” is not a number"),
    ],
)
def test_what_is_no_number_is_refused_by_name(text, message):
    with pytest.raises(NumberError) as caught:
        parse_number(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("mark", [None, ","])
def test_underscores_of_python_are_no_thousands_separators(mark):
    with pytest.raises(NumberError):
        parse_number("1_000", mark)


def test_message_shows_only_the_beginning_of_junk():
    with pytest.raises(NumberError) as caught:
        parse_number("x" * 1_000_000)
    assert len(str(caught.value)) < 100


def test_negative_number_keeps_all_its_digits():
    digits = "12345678901234567890.123456789012345678"
    assert str(parse_number(f"({digits})")) == f"-{digits}"


numbers = st.decimals(
    min_value="-99999999999999999999",
    max_value="99999999999999999999",
    places=8,
    allow_nan=False,
    allow_infinity=False,
)


@given(numbers)
@example(Decimal("-0.125"))
def test_number_written_plainly_comes_back(number):
    assert parse_number(str(number)) == number
    assert parse_number(format(number, "f"), ".") == number


@given(numbers, st.sampled_from([".", ","]), st.sampled_from(["", "'", " ", "\u00a0", "other"]))
def test_number_written_in_either_decimal_style_comes_back(number, mark, thousands):
    other = "," if mark == "." else "."
    grouping = other if thousands == "other" else thousands
    written = format(number, ",f").replace(",", "G").replace(".", mark).replace("G", grouping)
    assert parse_number(written, mark) == number
    assert parse_number(f"€ {written}", mark) == number
    assert parse_number(f"{written} SEK", mark) == number


@given(st.text())
def test_any_text_is_a_number_none_or_an_error(text):
    for mark in (None, ".", ","):
        try:
            value = parse_number(text, mark)
        except NumberError:
            continue
        assert value is None or value.is_finite()


@given(
    st.from_regex(r"[0-9]{1,4}([.,][0-9]{1,4}){0,3} ?[$€A-Z]{0,5}", fullmatch=True),
    st.sampled_from([None, ".", ","]),
)
def test_the_short_way_of_common_cells_comes_to_the_same(text, mark):
    # With a plus a cell goes the long way.
    try:
        expected = parse_number(f"+{text}", mark)
    except NumberError:
        with pytest.raises(NumberError):
            parse_number(text, mark)
    else:
        assert parse_number(text, mark) == expected
        assert parse_number(f"-{text}", mark) == expected.copy_negate()


# ---- decimal_mark --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        ([], None),
        (["", "5", "-"], None),
        (["1.234", "5.678"], None),
        (["1,234", "5.6"], "."),
        (["1.234", "5,6"], ","),
        (["1.234,5"], ","),
        (["1,234.5"], "."),
        (["1.234.567"], ","),
        (["1,234,567"], "."),
        (["0,123"], ","),
        (["€0.123"], "."),
        (["1.5", "2,5"], None),
        (["-1,5 EUR", "2,5", "1.5"], ","),
    ],
)
def test_column_tells_its_decimal_mark_by_its_unambiguous_cells(cells, mark):
    assert decimal_mark(cells) == mark


@given(st.lists(numbers, min_size=1), st.sampled_from([".", ","]))
def test_column_written_in_one_style_never_tells_the_other(values, mark):
    cells = [
        str(value.quantize(Decimal("0.01"), context=EXACT)).replace(".", mark) for value in values
    ]
    assert decimal_mark(cells) == mark


# ---- currencies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("€5", "EUR"),
        ("-$30.93", "USD"),
        ("5.00 SEK", "SEK"),
        ("5.00 sek", "SEK"),
        ("10 zł", "PLN"),
        ("5", ""),
        ("", ""),
        ("5 units", ""),
        ("5 a1b", ""),
        ("5 äöü", ""),
    ],
)
def test_currency_in_a_cell_is_its_sign_or_code(text, currency):
    assert currency_in(text) == currency


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("GBX", ("GBP", Decimal("0.01"))),
        ("GBp", ("GBP", Decimal("0.01"))),
        ("ZAc", ("ZAR", Decimal("0.01"))),
        ("ILA", ("ILS", Decimal("0.01"))),
        ("GBP", ("GBP", Decimal(1))),
        ("", ("", Decimal(1))),
    ],
)
def test_minor_unit_gives_the_currency_and_its_hundredth(code, expected):
    assert major_unit(code) == expected


# ---- rounding and splitting ----------------------------------------------------------------------


def test_amounts_hold_8_decimals_and_round_half_to_even():
    assert str(to_amount(Decimal("1.000000005"))) == "1.00000000"
    assert str(to_amount(Decimal("1.000000015"))) == "1.00000002"
    assert str(to_amount(Decimal("99999999999999999999.5"))) == "99999999999999999999.50000000"


def test_quantities_hold_18_decimals_and_round_half_to_even():
    assert str(to_quantity(Decimal("1.0000000000000000005"))) == "1.000000000000000000"
    assert to_quantity(Decimal("1e-18")) == Decimal("1e-18")


def test_split_gives_the_remainder_to_the_last_part():
    parts = split_pro_rata(Decimal(100), [Decimal(1)] * 3)
    assert [str(part) for part in parts] == ["33.33333333", "33.33333333", "33.33333334"]


def test_split_over_one_weight_is_the_whole():
    assert split_pro_rata(Decimal("0.1"), [Decimal(7)]) == [Decimal("0.1")]


weights = st.lists(
    st.decimals(min_value="1e-18", max_value="99999999999999999999", places=18),
    min_size=1,
    max_size=30,
)


@given(numbers, weights)
def test_split_adds_up_to_the_last_digit(total, weights):
    parts = split_pro_rata(total, weights)
    assert len(parts) == len(weights)
    assert exact_sum(parts) == total


@given(numbers, weights)
def test_split_parts_are_proportional_up_to_a_rounding_step(total, weights):
    whole = exact_sum(weights)
    for part, weight in zip(split_pro_rata(total, weights), weights, strict=True):
        ideal = EXACT.divide(EXACT.multiply(total, weight), whole)
        assert abs(EXACT.subtract(part, ideal)) <= AMOUNT_STEP * len(weights)


# ---- is_isin -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "isin", ["US0378331005", "DE0005190003", "LU0090865873", "IE00B4L5Y983", "CA13780R1091"]
)
def test_real_isin_is_one(isin):
    assert is_isin(isin)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "US0378331006",
        "us0378331005",
        "US037833100",
        "US03783310055",
        "037833100",
        "AAPL",
        "US037833100X",
    ],
)
def test_anything_else_is_not(text):
    assert not is_isin(text)


@given(st.from_regex(r"[A-Z]{2}[A-Z0-9]{9}", fullmatch=True))
def test_exactly_one_check_digit_fits(body):
    assert sum(is_isin(f"{body}{digit}") for digit in range(10)) == 1


@given(st.from_regex(r"[A-Z]{2}[0-9]{9}", fullmatch=True), st.integers(2, 10), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(body, place, step):
    isin = next(f"{body}{digit}" for digit in range(10) if is_isin(f"{body}{digit}"))
    wrong = str((int(isin[place]) + step) % 10)
    assert not is_isin(f"{isin[:place]}{wrong}{isin[place + 1 :]}")
