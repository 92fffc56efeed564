"""Keeps the cache's table with the other tables, so that `migrate` alone makes a working database."""

from django.apps import AppConfig
from django.core.management import call_command


def create_cache_table(sender: AppConfig, *, using: str, **_: object) -> None:
    """Receiver of post_migrate. Does nothing where the cache is Redis or the table exists."""
    call_command("createcachetable", database=using, verbosity=0)
