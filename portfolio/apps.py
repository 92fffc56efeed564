from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "portfolio"
    verbose_name = "Positions and lots"

    def ready(self) -> None:
        from portfolio import checks, rebuild  # noqa: F401, PLC0415 - app ready: registers receivers
