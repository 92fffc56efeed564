"""The list of prices, one instrument's page, and the quarantine: what they show, to whom, how dear."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from pricing.listing import points
from pricing.models import Instrument, PriceHistory, Split
from tests.factories import AccountFactory, InstrumentFactory, ledger

pytestmark = pytest.mark.django_db

TODAY = date(2026, 5, 20)
LIST, QUEUE = reverse("pricing:prices"), reverse("pricing:quarantine")


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(datetime(2026, 5, 20, 12, tzinfo=UTC), tick=False):
        yield


def price(ticker, days_ago, close, **fields):
    fields = {"source": "stooq", "currency": "EUR"} | fields
    return PriceHistory.objects.create(
        instrument=Instrument.objects.get(ticker=ticker),
        date=TODAY - timedelta(days=days_ago),
        close_price=Decimal(close),
        **fields,
    )


def page_of(ticker):
    return reverse("pricing:instrument", args=[Instrument.objects.get(ticker=ticker).pk])


def listed(response):
    return [line.instrument.ticker for line in response.context["page"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["AAA", "BTC", "CCC"]),
        ("show=held", ["AAA", "BTC"]),
        ("show=stale", ["BTC"]),
        ("show=missing", []),
        ("show=quarantined", ["AAA"]),
        ("show=failed", ["CCC"]),
        ("show=nonsense&page=99", ["AAA", "BTC", "CCC"]),
        ("search=alpha", ["AAA"]),
        ("search=us0378", ["AAA"]),
        ("search=b&show=held", ["BTC"]),
        ("search=nothing", []),
    ],
)
def test_the_list_can_be_narrowed(signed_in, broker, query, found):
    price("AAA", 3, 5)
    price("AAA", 1, 500, quarantine="It jumps.")
    price("BTC", 3, 30)
    price("CCC", 90, 8)
    Instrument.objects.filter(ticker="CCC").update(price_error="It is gone.")
    assert listed(signed_in.get(f"{LIST}?{query}")) == found


def test_a_line_says_price_day_source_and_how_old_it_is(signed_in, broker):
    price("AAA", 3, "5.125")
    price("BTC", 3, 30, source="manual")
    page = signed_in.get(LIST).content.decode()
    assert "5.125\u00a0EUR" in page
    assert "17 May 2026" in page
    assert page.count("stale, 3 days old") == 1
    assert "manual" in page
    # CCC is not held any more: that it has no price is no problem.
    assert "not held" in page
    assert page.count('class="unknown"') == 0


def test_what_is_held_without_a_price_is_unknown_with_a_link_to_the_fix(signed_in, broker):
    response = signed_in.get(f"{LIST}?show=missing")
    assert listed(response) == ["AAA", "BTC"]
    pk = Instrument.objects.get(ticker="AAA").pk
    assert f'<a class="unknown" href="/prices/{pk}/add/">unknown</a>' in response.content.decode()


def test_why_the_last_refresh_failed_is_on_the_list_and_on_the_page(signed_in, broker):
    Instrument.objects.filter(ticker="AAA").update(
        provider="stooq", provider_symbol="aaa.us", price_error="Stooq is out of order."
    )
    assert "Stooq is out of order." in signed_in.get(LIST).content.decode()
    page = signed_in.get(page_of("AAA")).content.decode()
    assert "The last refresh failed: Stooq is out of order." in page


def test_the_page_of_an_instrument_has_the_history_of_all_sources(signed_in, broker):
    price("AAA", 2, 5)
    price("AAA", 2, 6, source="manual")
    price("AAA", 1, 700, quarantine="About 100 times.")
    price("AAA", 400, 1, adjusted_for_splits=True)
    response = signed_in.get(page_of("AAA"))
    shown = [(row.date, row.source) for row in response.context["page"]]
    assert shown == [
        (date(2026, 5, 19), "stooq"),
        (date(2026, 5, 18), "manual"),
        (date(2026, 5, 18), "stooq"),
        (date(2025, 4, 15), "stooq"),
    ]
    assert response.context["line"].close.price == 6
    page = response.content.decode()
    assert "About 100 times." in page
    assert page.count("/delete/") == 1
    assert page.count("/accept/") == page.count("/reject/") == 1
    assert "adjusted for splits until 20 May 2026" in page


def test_a_part_of_the_page_is_answered_to_htmx(signed_in, broker):
    part = signed_in.get(page_of("AAA"), headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<section")
    assert "<html" not in part
    part = signed_in.get(LIST, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<section id="instruments"')


def test_the_picture_is_in_units_of_today(signed_in, broker):
    instrument = Instrument.objects.get(ticker="AAA")
    price("AAA", 10, 400)
    price("AAA", 0, 110)
    Split.objects.create(
        instrument=instrument,
        date=TODAY - timedelta(days=5),
        numerator=4,
        denominator=1,
        source="manual",
    )
    chart = signed_in.get(page_of("AAA")).context["chart"]
    assert (chart.low, chart.high) == (100, 110)
    assert chart.points == "0,200 1000,0"


def test_one_price_makes_no_picture(signed_in, broker):
    price("AAA", 1, 400)
    assert signed_in.get(page_of("AAA")).context["chart"] is None


def test_the_points_of_the_picture_fill_its_box():
    days = [TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=4)]
    assert points(days, [Decimal(1), Decimal(3), Decimal(2)]) == "0,200 250,0 1000,100"
    assert points(days, [Decimal(5)] * 3) == "0,100 250,100 1000,100"


def test_a_split_of_the_ledger_that_is_not_known_here_is_pointed_at(signed_in, broker):
    ledger(broker, "2026-03-02 SPLIT 30 AAA")
    notice = "Your ledger has a split on 2 March 2026 that is not known here"
    response = signed_in.get(page_of("AAA"))
    assert notice in response.content.decode()
    assert "/splits/add/?day=2026-03-02" in response.content.decode()
    Split.objects.create(
        instrument=Instrument.objects.get(ticker="AAA"),
        date=date(2026, 2, 27),
        numerator=4,
        denominator=1,
        source="manual",
    )
    assert notice not in signed_in.get(page_of("AAA")).content.decode()


def test_the_queue_has_what_waits_of_ones_own_instruments(signed_in, broker, bob):
    ledger(AccountFactory(owner=bob), "2026-01-05 BUY 1 BOBS @ 1")
    price("AAA", 1, 500, quarantine="It jumps.")
    price("BOBS", 1, 500, quarantine="It jumps.")
    assert [row.instrument.ticker for row in signed_in.get(QUEUE).context["page"]] == ["AAA"]
    PriceHistory.objects.all().delete()
    assert "Nothing waits" in signed_in.get(QUEUE).content.decode()


def test_who_has_no_ledger_is_told_to_import(signed_in):
    assert "Import files" in signed_in.get(LIST).content.decode()


@pytest.mark.parametrize("path", [LIST, QUEUE, "one"])
def test_the_number_of_queries_does_not_grow(
    signed_in, broker, django_assert_max_num_queries, path
):
    path = page_of("AAA") if path == "one" else path
    price("AAA", 0, 5)
    price("AAA", 1, 5)
    price("AAA", 2, 500, quarantine="It jumps.")
    with django_assert_max_num_queries(13) as few:
        signed_in.get(path)
    for number in range(3):
        InstrumentFactory(ticker=f"T{number}")
        ledger(broker, f"2026-01-05 BUY 1 T{number} @ 1")
        price(f"T{number}", 1, 5)
        price(f"T{number}", 2, 500, quarantine="It jumps.")
        price("AAA", 3 + number, 5)
    with django_assert_max_num_queries(len(few)):
        signed_in.get(path)
