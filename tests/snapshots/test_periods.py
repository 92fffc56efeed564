from datetime import date

import pytest

from snapshots.periods import Period, months_before, period

TODAY = date(2024, 3, 31)
YESTERDAY = date(2024, 3, 30)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("1m", date(2024, 2, 29)),
        ("ytd", date(2023, 12, 31)),
        ("1y", date(2023, 3, 30)),
        ("3y", date(2021, 3, 30)),
        ("all", None),
    ],
)
def test_periods_run_up_to_yesterday(name, start):
    assert period(name, TODAY) == Period(name, start, YESTERDAY)


def test_a_name_that_is_none_gives_everything():
    assert period("nonsense", TODAY) == Period("all", None, YESTERDAY)


def test_custom_days_are_kept_and_end_yesterday_at_the_latest():
    since, until = date(2024, 1, 5), date(2024, 2, 5)
    assert period("custom", TODAY, since, until) == Period("custom", since, until)
    assert period("custom", TODAY, since) == Period("custom", since, YESTERDAY)
    assert period("custom", TODAY, None, until) == Period("custom", None, until)
    assert period("custom", TODAY, since, date(2030, 1, 1)).end == YESTERDAY


def test_custom_days_in_the_wrong_order_give_everything():
    assert period("custom", TODAY, date(2024, 2, 5), date(2024, 1, 5)).name == "all"


@pytest.mark.parametrize(
    ("since", "until"),
    [(date(1, 1, 1), None), (None, date(1, 1, 1)), (date(1, 1, 1), date(1, 1, 2))],
)
def test_custom_days_before_there_were_any_rows_give_everything(since, until):
    assert period("custom", TODAY, since, until) == period("all", TODAY)


def test_on_new_years_day_the_year_so_far_is_the_last_one():
    assert period("ytd", date(2024, 1, 1)) == Period("ytd", date(2022, 12, 31), date(2023, 12, 31))


def test_a_month_without_the_day_ends_on_its_last():
    assert months_before(date(2024, 3, 31), 1) == date(2024, 2, 29)
    assert months_before(date(2024, 1, 31), 14) == date(2022, 11, 30)
