"""Asking a service: attempts, pauses, limits, and sentences when it does not work."""

import socket
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest

from pricing.providers.base import ProviderDown, ProviderError
from pricing.providers.http import Service, retry_after
from tests.pricing.service import Reply

STOOQ = Service("stooq", "Stooq")


def test_an_answer_is_returned_and_was_asked_for_once(service):
    service.answer("q", "fine")
    assert STOOQ.get("q", {"s": "aapl.us"}).text == "fine"
    (asked,) = service.asked
    assert asked.query == {"s": "aapl.us"}
    assert asked.headers["User-Agent"] == "portfolio-tracker"


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_may_pass_is_tried_again(service, status):
    service.answer("q", Reply(status=status), Reply(status=status), "fine")
    assert STOOQ.get("q").text == "fine"
    assert len(service.asked) == 3


def test_after_four_attempts_it_is_down_with_a_sentence(service):
    service.answer("q", Reply(status=503))
    with pytest.raises(ProviderDown) as failure:
        STOOQ.get("q")
    assert str(failure.value) == "Stooq is out of order (error 503)."
    assert len(service.asked) == 4


def test_each_pause_is_twice_the_one_before(service, settings):
    settings.PROVIDER_PAUSE = 0.02
    service.answer("q", Reply(status=500))
    started = time.monotonic()
    with pytest.raises(ProviderDown):
        STOOQ.get("q")
    assert time.monotonic() - started >= 0.02 + 0.04 + 0.08


def test_a_short_wait_that_the_service_asks_for_is_honoured(service):
    service.answer("q", Reply(status=429, headers=[("Retry-After", "1")]), "fine")
    started = time.monotonic()
    assert STOOQ.get("q").text == "fine"
    assert time.monotonic() - started >= 1


def test_a_long_wait_is_left_to_the_next_refresh(service):
    service.answer("q", Reply(status=429, headers=[("Retry-After", "3600")]))
    with pytest.raises(ProviderDown) as failure:
        STOOQ.get("q")
    assert str(failure.value) == "Stooq has been asked too often and asks to wait 3600 seconds."
    assert len(service.asked) == 1


def test_retry_after_is_read_as_seconds_or_as_a_date():
    assert retry_after("120") == 120
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 50 < retry_after(in_a_minute) <= 60
    past = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    assert [retry_after(header) for header in (past, "", "soon", "-5")] == [0, 0, 0, 0]


def test_a_service_that_cannot_be_reached_is_down(service, settings):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings.PROVIDER_URLS = {"stooq": f"http://127.0.0.1:{port}/"}
    with pytest.raises(
        ProviderDown, match=r"^Stooq cannot be reached \(.+\)\. Check the network\.$"
    ):
        STOOQ.get("q")


def test_a_refused_key_names_its_variable(service, settings):
    service.answer("q", Reply(status=401))
    with pytest.raises(ProviderDown, match="Check the key in TWELVEDATA_API_KEY"):
        Service("twelvedata", "Twelve Data").get("q")
    settings.PROVIDER_KEYS = {"twelvedata": ""}
    with pytest.raises(ProviderDown, match="Set TWELVEDATA_API_KEY"):
        Service("twelvedata", "Twelve Data").get("q")
    with pytest.raises(ProviderDown, match="may have blocked this machine"):
        STOOQ.get("q")
    assert len(service.asked) == 3


def test_a_request_that_the_service_does_not_want_concerns_only_itself(service):
    service.answer("q", Reply({"error": "coin not found"}, status=404))
    with pytest.raises(ProviderError) as failure:
        STOOQ.get("q")
    assert not isinstance(failure.value, ProviderDown)
    assert str(failure.value) == (
        "Stooq does not know the symbol or the days (error 404: coin not found)."
    )


def test_numbers_of_json_are_exact(service):
    service.answer("q", '{"price": 0.1000000000000000055, "count": 3}')
    assert STOOQ.json("q") == {"price": Decimal("0.1000000000000000055"), "count": 3}


def test_what_is_not_json_is_said(service):
    service.answer("q", "<html>")
    with pytest.raises(ProviderError, match="Stooq gave an answer that is not JSON"):
        STOOQ.json("q")


def test_requests_keep_the_distance_that_the_limit_demands_and_symbols_count(service, settings):
    settings.PROVIDER_LIMITS = {"stooq": 1200}
    limited = Service("stooq", "Stooq")
    service.answer("q", "fine")
    started = time.monotonic()
    limited.get("q", cost=3)
    limited.get("q")
    limited.get("q")
    assert time.monotonic() - started >= 4 * 60 / 1200
