from datetime import date, timedelta

import pytest
from django.contrib.sessions.backends.cache import SessionStore
from django.utils import timezone

from portfolio.display import as_of, display_currency
from tests.factories import AccountFactory


@pytest.fixture
def page(rf, alice):
    session = SessionStore()

    def opened(query=""):
        request = rf.get(f"/?{query}")
        request.user, request.session = alice, session
        return request

    return opened


def test_the_currency_of_most_accounts_is_shown_first(page, alice, bob):
    for currency in ("USD", "CHF", "CHF"):
        AccountFactory(owner=alice, currency=currency)
    for _ in range(3):
        AccountFactory(owner=bob, currency="GBP")
    assert display_currency(page()) == "CHF"


def test_of_equally_many_accounts_the_first_currency_of_the_alphabet_counts(page, alice):
    AccountFactory(owner=alice, currency="USD")
    AccountFactory(owner=alice, currency="CHF")
    assert display_currency(page()) == "CHF"


def test_without_an_account_in_money_it_is_the_euro(page, alice):
    AccountFactory(owner=alice, currency="BTC")
    assert display_currency(page()) == "EUR"


def test_a_chosen_currency_stays_for_the_session(page, django_assert_num_queries):
    assert display_currency(page("currency=usd")) == "USD"
    with django_assert_num_queries(0):
        assert display_currency(page()) == "USD"


@pytest.mark.parametrize("code", ["BTC", "XAU", "<script>", "", "EURO"])
def test_only_iso_codes_can_be_chosen(page, code):
    display_currency(page("currency=USD"))
    assert display_currency(page(f"currency={code}")) == "USD"


def test_a_past_day_can_be_asked_for(page):
    assert as_of(page("on=2024-02-29")) == date(2024, 2, 29)


@pytest.mark.parametrize(
    "text", ["", "2024-02-30", "yesterday", "31.12.2024", "\u0661", "0001-01-01"]
)
def test_what_is_no_day_is_now(page, text):
    assert as_of(page(f"on={text}")) is None


def test_today_and_the_future_are_now(page):
    today = timezone.localdate()
    assert as_of(page(f"on={today}")) is None
    assert as_of(page(f"on={today + timedelta(days=1)}")) is None
    assert as_of(page(f"on={today - timedelta(days=1)}")) == today - timedelta(days=1)
