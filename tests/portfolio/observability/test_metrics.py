import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings as real

from tests.devreload.checkout import environment
from tests.factories import AccountFactory, ImportFactory

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_counts_requests_imports_and_jobs(client, alice):
    account = AccountFactory(owner=alice)
    ImportFactory(account=account, format="degiro", status="imported")
    client.get("/up")
    text = client.get("/metrics").content.decode()
    assert re.search(r'portfolio_requests_total\{method="GET",status="200",view="up"\} [1-9]', text)
    assert 'portfolio_imports{format="degiro",status="imported"} 1.0' in text
    assert re.search(r"portfolio_process_memory_bytes \d", text)
    assert "portfolio_oldest_job_seconds 0.0" in text


def test_strangers_and_those_behind_a_proxy_do_not_learn_that_the_page_exists(client, db, settings):
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    settings.METRICS_TOKEN = "long and random"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    right = {"Authorization": "Bearer long and random"}
    assert client.get("/metrics", headers=right, REMOTE_ADDR="203.0.113.9").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_workers_of_gunicorn_are_counted_together(tmp_path):
    """Each worker alone would tell only its own requests."""
    port = free_port()
    variables = environment() | {
        "DEBUG": "0",
        "HTTPS": "0",
        "ALLOWED_HOSTS": "localhost",
        "SECRET_KEY": real.SECRET_KEY,
        "WEB_CONCURRENCY": "2",
        "TMPDIR": str(tmp_path),
    }
    config = tmp_path / "gunicorn.conf.py"
    text = (ROOT / "docker/gunicorn.conf.py").read_text()
    config.write_text(text.replace("0.0.0.0:8000", f"127.0.0.1:{port}"))
    command = [sys.executable, "-m", "gunicorn", "--config", str(config), "portfolio.wsgi"]
    server = subprocess.Popen(command, cwd=ROOT, env=variables)
    try:
        wait_for(port)
        before = counted(port)
        for _ in range(30):
            get(port, "/up")
        assert counted(port) - before == 30
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.read().decode()


def counted(port: int) -> float:
    found = re.search(r'portfolio_requests_total\{.*view="up"\} (\S+)', get(port, "/metrics"))
    return float(found[1]) if found else 0.0


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            get(port, "/up")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("gunicorn did not start within a minute.")
