"""Exchange rates: which file is asked, and that only new and changed rates are written."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pricing.models import ExchangeRate
from pricing.providers.ecb import DailyRate
from pricing.refresh import refresh_rates
from pricing.signals import rates_changed
from pricing.writing import StoredRates, store_rates
from tests.pricing.service import Reply

pytestmark = pytest.mark.django_db

DAILY, NINETY, ALL = "eurofxref-daily.xml", "eurofxref-hist-90d.xml", "eurofxref-hist.zip"
THURSDAY = datetime(2026, 11, 26, 18, tzinfo=UTC)
SPACE = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref"


@pytest.fixture
def told():
    seen = []

    def note(since, **_):
        seen.append(since)

    rates_changed.connect(note)
    yield seen
    rates_changed.disconnect(note)


def november(day):
    return date(2026, 11, day)


def xml(**days):
    cubes = "".join(
        f'<Cube time="{november(int(day[1:]))}"><Cube currency="USD" rate="{rate}"/></Cube>'
        for day, rate in days.items()
    )
    return f'<x xmlns="{SPACE}"><Cube>{cubes}</Cube></x>'


def history(*lines):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("eurofxref-hist.csv", "\n".join(["Date,USD,HRK,", *lines]))
    return buffer.getvalue()


def known(day, rate="1.05", source="ecb", currency="USD"):
    ExchangeRate.objects.create(currency=currency, date=day, rate=Decimal(rate), source=source)


def asked(service):
    return [one.path for one in service.asked]


def test_the_first_time_all_of_history_is_fetched(service, told):
    service.answer(ALL, history("2026-11-25,1.05,N/A", "2022-12-30,1.06,7.5365"))
    outcome = refresh_rates(THURSDAY)
    assert outcome.stored[:3] == (3, 0, 0)
    assert outcome.error == ""
    assert told == [{"USD": date(2022, 12, 30), "HRK": date(2022, 12, 30)}]
    assert asked(service) == [ALL]


@pytest.mark.parametrize(
    ("last", "path"),
    [
        (november(26), DAILY),
        (november(25), DAILY),
        (november(24), NINETY),
        (date(2026, 9, 10), NINETY),
        (date(2026, 8, 1), ALL),
    ],
)
def test_the_smallest_file_that_leaves_no_gap_is_asked(service, last, path):
    known(last)
    for name in (DAILY, NINETY):
        service.answer(name, xml(d26="1.07"))
    service.answer(ALL, history("2026-11-26,1.07,N/A"))
    refresh_rates(THURSDAY)
    assert asked(service) == [path]


def test_on_monday_the_daily_file_follows_upon_friday(service):
    known(november(20))
    service.answer(DAILY, xml(d23="1.07"))
    refresh_rates(datetime(2026, 11, 23, 18, tzinfo=UTC))
    assert asked(service) == [DAILY]


def test_the_full_comparison_is_made_when_it_is_wanted(service):
    known(november(26))
    service.answer(ALL, history("2026-11-26,1.05,N/A"))
    assert refresh_rates(THURSDAY, full=True).stored == StoredRates(0, 0, 1, {})
    assert asked(service) == [ALL]


def test_a_failure_writes_nothing_and_says_why(service, told):
    known(november(25))
    service.answer(DAILY, Reply(status=503))
    outcome = refresh_rates(THURSDAY)
    assert outcome.error == "The European Central Bank is out of order (error 503)."
    assert ExchangeRate.objects.count() == 1
    assert told == []


def test_only_what_is_new_or_differs_is_written(told):
    known(november(24), "1.04")
    known(november(25), "1.05")
    untouched = ExchangeRate.objects.get(date=november(24)).created_at
    rates = [
        DailyRate(november(24), "USD", Decimal("1.04")),
        DailyRate(november(25), "USD", Decimal("1.055")),
        DailyRate(november(26), "USD", Decimal("1.06")),
        DailyRate(november(26), "GBP", Decimal("0.85")),
    ]
    assert store_rates(rates, "ecb", THURSDAY) == StoredRates(
        2, 1, 1, {"USD": november(25), "GBP": november(26)}
    )
    assert told == [{"USD": november(25), "GBP": november(26)}]
    found = dict(ExchangeRate.objects.filter(currency="USD").values_list("date__day", "rate"))
    assert found == {24: Decimal("1.04"), 25: Decimal("1.055"), 26: Decimal("1.06")}
    assert ExchangeRate.objects.get(date=november(24)).created_at == untouched


def test_a_rate_from_a_file_replaces_any_other_and_stays(told):
    known(november(25), "1.05")
    mine = [DailyRate(november(25), "USD", Decimal("1.2"))]
    assert store_rates(mine, "imported", THURSDAY)[:3] == (0, 1, 0)
    theirs = [DailyRate(november(25), "USD", Decimal("1.05"))]
    assert store_rates(theirs, "ecb", THURSDAY)[:3] == (0, 0, 1)
    assert ExchangeRate.objects.get().rate == Decimal("1.2")


def test_no_rates_are_no_change(told):
    assert store_rates([], "ecb", THURSDAY) == StoredRates(0, 0, 0, {})
    assert told == []
