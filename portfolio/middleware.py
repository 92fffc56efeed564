"""Security headers that Django 5.2 does not set itself, and who may call the API."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from portfolio.tokens import user_of

API = "/api/"
# In place of the pages that people get.
SENTENCES = {
    404: "There is nothing at this address.",
    500: "Something went wrong here. The log of the server has the details.",
}


class SecurityHeadersMiddleware:
    """Sends settings.SECURE_CSP, as Django 6 will by itself; to be deleted then."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        directives = settings.SECURE_CSP.items()
        self.policy = "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # Django's own debug pages live from inline styles and scripts.
        if not (settings.DEBUG and response.status_code in (404, 500)):
            response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return response


class SignInMiddleware(LoginRequiredMiddleware):
    """Sends people to the page for signing in, and tells programs that they are not let in."""

    def handle_no_permission(  # type: ignore[override] # Django only ever redirects
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if not request.path.startswith(API):
            return super().handle_no_permission(request, view_func)
        sentence = (
            "This needs a token that is valid: make one on the page “API tokens” and send it as "
            "“Authorization: Bearer TOKEN”."
        )
        headers = {"WWW-Authenticate": "Bearer"}
        return JsonResponse({"detail": sentence}, status=401, headers=headers)


class ApiMiddleware:
    """What holds for every address of the API.

    It stands in front of the limits, so that a token counts as its user, and a wrong one as the
    address it comes from.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API):
            return self.get_response(request)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        # A proxy in front may want other schemes for itself.
        if scheme.lower() == "bearer":
            # A cookie does not make up for a token that is wrong.
            request.user = user_of(token.strip()) or AnonymousUser()
        response = self.get_response(request)
        if response.status_code in SENTENCES and not _is_json(response):
            detail = {"detail": SENTENCES[response.status_code]}
            response = JsonResponse(detail, status=response.status_code)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        """Nothing is changed through the API, by whatever method and in whatever view."""
        if not request.path.startswith(API) or request.method == "GET":
            return None
        sentence = f"The API only reads; it knows GET, and no {request.method}."
        return JsonResponse({"detail": sentence}, status=405, headers={"Allow": "GET"})


def _is_json(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith("application/json")
