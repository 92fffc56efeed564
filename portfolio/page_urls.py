"""Pages of what is held, and the first page of all."""

from django.urls import path

from portfolio.views import (
    data_health,
    effects,
    first_run,
    gains,
    income,
    overview,
    positions,
    reconcile,
    tokens,
)

app_name = "portfolio"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("transactions/<int:pk>/effects/", effects.transaction_effects, name="transaction-effects"),
    path("positions/", positions.positions, name="positions"),
    path("positions/<int:pk>/", positions.position, name="position"),
    path("income/", income.income, name="income"),
    path("income/file/", income.income_file, name="income-file"),
    path("gains/", gains.gains, name="gains"),
    path("gains/file/", gains.gains_file, name="gains-file"),
    path("gains/<int:pk>/", gains.gain, name="gain"),
    path("reconcile/", reconcile.reconcile, name="reconcile"),
    path("data-health/", data_health.data_health, name="data-health"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("welcome/", first_run.welcome, name="first-run"),
]
