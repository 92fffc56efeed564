"""Says how to make the first user; the entry point of the server runs it at every start."""

from django.core.management import BaseCommand

from portfolio import first_run

# Not asked of the URLs: that would import every view, at every start of a container.
PAGE = "/welcome/"


class Command(BaseCommand):
    help = "Prints where to make the first user, and the token for it. Silent once there is one."

    def handle(self, **options: object) -> None:
        if not first_run.is_open():
            return
        page = PAGE
        if first_run.needs_token():
            page += f"?token={first_run.token()}"
        self.stdout.write(f"No user yet. Make the first one at {page}")
