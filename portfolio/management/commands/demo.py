"""Sets up something to look at: a user and the sample files of demo/, imported like any others."""

import socket
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError, call_command

SAMPLES = settings.BASE_DIR / "demo"
# Below it: what things were worth, so that there are values without any network.
MARKET = "market"
NAME = PASSWORD = "demo"  # noqa: S105 - shown to whoever may run this, and served to this machine only


class Command(BaseCommand):
    help = "Creates the user demo and imports the sample files. Running it again adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="where the server will be started next")

    def handle(self, *, port: int | None, **options: object) -> None:
        if not settings.LOCAL:
            raise CommandError(
                "The demo makes a user with a known password, so it runs only on your own machine: "
                "unset DATABASE_URL, or set DEBUG=1."
            )
        if port:
            require_free(port)
        user = demo_user()
        files = sorted(path for path in SAMPLES.rglob("*") if is_sample(path))
        # Splits before prices, which without them would look like jumps.
        market = sorted((SAMPLES / MARKET).glob("*.csv"), reverse=True)
        if files:
            call_command("import_transactions", *map(str, files), user=NAME, stdout=self.stdout)
        if market:
            call_command("import_prices", *map(str, market), stdout=self.stdout)
        if files:
            call_command("positions", stdout=self.stdout)
        self.stdout.write(sign_in(user, port))


def is_sample(path: Path) -> bool:
    if path.parent.name == MARKET:
        return False
    return path.is_file() and path.suffix != ".md" and not path.name.startswith(".")


def demo_user() -> User:
    """An administrator, so that the admin is part of what can be looked at."""
    user, created = User.objects.get_or_create(
        username=NAME,
        defaults={"email": "demo@example.com", "is_staff": True, "is_superuser": True},
    )
    if created:
        user.set_password(PASSWORD)
        user.save()
    return user


def sign_in(user: User, port: int | None) -> str:
    password = PASSWORD if user.check_password(PASSWORD) else "(the one that you gave it)"
    where = f"http://localhost:{port}" if port else "the pages"
    return f"\nSign in at {where} as {NAME}, password {password}\n"


def require_free(port: int) -> None:
    with socket.socket(socket.AF_INET) as probe:
        # As the server will: a port in the last moments of an old connection counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}){listener(port)}. "
                f"Choose another: make demo PORT={port + 1}"
            ) from error


def listener(port: int) -> str:
    """Who has the port, as far as this user may know."""
    import psutil  # noqa: PLC0415 - optional dependency: comes with the embedded PostgreSQL

    try:
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.pid:
                return (
                    f": process {connection.pid} ({psutil.Process(connection.pid).name()}) has it"
                )
    except psutil.Error:
        return ""
    return ""
