"""What questions to the JSON API and its answers are made of, in every app.

A number is text with all of its digits, because most readers of JSON make doubles of numbers. What
nobody knows is null, and ``missing`` says what keeps it from being known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.shortcuts import get_object_or_404
from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from pricing.requests import PageRequest
from transactions.models import Account

__all__ = ["Answer", "Day", "Exact", "Name", "accounts_of", "answers"]

# Nobody's ledger is older, and there are days to look back from.
FIRST_YEAR = 1900


def _digits(number: Decimal) -> str:
    """Never 1E-8."""
    return f"{number:f}"


def _day(text: object) -> object:
    """ISO only: a number would be read as seconds since 1970."""
    if not isinstance(text, str):
        return text
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("write a day as YYYY-MM-DD") from error
    if day.year < FIRST_YEAR:
        raise ValueError(f"days begin with {FIRST_YEAR}")
    return day


def _storable(text: str) -> str:
    """PostgreSQL refuses to be asked for it."""
    if "\0" in text:
        raise ValueError("there is a character in it that no name has")
    return text


Exact = Annotated[Decimal, PlainSerializer(_digits, return_type=str)]
Name = Annotated[str, Field(max_length=100), AfterValidator(_storable)]
Day = Annotated[date, BeforeValidator(_day)]


class Answer(Schema):
    """An answer, or a part of one."""


class Problem(Answer):
    """Why there is no answer, as a sentence."""

    detail: str


def answers(found: Any) -> dict[int, Any]:  # noqa: ANN401 - any schema
    """What an address may answer with, for the OpenAPI schema."""
    return {200: found, **dict.fromkeys((401, 404, 422, 429), Problem)}


def accounts_of(request: PageRequest, wanted: int | None) -> Sequence[Account]:
    """The user's accounts, or the wanted one of them; somebody else's is not found."""
    owned = Account.objects.owned_by(request.user.pk)
    return list(owned) if wanted is None else [get_object_or_404(owned, pk=wanted)]
