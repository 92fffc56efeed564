"""The development stack, from `make up` to its end. The tests build on each other's stack, not order."""

import os
import socket

import pytest

from tests.infrastructure.stack import Stack, eventually, free_ports


@pytest.fixture
def stack(running):
    return running


def started_at(stack):
    return stack.inspect("web")["State"]["StartedAt"]


def workers_launched(stack):
    return stack.compose("logs", "--no-log-prefix", "worker").count("Launching a worker")


def run_a_job(stack):
    """Through the queue, done by the service worker."""
    code = "from portfolio.tasks import retry_stalled_jobs as t; print(t.defer(timestamp=0))"
    stack.query("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
    job = stack.exec("web", "python", "manage.py", "shell", "--verbosity", "0", "-c", code)
    status = f"SELECT status FROM procrastinate_jobs WHERE id = {int(job)}"
    eventually(lambda: stack.query(status) == [("succeeded",)], "The job")


def test_make_up_starts_every_service_healthy_and_can_be_repeated(stack):
    printed = stack.make("up")
    assert f"http://localhost:{stack.variables['WEB_PORT']}" in printed
    assert "It has no user yet: make yours at" in printed
    states = {c["Service"]: c["Health"] for c in stack.containers()}
    assert states == dict.fromkeys(("postgres", "redis", "web", "worker"), "healthy")


def test_the_same_pages_answer_on_both_ports(stack):
    for port in ("WEB_PORT", "FRONTEND_PORT"):
        assert stack.get("/accounts/login/", port).status in (200, 302)
        assert stack.get("/up/ready", port).status == 200


def test_postgres_and_redis_are_reachable_on_their_ports(stack):
    assert stack.query("SELECT current_database(), current_user::text") == [("portfolio", "trader")]
    with socket.create_connection(("127.0.0.1", int(stack.variables["REDIS_PORT"])), 5) as redis:
        redis.sendall(b"PING\r\n")
        assert redis.recv(16) == b"+PONG\r\n"


def test_the_services_talk_to_each_other(stack):
    assert stack.get("/up/ready").text.startswith("Database, migrations, cache")
    assert (
        stack.exec("web", "python", "-c", "import redis; print(redis.Redis('redis').ping())")
        == "True"
    )
    run_a_job(stack)


def test_files_written_in_the_container_belong_to_the_owner_of_the_checkout(stack):
    stack.exec("web", "touch", "/app/written-in-the-container")
    written = stack.folder / "written-in-the-container"
    assert written.stat().st_uid == stack.folder.stat().st_uid
    written.unlink()


def test_an_edit_of_python_through_the_mount_is_answered_by_the_new_code(stack):
    health = stack.folder / "portfolio/health.py"
    before = health.read_text()
    began = started_at(stack)
    health.write_text(before.replace("The process answers.", "The edited process answers."))
    try:
        eventually(lambda: "edited" in stack.get("/up").text, "The answer of the edited code")
    finally:
        health.write_text(before)
    eventually(lambda: "edited" not in stack.get("/up").text, "The answer of the code as it was")
    assert started_at(stack) == began


def test_the_worker_runs_the_edited_code_too(stack):
    tasks = stack.folder / "portfolio/tasks.py"
    before = tasks.read_text()
    worker = stack.exec("worker", "pgrep", "-f", "procrastinate worker", check=False)
    tasks.write_text(before + "\n")
    try:
        logs = ("logs", "--no-log-prefix", "worker")
        count = stack.compose(*logs).count("Launching a worker")
        eventually(
            lambda: stack.compose(*logs).count("Launching a worker") > count or worker,
            "A new worker",
        )
    finally:
        tasks.write_text(before)
    run_a_job(stack)


def test_a_killed_redis_breaks_no_page_and_comes_back_without_a_restart_of_web(stack):
    began = started_at(stack)
    stack.compose("kill", "redis")
    # The first answers may still be those of a reload.
    eventually(lambda: stack.get("/welcome/").status == 200, "A page without redis")
    assert stack.get("/up/ready").status == 503
    stack.compose("start", "redis")
    eventually(lambda: stack.get("/up/ready").status == 200, "Readiness after redis")
    assert started_at(stack) == began


def test_a_killed_postgres_comes_back_without_a_restart_of_web_or_worker(stack):
    began = started_at(stack)
    stack.compose("kill", "postgres")
    eventually(lambda: stack.get("/up").status == 200, "The process without postgres")
    assert stack.get("/up/ready").status == 503
    stack.compose("start", "postgres")
    eventually(lambda: stack.get("/up/ready").status == 200, "Readiness after postgres")
    run_a_job(stack)
    assert started_at(stack) == began


def test_a_crashed_postgres_is_started_again_by_itself(stack):
    if os.geteuid() != 0:
        pytest.skip("only root may kill the process behind Docker's back")
    os.kill(stack.inspect("postgres")["State"]["Pid"], 9)
    eventually(lambda: stack.query("SELECT 1") == [(1,)], "PostgreSQL's return")


def test_a_taken_port_is_named_with_its_holder_and_the_variable(stack):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        other = Stack(stack.folder, f"{stack.project}-other", stack.variables | ports_but(port))
        printed = other.make("up", check=False)
    assert f"Port {port} is taken by " in printed
    assert f"(process {os.getpid()})" in printed
    assert f"make up WEB_PORT={port + 1}" in printed or "make up WEB_PORT=" in printed
    assert other.containers() == []


def ports_but(taken):
    others = map(str, free_ports(3))
    return {"WEB_PORT": str(taken)} | dict(
        zip(("FRONTEND_PORT", "POSTGRES_PORT", "REDIS_PORT"), others, strict=True)
    )


def test_data_survives_down_and_a_wrong_password_is_explained_and_data_is_gone_after_down_v(stack):
    stack.query("CREATE TABLE IF NOT EXISTS kept (what text)")
    stack.make("down")
    assert stack.containers() == []

    changed = Stack(stack.folder, stack.project, stack.variables | {"POSTGRES_PASSWORD": "another"})
    printed = changed.make("up", check=False)
    assert "refuses the password of its user trader" in printed
    assert "Set the old ones again" in printed
    assert "make clean" in printed

    stack.make("up")
    assert stack.query("SELECT count(*) FROM kept") == [(0,)]

    stack.variables["YES"] = "1"
    stack.make("clean")
    stack.make("up")
    assert stack.query("SELECT to_regclass('kept')") == [(None,)]
