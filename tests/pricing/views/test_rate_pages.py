"""The page of exchange rates, and having them fetched."""

from datetime import date
from decimal import Decimal

from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from pricing.models import ExchangeRate
from pricing.tasks import fetch_rates

RATES = reverse("pricing:rates")
FETCH = reverse("pricing:rates-fetch")


def store(*rates):
    for currency, day, rate in rates:
        ExchangeRate.objects.create(currency=currency, date=day, rate=Decimal(rate), source="ecb")


def test_the_last_rate_of_each_currency_is_shown(signed_in, django_assert_num_queries):
    store(("USD", date(2026, 1, 5), "1.1"), ("USD", date(2026, 1, 6), "1.2"))
    store(("GBP", date(2026, 1, 5), "0.8"))
    signed_in.get(RATES)
    with django_assert_num_queries(3):
        response = signed_in.get(RATES)
    shown = [(one.currency, one.rate) for one in response.context["rates"]]
    assert shown == [("GBP", Decimal("0.8")), ("USD", Decimal("1.2"))]
    assert "whoever runs this installation" in response.content.decode()


def test_without_rates_the_page_says_how_to_get_them(signed_in):
    page = signed_in.get(RATES).content.decode()
    assert "No exchange rates yet" in page
    assert f'action="{FETCH}"' in page


def test_rates_are_asked_for_once_while_the_question_waits(signed_in):
    answers = [signed_in.post(FETCH, follow=True).context["messages"] for _ in range(2)]
    assert [str(one) for answer in answers for one in answer] == [
        "The rates are being fetched. They are here when you reload the page.",
        "The rates wait to be fetched already.",
    ]
    assert ProcrastinateJob.objects.filter(task_name=fetch_rates.name).count() == 1


def test_staff_may_enter_a_rate(signed_in, alice):
    alice.is_staff = True
    alice.save()
    page = signed_in.get(RATES).content.decode()
    assert reverse("admin:pricing_exchangerate_add") in page
