"""Tokens for programs that read through the API: made, shown once, revoked."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portfolio.forms import TokenForm
from portfolio.models import ApiToken
from pricing.requests import PageRequest, posted


@require_http_methods(["GET", "POST"])
@never_cache
# A token outlives the session, so an open browser alone must not be enough to make one.
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
def tokens(request: PageRequest) -> HttpResponse:
    form = TokenForm(posted(request), request.user)
    context: dict[str, object] = {}
    if request.method == "POST" and form.is_valid():
        # Answered here and not after a redirect: the text would have to be kept until then.
        made, text = form.issue()
        context = {"made": made, "text": text}
        form = TokenForm(None, request.user)
    context |= {"form": form, "tokens": ApiToken.objects.filter(user=request.user)}
    return render(request, "portfolio/tokens.html", context)


@require_POST
def token_revoke(request: PageRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, user=request.user, pk=pk)
    token.delete()
    messages.success(request, f"The token {token.name} is revoked.")
    return redirect("portfolio:tokens")
