from django.apps import AppConfig


class SnapshotsConfig(AppConfig):
    name = "snapshots"
    verbose_name = "Daily snapshots"

    def ready(self) -> None:
        # app ready: importing registers the receivers
        from snapshots import data_health, exports, marking  # noqa: F401, PLC0415

        data_health.offer()
        exports.offer()
