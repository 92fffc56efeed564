"""Pages of what is held, and the first page of all."""

from django.urls import path

from portfolio.views import effects, first_run, overview, positions

app_name = "portfolio"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("transactions/<int:pk>/effects/", effects.transaction_effects, name="transaction-effects"),
    path("positions/", positions.positions, name="positions"),
    path("positions/<int:pk>/", positions.position, name="position"),
    path("welcome/", first_run.welcome, name="first-run"),
]
