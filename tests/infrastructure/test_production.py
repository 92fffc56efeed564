"""The production stack: three web and two workers that start at once on an empty database."""

import json
import re

import pytest

from tests.infrastructure.stack import eventually, get

SECURE = {"Host": "portfolio.example.com", "X_Forwarded_Proto": "https"}


@pytest.fixture
def stack(production):
    return production


def test_of_three_replicas_on_an_empty_database_one_migrates_and_none_fails(stack):
    running = [c["Service"] for c in stack.containers() if c["Health"] == "healthy"]
    assert sorted(running) == ["postgres", "redis", "web", "web", "web", "worker", "worker"]
    assert stack.compose("logs", "web").count("Applying ") == 1
    assert {stack.inspect("web", number)["RestartCount"] for number in range(3)} == {0}


def statuses(stack):
    """Of every replica, each under the port that it took."""
    taken = [stack.inspect("web", n)["NetworkSettings"]["Ports"]["8000/tcp"] for n in range(3)]
    return [get(int(ports[0]["HostPort"]), "/up/ready").status for ports in taken]


def test_every_replica_is_ready(stack):
    assert statuses(stack) == [200, 200, 200]


def test_static_files_have_hashes_last_for_ever_and_come_compressed(stack):
    page = stack.get("/welcome/", **SECURE)
    assert page.status == 200
    style = re.search(r'href="(/static/css/[^"]+\.[0-9a-f]{12}\.css)"', page.text)
    assert style, page.text
    answer = stack.get(style[1], Accept_Encoding="br", **SECURE)
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]


def test_it_runs_without_root_on_a_root_file_system_that_nobody_can_write(stack):
    for service in ("web", "worker"):
        assert stack.exec(service, "id", "-u") == "1000"
        stack.exec(service, "touch", "/app/written", check=False)
        assert "Read-only file system" in stack.output or "Permission denied" in stack.output
        stack.exec(service, "touch", "/tmp/written")  # uploads
        assert stack.inspect(service)["HostConfig"]["ReadonlyRootfs"] is True


def test_no_secret_stands_in_the_environment_of_a_container(stack):
    secret = (stack.folder / "secrets/postgres_password").read_text().strip()
    key = (stack.folder / "secrets/secret_key").read_text().strip()
    for service in ("web", "worker", "postgres"):
        environment = json.dumps(stack.inspect(service)["Config"]["Env"])
        assert secret not in environment
        assert key not in environment


def test_plain_http_is_led_to_https_except_health_checks(stack):
    answer = stack.get("/", Host="portfolio.example.com")
    assert (answer.status, answer.headers["Location"]) == (301, "https://portfolio.example.com/")
    assert stack.get("/up").status == 200


def test_another_host_name_is_refused(stack):
    assert stack.get("/", Host="evil.example.com", X_Forwarded_Proto="https").status == 400


def test_no_development_tool_is_in_the_image(stack):
    for package in ("debug_toolbar", "pytest", "watchfiles"):
        stack.exec("web", "python", "-c", f"import {package}", check=False)
        assert "ModuleNotFoundError" in stack.output
    assert stack.get("/__debug__/", **SECURE).status in (302, 404)


def test_the_image_can_dump_the_database_of_the_stack(stack):
    dumped = (
        'pg_dump --format=custom --dbname="$(cat /run/secrets/database_url)" | pg_restore --list'
    )
    assert "TABLE public transactions" in stack.exec("web", "sh", "-c", dumped)


def test_secrets_are_written_once(stack):
    before = (stack.folder / "secrets/secret_key").read_text()
    assert "is there already and stays as it is" in stack.make("secrets")
    assert (stack.folder / "secrets/secret_key").read_text() == before
    assert (stack.folder / "secrets").stat().st_mode & 0o777 == 0o700


def test_every_container_ends_in_good_order_and_soon(stack):
    stack.compose("stop")
    codes = {c["Service"]: c["ExitCode"] for c in stack.containers()}
    assert set(codes.values()) <= {0, 143}, codes
    stack.compose("start")
    eventually(lambda: statuses(stack) == [200, 200, 200], "Readiness after a start")
