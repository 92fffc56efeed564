"""In which currency and as of which day an answer is told.

Unlike pages, the API remembers nothing between two questions, and refuses what a page passes over.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.utils import timezone
from ninja import Schema
from pydantic import AfterValidator, Field

from portfolio.display import usual_currency
from pricing.currencies import is_money
from pricing.requests import PageRequest
from transactions.answers import Day

ABOUT_CURRENCY = "ISO code; the currency of most accounts if left out."
ABOUT_ON = "As of the end of this day; as of now if left out."


def _currency(code: str) -> str:
    if not is_money(code.upper()):
        raise ValueError(f"“{code}” is not the code of a currency")
    return code.upper()


def _not_ahead(day: date) -> date:
    if day > timezone.localdate():
        raise ValueError("that day is yet to come")
    return day


Currency = Annotated[str, AfterValidator(_currency)]
PastDay = Annotated[Day, AfterValidator(_not_ahead)]


class AsOf(Schema):
    on: PastDay | None = Field(None, description=ABOUT_ON)

    @property
    def past(self) -> date | None:
        """Today is now, and not a day to compute anew."""
        return None if self.on == timezone.localdate() else self.on

    @property
    def day(self) -> date:
        """The day itself, or today."""
        return self.on or timezone.localdate()


class Question(AsOf):
    currency: Currency | None = Field(None, description=ABOUT_CURRENCY)


def currency_of(request: PageRequest, chosen: str | None) -> str:
    return chosen or usual_currency(request.user.pk)
