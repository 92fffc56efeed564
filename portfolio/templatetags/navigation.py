"""Links that keep the rest of the page's query: main navigation, pages of a list, sorting.

Those inside a list also carry ``hx-get``; where the answer goes, the region around the list says once:
``<section id="x" hx-target:inherited="#x" hx-swap:inherited="outerMorph" hx-push-url:inherited="true">``.
"""

from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portfolio.display import as_of

register = template.Library()


@register.simple_tag(takes_context=True)
def nav_link(context: Context, name: str, label: str) -> SafeString:
    """A link that says whether the reader is on its page ("page") or somewhere below it ("true")."""
    url = reverse(name)
    request = context["request"]
    mark = current_mark(request, url, name.partition(":")[0])
    on = as_of(request)
    return format_html('<a href="{}{}"{}>{}</a>', url, f"?on={on}" if on else "", mark, label)


@register.simple_tag(takes_context=True)
def today_query(context: Context) -> str:
    """The query of the page without the past day that it is about."""
    return query_with(context["request"], on="")


@register.simple_tag(takes_context=True)
def page_link(context: Context, key: str, number: int, label: str) -> SafeString:
    """A link to another page of the list whose page stands in the parameter ``key``."""
    return linked(query_with(context["request"], **{key: str(number)}), label)


@register.simple_tag(takes_context=True)
def choice_link(context: Context, key: str, value: str, label: str) -> SafeString:
    """A link that narrows what the page shows to one value of a filter, from its first page on."""
    changes = {key: value, "page": "", "instruments": ""}
    return linked(query_with(context["request"], **changes), label)


@register.simple_tag(takes_context=True)
def sort_header(context: Context, column: str, label: str, css: str = "") -> SafeString:
    """The heading of a column that sorts by it, and the other way round when it does already.

    The context's ``sort`` is the column in force, with a minus when it descends.
    """
    sort = str(context["sort"])
    direction = {column: "ascending", f"-{column}": "descending"}.get(sort, "none")
    target = f"-{column}" if sort == column else column
    link = linked(query_with(context["request"], sort=target, page=""), label)
    return format_html(
        '<th scope="col" class="sortable {}" aria-sort="{}">{}</th>', css, direction, link
    )


def current_mark(request: HttpRequest, url: str, namespace: str) -> SafeString | str:
    match = request.resolver_match
    if request.path == url:
        return format_html(' aria-current="{}"', "page")
    # Pages for signing in share a prefix with the accounts, but belong to nobody's section.
    below = url != "/" and request.path.startswith(url) and match and match.namespace == namespace
    return format_html(' aria-current="{}"', "true") if below else ""


def query_with(request: HttpRequest, **changes: str) -> str:
    """The query of the request with some parameters changed, or removed by an empty value."""
    query = request.GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value:
            query[key] = value
    return f"?{query.urlencode()}"


def linked(query: str, label: str) -> SafeString:
    return format_html('<a href="{0}" hx-get="{0}">{1}</a>', query, label)
