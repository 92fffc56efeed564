import subprocess
import sys
from pathlib import Path

import pytest

from tests.devreload.checkout import environment

ROOT = Path(__file__).resolve().parents[3]


def start(block: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A process in which the package cannot be imported, as where nobody installed it."""
    code = f"import sys; sys.modules[{block!r}] = None; import django; django.setup(); print('started')"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment() | variables,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("package", ["sentry_sdk", "opentelemetry"])
def test_without_their_variables_nothing_is_missed(package, db):
    assert start(package).stdout == "started\n"


@pytest.mark.parametrize(
    ("package", "variable"),
    [("sentry_sdk", "SENTRY_DSN"), ("opentelemetry", "OTEL_EXPORTER_OTLP_ENDPOINT")],
)
def test_a_variable_without_its_package_stops_the_start_with_a_sentence(package, variable, db):
    result = start(package, **{variable: "http://key@localhost/1"})
    assert result.returncode == 1
    assert f"{variable} is set, but" in result.stderr
    assert "requirements/optional.txt" in result.stderr
