"""The European Central Bank's files: gaps, currencies that ended, and archives that are none."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest

from pricing.providers import ecb
from pricing.providers.base import ProviderError
from pricing.providers.ecb import DailyRate

XML = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
<Cube>{}</Cube>
</gesmes:Envelope>"""
DAY = "<Cube time='{}'>{}</Cube>"
USD = "<Cube currency='USD' rate='{}'/>"
TABLE = (
    "Date,USD,JPY,HRK,ISK,\n"
    "2026-11-25,1.0512,160.4,N/A,145.1,\n"
    "2022-12-30,1.0666,140.66,7.5365,N/A,\n"
    "2008-12-10,1.2923,119.27,7.1815,290.0,\n"
)


def zipped(text, name="eurofxref-hist.csv"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


def test_the_daily_file_has_the_rates_of_one_day(service):
    rates = USD.format("1.0512") + "<Cube currency='JPY' rate='160.4'/>"
    service.answer("eurofxref-daily.xml", XML.format(DAY.format("2026-11-25", rates)))
    assert ecb.latest() == [
        DailyRate(date(2026, 11, 25), "USD", Decimal("1.0512")),
        DailyRate(date(2026, 11, 25), "JPY", Decimal("160.4")),
    ]


def test_the_file_of_ninety_days_has_several(service):
    days = DAY.format("2026-11-25", USD.format("1.05")) + DAY.format(
        "2026-11-24", USD.format("1.06")
    )
    service.answer("eurofxref-hist-90d.xml", XML.format(days))
    assert [(one.day.day, one.rate) for one in ecb.ninety_days()] == [
        (25, Decimal("1.05")),
        (24, Decimal("1.06")),
    ]


def test_gaps_and_ended_currencies_have_no_rate_on_that_day(service):
    service.answer("eurofxref-hist.zip", zipped(TABLE))
    found = ecb.history()
    assert len(found) == 10
    assert [(one.day.year, one.rate) for one in found if one.currency == "HRK"] == [
        (2022, Decimal("7.5365")),
        (2008, Decimal("7.1815")),
    ]
    assert [one.day.year for one in found if one.currency == "ISK"] == [2026, 2008]


@pytest.mark.parametrize(
    "content",
    [
        b"<html>",
        zipped("Tag;Kurs\n"),
        zipped("Date,USD\n2026-11-25,one\n"),
        zipped(""),
        zipped("Date,USD\n25/11/2026,1.05\n"),
    ],
)
def test_what_is_no_history_is_a_sentence_and_no_rate(service, content):
    service.answer("eurofxref-hist.zip", content)
    with pytest.raises(ProviderError, match="The European Central Bank answered in an unexpected"):
        ecb.history()


def test_an_archive_that_would_fill_the_memory_is_not_opened(service, monkeypatch):
    monkeypatch.setattr(ecb, "LARGEST_HISTORY", 100)
    service.answer("eurofxref-hist.zip", zipped("Date,USD\n" + "x" * 200))
    with pytest.raises(ProviderError, match="the archive is too large"):
        ecb.history()


def test_xml_that_declares_entities_is_refused(service):
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "a">]><x>&a;</x>'
    service.answer("eurofxref-daily.xml", bomb)
    with pytest.raises(ProviderError, match="unexpected form"):
        ecb.latest()


def test_a_web_page_in_place_of_the_daily_file_is_refused(service):
    service.answer("eurofxref-daily.xml", "<!doctype html><p>maintenance")
    with pytest.raises(ProviderError, match="unexpected form"):
        ecb.latest()
