"""Pages of prices."""

from django.urls import path

from pricing.views import entry, prices, rates

app_name = "pricing"

urlpatterns = [
    path("prices/", prices.prices, name="prices"),
    path("prices/quarantine/", prices.quarantine, name="quarantine"),
    path("prices/rates/", rates.rates, name="rates"),
    path("prices/rates/fetch/", rates.rates_fetch, name="rates-fetch"),
    path("prices/fetch/", entry.fetch_all, name="fetch-all"),
    path("prices/<int:pk>/", prices.instrument, name="instrument"),
    path("prices/<int:pk>/settings/", entry.instrument_settings, name="settings"),
    path("prices/<int:pk>/fetch/", entry.fetch, name="fetch"),
    path("prices/<int:pk>/add/", entry.price_add, name="price-add"),
    path("prices/<int:pk>/upload/", entry.price_upload, name="price-upload"),
    path("prices/<int:pk>/splits/add/", entry.split_add, name="split-add"),
    path("prices/rows/<int:pk>/delete/", entry.price_delete, name="price-delete"),
    path("prices/rows/<int:pk>/accept/", entry.price_accept, name="price-accept"),
    path("prices/rows/<int:pk>/reject/", entry.price_reject, name="price-reject"),
    path("prices/<int:pk>/names/add/", entry.name_add, name="name-add"),
    path("prices/names/<int:pk>/delete/", entry.name_delete, name="name-delete"),
    path("prices/splits/<int:pk>/delete/", entry.split_delete, name="split-delete"),
]
