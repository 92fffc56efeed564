import io
import json
import logging

import pytest
from structlog.stdlib import ProcessorFormatter

from portfolio.observability import logs


@pytest.fixture
def lines():
    """What production would write."""
    config = logs.formatter(readable=False)
    config.pop("()")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ProcessorFormatter(**config))
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


def access(lines):
    return [line for line in lines() if line["event"] == "request"]


def test_a_request_leaves_one_line_with_its_id_user_time_and_queries(client, alice, lines):
    client.force_login(alice)
    response = client.get("/broker-accounts/?secret=1")
    [line] = access(lines)
    assert line["user_id"] == alice.pk
    assert line["request_id"] == response["X-Request-ID"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/broker-accounts/", 200)
    assert line["queries"] > 0
    assert 0 < line["db_ms"] <= line["ms"]
    assert f'desc="{line["queries"]} queries"' in response["Server-Timing"]


def test_lines_of_libraries_carry_the_same_id(client, alice, lines, settings):
    client.force_login(alice)
    settings.SLOW_QUERY_MS = 0
    response = client.get("/broker-accounts/")
    slow = [line for line in lines() if line["event"] == "slow query"]
    assert {line["request_id"] for line in slow} == {response["X-Request-ID"]}


def test_a_slow_query_is_logged_without_what_was_asked_for(client, alice, lines, settings):
    client.force_login(alice)
    settings.SLOW_QUERY_MS = 0
    client.get("/transactions/?search=topsecret")
    slow = [line for line in lines() if line["event"] == "slow query"]
    assert slow
    assert "%s" in "".join(line["sql"] for line in slow)
    assert "topsecret" not in json.dumps(lines())


def test_a_traceback_in_json_shows_no_values_of_variables(lines):
    private = "seventy thousand"
    try:
        int(private[:0])
    except ValueError:
        logging.getLogger("test").exception("It failed.")
    text = json.dumps(lines())
    assert "ValueError" in text
    assert private not in text


def test_a_strangers_request_id_is_not_believed_and_a_proxys_is(client, db, settings):
    headers = {"X-Request-ID": "abcdef123456"}
    assert client.get("/up", headers=headers)["X-Request-ID"] != "abcdef123456"
    settings.TRUSTED_PROXIES = 1
    assert client.get("/up", headers=headers)["X-Request-ID"] == "abcdef123456"
    assert "\n" not in client.get("/up", headers={"X-Request-ID": "a\nb"})["X-Request-ID"]


def test_health_checks_ask_nothing_and_stay_out_of_the_log(
    client, lines, django_assert_num_queries, db
):
    with django_assert_num_queries(0):
        client.get("/up")
    assert access(lines) == []
