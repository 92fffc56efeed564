"""Pages of how it did over time."""

from django.urls import path

from snapshots import views

app_name = "snapshots"

urlpatterns = [
    path("performance/", views.performance, name="performance"),
    path("performance/panel/", views.panel, name="panel"),
    path("performance/series/", views.series, name="series"),
    path("performance/changes/", views.changes, name="changes"),
]
