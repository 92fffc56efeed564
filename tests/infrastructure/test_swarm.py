"""The production file as a stack of Docker Swarm.

The last file of the folder: an engine that leaves a Swarm forgets the names of the containers that
run at that time, so that the stacks of the other tests would no longer find their own services.
"""

import subprocess
from pathlib import Path

import pytest

from tests.infrastructure.stack import eventually, get


@pytest.fixture
def stack(production):
    return production


@pytest.fixture
def swarm(stack):
    """One machine as a Swarm of its own, unless it is in one already."""
    state = stack.run("docker", "info", "--format", "{{.Swarm.LocalNodeState}}").stdout.strip()
    if state == "inactive":
        stack.run("docker", "swarm", "init", "--advertise-addr", "127.0.0.1")
    yield
    if state == "inactive":
        subprocess.run(["docker", "swarm", "leave", "--force"], check=True, capture_output=True)


def test_swarm_runs_the_same_file(stack, swarm):
    stack.compose("down", "--volumes")
    name = stack.project + "-swarm"
    port = int(stack.variables["WEB_PORT"]) + 5
    stack.variables |= {"WEB_PORTS": str(port)}
    deploy = ("docker", "stack", "deploy", "--resolve-image", "never", "--detach=true")
    stack.run(*deploy, "-c", "compose.prod.yaml", name)
    listed = ("docker", "stack", "services", name, "--format", "{{.Name}} {{.Replicas}}")

    def every_service_runs():
        lines = stack.run(*listed).stdout.splitlines()
        return len(lines) == 4 and all(line.endswith(" 1/1") for line in lines)

    try:
        eventually(every_service_runs, "Every service in Swarm", patience=180)
        container = stack.run("docker", "ps", "-q", "-f", f"name={name}_web").stdout.split()[0]
        ready = (
            "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/up/ready').status)"
        )
        assert stack.run("docker", "exec", container, "python", "-c", ready).stdout == "200\n"
        # Swarm's published ports are made by the kernel's IPVS, which not every machine has.
        if Path("/proc/net/ip_vs").exists():
            eventually(lambda: get(port, "/up/ready").status == 200, "The published port")
    finally:
        stack.run("docker", "stack", "rm", name)
        networks = ("docker", "network", "ls", "--quiet", "--filter", f"name={name}_default")
        eventually(lambda: not stack.run(*networks).stdout.strip(), "The end of the stack")
        for volume in ("postgres_data", "backups"):
            forget = ("docker", "volume", "rm", f"{name}_{volume}")
            eventually(
                lambda f=forget: stack.run(*f, check=False).returncode == 0, "The volume's end"
            )
