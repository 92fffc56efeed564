from django.apps import AppConfig


class TransactionsConfig(AppConfig):
    name = "transactions"
    verbose_name = "Accounts, imports and transactions"

    def ready(self) -> None:
        from transactions import ghostfolio  # noqa: PLC0415 - needs the models

        ghostfolio.offer()
