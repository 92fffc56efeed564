"""Typing in what a broker says that an account holds."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from pricing.currencies import CURRENCIES
from pricing.forms.fields import NumberField
from pricing.models import Instrument
from pricing.requests import EARLIEST
from transactions.balances import MOST_DECIMALS
from transactions.models import Account, StatedBalance
from transactions.running_balances import written_decimals


class BalanceForm(forms.Form):
    asset = forms.CharField(
        max_length=40,
        label="Currency or ticker",
        widget=forms.TextInput({"list": "assets", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Say what the balance is of."},
    )
    day = forms.DateField(
        label="At the end of",
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        error_messages={"required": "Say on which day it was so."},
    )
    amount = NumberField(decimals=MOST_DECIMALS, label="Amount")

    def __init__(self, data: Any = None, *, account: Account, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.account = account
        self.instrument: Instrument | None = None

    def clean_asset(self) -> str:
        asset: str = self.cleaned_data["asset"].strip()
        self.instrument = self.known().filter(ticker__iexact=asset).order_by("pk").first()
        if self.instrument is not None:
            return ""
        if asset.upper() not in CURRENCIES:
            raise ValidationError(
                f"“{asset}” is neither a currency nor an instrument that {self.account.name} has "
                "transactions of."
            )
        return asset.upper()

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not EARLIEST <= day <= self.account.day_of(timezone.now()):
            raise ValidationError("The day must be one between 1900 and today.")
        return day

    def known(self) -> Any:
        """The instruments that the account has something to do with."""
        return Instrument.objects.filter(transaction__account=self.account).distinct()

    def balance(self) -> StatedBalance:
        """The statement as the form has it, not stored yet."""
        amount, zone = self.cleaned_data["amount"], ZoneInfo(self.account.time_zone)
        return StatedBalance(
            account=self.account,
            at=datetime.combine(self.cleaned_data["day"], time.max, zone),
            instrument=self.instrument,
            currency=self.cleaned_data["asset"],
            amount=amount,
            decimals=written_decimals(amount),
        )
