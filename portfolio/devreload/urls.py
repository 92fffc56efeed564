from django.urls import path

from portfolio.devreload import views

app_name = "devreload"
urlpatterns = [
    path("events", views.events, name="events"),
    path("<str:name>", views.browser, name="browser"),
]
