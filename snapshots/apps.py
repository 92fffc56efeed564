from django.apps import AppConfig


class SnapshotsConfig(AppConfig):
    name = "snapshots"
    verbose_name = "Daily snapshots"

    def ready(self) -> None:
        from snapshots import exports  # noqa: PLC0415 - needs the models

        exports.offer()
