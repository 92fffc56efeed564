"""The root of all URLs. Other apps are named as text, so that this file imports none of them."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from portfolio import health
from portfolio.observability import metrics
from portfolio.views.first_run import sign_in

# The admin's own form knows neither rate limits nor second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("up", health.up, name="up"),
    path("up/ready", health.ready, name="up-ready"),
    path("metrics", metrics.page, name="metrics"),
    # In front of allauth's own, for an installation that has no user yet.
    path("accounts/login/", sign_in, name="account_login"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("portfolio.api_urls")),
    path("", include("portfolio.page_urls")),
    path("", include("transactions.urls")),
    path("", include("snapshots.urls")),
    path("", include("pricing.urls")),
]

if "debug_toolbar" in settings.INSTALLED_APPS:
    urlpatterns += [path("__debug__/", include("debug_toolbar.urls"))]
if "portfolio.devreload" in settings.INSTALLED_APPS:
    urlpatterns += [path("__reload__/", include("portfolio.devreload.urls"))]
