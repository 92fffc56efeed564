"""Dates of files are read as strptime reads them, which takes too long for a million rows."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.readers import parse_instant

FORMATS = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y", "%d-%m-%Y", "%Y%m%d")


def strptime(text, pattern):
    try:
        return datetime.strptime(text, pattern)  # noqa: DTZ007
    except ValueError:
        return None


@pytest.mark.parametrize("pattern", FORMATS)
@given(when=st.datetimes(min_value=datetime(1000, 1, 1)))  # noqa: DTZ001
def test_what_strftime_writes_is_read_back(pattern, when):
    text = when.strftime(pattern)

    assert parse_instant(text, pattern) == strptime(text, pattern)


@pytest.mark.parametrize("pattern", FORMATS)
@given(
    text=st.from_regex(r"\A\d{1,2}[./-]\d{1,2}[./-]\d{2,5}( {1,2}\d{1,2}:\d{1,2}(:\d{1,2})?)?\Z")
)
def test_what_is_only_nearly_a_date_is_read_as_strptime_does(pattern, text):
    expected = strptime(text, pattern)

    if expected is None:
        with pytest.raises(ValueError, match="is not a date"):
            parse_instant(text, pattern)
    else:
        assert parse_instant(text, pattern) == expected


def test_the_first_format_that_fits_reads():
    assert parse_instant("01/02/2024", "%d/%m/%Y", "%m/%d/%Y").month == 2
    assert parse_instant("01/31/2024", "%d/%m/%Y", "%m/%d/%Y").month == 1


def test_iso_8601_needs_no_format():
    assert parse_instant("2024-01-05T10:11:12Z") == datetime(2024, 1, 5, 10, 11, 12, tzinfo=UTC)
