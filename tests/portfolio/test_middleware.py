from django.http import HttpResponse
from django.test import RequestFactory

from portfolio.middleware import SecurityHeadersMiddleware


def answer(status):
    middleware = SecurityHeadersMiddleware(lambda request: HttpResponse(status=status))
    return middleware(RequestFactory().get("/"))


def test_djangos_own_error_pages_keep_their_styles_in_development(settings):
    settings.DEBUG = True
    assert "Content-Security-Policy" not in answer(500).headers
    assert "Content-Security-Policy" in answer(200).headers


def test_error_pages_of_an_installation_have_the_policy(settings):
    settings.DEBUG = False
    assert answer(500).headers["Content-Security-Policy"].startswith("default-src 'self'")
