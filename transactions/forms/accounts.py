"""Adding and changing accounts."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from pricing.forms.fields import CurrencyField
from transactions.models import Account


class AccountForm(forms.ModelForm):  # type: ignore[type-arg] # not generic when it runs
    currency = CurrencyField(help_text="Cost, gains and cash of this account are shown in it.")

    class Meta:
        model = Account
        fields = ("name", "currency", "time_zone", "tracks_cash")
        labels = {"tracks_cash": "Track cash"}
        help_texts = {
            "name": "Usually the name of the broker or exchange.",
            "time_zone": "Decides on which day a trade falls, for example Europe/Berlin.",
        }
        widgets = {
            "time_zone": forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
        }

    def __init__(self, *args: Any, owner: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.owner = owner
        self.time_zones = sorted(available_timezones())
        if self.instance.pk and self.instance.transactions.exists():
            # The stored days and costs were made with them.
            for name in ("currency", "time_zone"):
                self.fields[name].disabled = True
                self.fields[name].help_text = "Fixed, because the account has transactions."

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        same = (
            Account.objects.owned_by(self.owner.pk).filter(name=name).exclude(pk=self.instance.pk)
        )
        if same.exists():
            raise ValidationError(f"You already have an account named “{name}”.")
        return name

    def save(self, commit: bool = True) -> Account:
        self.instance.owner = self.owner
        account: Account = super().save(commit)
        return account
