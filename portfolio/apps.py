import atexit

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class PortfolioConfig(AppConfig):
    name = "portfolio"
    verbose_name = "Positions and lots"

    def ready(self) -> None:
        # app ready: importing registers the receivers and the checks
        from portfolio import cache_table, checks, exports, kept, rates, rebuild  # noqa: F401, PLC0415
        from portfolio.observability import optional  # noqa: PLC0415

        exports.offer()
        post_migrate.connect(cache_table.create_cache_table, sender=self)
        atexit.register(close_pools)
        optional.start()


def close_pools() -> None:
    """Since Python 3.13 a pool left open keeps a command waiting for seconds after its last line."""
    for connection in connections.all(initialized_only=True):
        close = getattr(connection, "close_pool", None)
        if close:
            connection.close()
            close()
