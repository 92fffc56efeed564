"""What every page may rely on: somebody is signed in, and it is known whether HTMX asks."""

from datetime import date

from django.contrib.auth.models import User
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django_htmx.middleware import HtmxDetails


class PageRequest(HttpRequest):
    """The request as LoginRequiredMiddleware and HtmxMiddleware leave it; only for annotations."""

    user: User
    htmx: HtmxDetails


# No row is older, and the calendar of dates has an end a few days of arithmetic below year 1.
EARLIEST = date(1900, 1, 1)
# Of the numbers that the database gives to rows.
MOST_DIGITS = 18


def whole_number(text: str | None) -> int:
    """The number that a link or a form carries; 0 when somebody changed it into something else."""
    text = text or ""
    is_number = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if is_number else 0


def posted(request: HttpRequest) -> QueryDict | None:
    """The data of a form that was sent, also when it is empty; None when it was only opened."""
    return request.POST if request.method == "POST" else None


def past_day(request: HttpRequest) -> date | None:
    """The past day that ``?on=YYYY-MM-DD`` asks for; None is now, as is what names no past day."""
    try:
        day = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return None
    return day if EARLIEST <= day < timezone.localdate() else None
