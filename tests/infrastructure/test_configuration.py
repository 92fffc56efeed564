"""What the Compose files say, before anything is started."""

import json
import re

import pytest

from tests.infrastructure.stack import ROOT, Stack

NEEDED = {"ALLOWED_HOSTS": "portfolio.example.com"}


@pytest.fixture(params=["compose.yaml", "compose.prod.yaml"])
def stack(request):
    return Stack(ROOT, "portfolio-test-config", NEEDED, file=request.param)


def resolved(stack):
    return json.loads(stack.compose("config", "--format", "json"))


def test_the_file_is_valid_without_any_env_file(stack):
    stack.compose("--env-file", "/dev/null", "config", "--quiet")


def test_every_service_has_a_health_check_a_bounded_log_and_an_end_by_signal(stack):
    for name, service in resolved(stack)["services"].items():
        assert service["healthcheck"]["test"], name
        assert service["logging"]["options"]["max-size"] == "10m", name
        assert service.get("init") or name in ("postgres", "redis"), name


def test_every_port_listens_on_loopback_only(stack):
    services = resolved(stack)["services"].values()
    assert {p["host_ip"] for s in services for p in s.get("ports", [])} == {"127.0.0.1"}


def test_development_has_the_ports_names_and_network_of_the_epic():
    config = resolved(Stack(ROOT, "portfolio", {}))
    listed = [p for s in config["services"].values() for p in s.get("ports", [])]
    # Those of the debugger are on any free port until somebody wants it.
    ports = {p["published"] for p in listed if "published" in p}
    assert ports >= {"5432", "6379", "8000", "3003"}  # and those of debuggers
    assert config["networks"]["default"]["name"] == "portfolio-network"
    assert config["services"]["postgres"]["environment"] == {
        "POSTGRES_DB": "portfolio",
        "POSTGRES_USER": "trader",
        "POSTGRES_PASSWORD": "profits123",
        "POSTGRES_INITDB_ARGS": "--no-sync",
    }


def test_a_second_clone_under_another_name_has_a_network_and_an_image_of_its_own():
    config = resolved(Stack(ROOT, "second", {}))
    assert config["networks"]["default"]["name"] == "second-network"
    assert config["services"]["web"]["image"] == "second-dev"


def test_production_publishes_neither_database_nor_cache_and_mounts_no_source():
    services = resolved(Stack(ROOT, "portfolio-test-config", NEEDED, "compose.prod.yaml"))[
        "services"
    ]
    assert [name for name, service in services.items() if "ports" in service] == ["web"]
    volumes = {v["type"] for s in services.values() for v in s.get("volumes", [])}
    assert volumes == {"volume", "tmpfs"}


def test_production_drops_every_capability_and_bounds_the_memory():
    services = resolved(Stack(ROOT, "portfolio-test-config", NEEDED, "compose.prod.yaml"))[
        "services"
    ]
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert int(service["deploy"]["resources"]["limits"]["memory"]) > 0, name
        assert service["restart"] == "unless-stopped", name


def test_production_without_a_host_name_says_what_to_write_where():
    stack = Stack(ROOT, "portfolio-test-config", {}, "compose.prod.yaml")
    stack.compose("--env-file", "/dev/null", "config", check=False)
    assert (
        "Write ALLOWED_HOSTS=portfolio.example.com, with your own name, into .env" in stack.output
    )


def test_swarm_understands_the_same_file():
    Stack(ROOT, "portfolio", NEEDED).run("docker", "stack", "config", "-c", "compose.prod.yaml")


def test_every_variable_of_the_compose_files_is_in_the_example():
    files = [ROOT / name for name in ("compose.yaml", "compose.prod.yaml")]
    used = {name for file in files for name in re.findall(r"\$\{(\w+)", file.read_text())}
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#? ?(\w+)=", example, re.MULTILINE))
    assert used - named == set()
