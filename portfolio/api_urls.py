"""The JSON API. Each app describes its own part; all are named as text, so that none is imported here."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.security import HttpBearer

from pricing.requests import PageRequest


class SignedIn(HttpBearer):
    """Tells the schema that there are tokens; portfolio.middleware has looked at this one already."""

    def __call__(self, request: HttpRequest) -> User | None:
        return request.user if request.user.is_authenticated else None

    def authenticate(self, request: HttpRequest, token: str) -> None:
        raise AssertionError


api = NinjaAPI(
    title="Portfolio",
    version="1",
    description="Reads what the pages show. Numbers are text with all digits; null is unknown.",
    urls_namespace="api",
    auth=SignedIn(),
)
for app in ("transactions", "portfolio", "snapshots"):
    api.add_router("", f"{app}.api.router")

app_name = "api"
urlpatterns = api.urls[0]


@api.exception_handler(Http404)
def not_found(request: PageRequest, error: Http404) -> HttpResponse:
    """No word about whether it is somebody else's."""
    return api.create_response(request, {"detail": "You have no such thing."}, status=404)


@api.exception_handler(ValidationError)
def not_understood(request: PageRequest, error: ValidationError) -> HttpResponse:
    said = []
    for one in error.errors:
        name, sentence = one["loc"][-1], one["msg"].removeprefix("Value error, ")
        # What two parameters make wrong together is under the name of all of them.
        said.append(f"{sentence}." if name == "asked" else f"{name}: {sentence}.")
    return api.create_response(request, {"detail": " ".join(said)}, status=422)
