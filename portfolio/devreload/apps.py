from django.apps import AppConfig


class DevReloadConfig(AppConfig):
    name = "portfolio.devreload"
    label = "devreload"

    def ready(self) -> None:
        # app ready: importing connects the receivers
        from portfolio.devreload import changes, errors  # noqa: F401, PLC0415
