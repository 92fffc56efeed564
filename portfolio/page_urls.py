"""Pages of what is held, and the first page of all."""

from django.urls import path

from portfolio.views import effects, first_run, overview

app_name = "portfolio"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path(
        "transactions/<int:pk>/effects/", effects.transaction_effects, name="transaction-effects"
    ),
    path("welcome/", first_run.welcome, name="first-run"),
]
