"""Signing in, and before that, once, making somebody who can."""

from allauth.account.views import login as allauth_login
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from portfolio import first_run
from portfolio.forms import FirstRunForm

PASSWORD_LOGIN = "django.contrib.auth.backends.ModelBackend"  # noqa: S105 - a class
TOO_MANY_REQUESTS = 429


@login_not_required
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Where nobody can sign in yet, the first user is made."""
    if first_run.is_open():
        return redirect("portfolio:first-run")
    response: HttpResponseBase = allauth_login(request)
    return response


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    if not first_run.is_open():
        return redirect("account_login")
    form = FirstRunForm(request.POST or None, initial={"token": request.GET.get("token", "")})
    # The rate of sign-ups also limits how fast somebody can guess the token.
    if request.method == "POST" and not ratelimit.consume(request, action="signup"):
        return render(request, "429.html", status=TOO_MANY_REQUESTS)
    if form.is_valid():
        return enter(request, form)
    return render(request, "portfolio/welcome.html", {"form": form})


def enter(request: HttpRequest, form: FirstRunForm) -> HttpResponse:
    try:
        user = form.save()
    except first_run.AlreadySetUpError:
        messages.error(request, "Somebody else has just set up this installation.")
        return redirect("account_login")
    login(request, user, backend=PASSWORD_LOGIN)
    return redirect("portfolio:overview")
