"""What people may enter and ask for on the pages of this app."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict

from portfolio import first_run
from portfolio.listing import matching
from portfolio.models import Position
from pricing.models import ASSET_TYPE_LABELS
from transactions.models import Account

NAME_LENGTH = 150


class FirstRunForm(forms.Form):
    """The first user, with the token from the log where strangers could reach the page."""

    token = forms.CharField(
        label="Set-up token",
        help_text="The server printed it in its log when it started.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    username = forms.CharField(
        label="User name",
        max_length=NAME_LENGTH,
        validators=[User.username_validator],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    email = forms.EmailField(
        label="E-mail address",
        required=False,
        help_text="Optional: for resetting a forgotten password.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        strip=False,
        help_text=password_validators_help_text_html,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label="Password again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, data: QueryDict | None = None, *, initial: dict[str, str]) -> None:
        super().__init__(data, initial=initial)
        if not first_run.needs_token():
            del self.fields["token"]

    def clean_token(self) -> str:
        text: str = self.cleaned_data["token"]
        if not first_run.is_token(text):
            raise ValidationError("This is not the token. It is in the log of the server.")
        return text

    def clean_password(self) -> str:
        text: str = self.cleaned_data["password"]
        names = {key: self.cleaned_data.get(key, "") for key in ("username", "email")}
        validate_password(text, User(**names))
        return text

    def clean_repeated(self) -> str:
        text: str = self.cleaned_data["repeated"]
        if text != self.cleaned_data.get("password", text):
            raise ValidationError("The two passwords differ.")
        return text

    def save(self) -> User:
        data = self.cleaned_data
        return first_run.create_first_user(data["username"], data["email"], data["password"])


class PositionFilter(forms.Form):
    """Which positions to list. What makes no sense filters nothing, since links get mangled."""

    search = forms.CharField(
        required=False,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Ticker, name or ISIN", "autocomplete": "off"}
        ),
    )
    account = forms.ModelChoiceField(
        Account.objects.none(), required=False, empty_label="All accounts"
    )
    type = forms.ChoiceField(
        required=False, choices=[("", "All types"), *ASSET_TYPE_LABELS.items()]
    )
    status = forms.ChoiceField(
        required=False, choices=[("", "Open"), ("closed", "Closed"), ("all", "Open and closed")]
    )
    issues = forms.BooleanField(required=False, label="Only with issues")

    CONDITIONS: ClassVar[dict[str, Callable[[Any], Q]]] = {
        "search": matching,
        "account": lambda account: Q(account=account),
        "type": lambda kind: Q(instrument__asset_type=kind),
        "issues": lambda _: ~Q(issues=[]),
    }

    def __init__(self, data: QueryDict, user_id: int) -> None:
        super().__init__(data)
        self.accounts = Account.objects.owned_by(user_id)
        field = self.fields["account"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = self.accounts
        self.full_clean()

    def positions(self) -> QuerySet[Position]:
        """The user's positions that fit."""
        found = Position.objects.filter(account__in=self.accounts)
        status = self.cleaned_data.get("status")
        if status != "all":
            found = found.closed() if status == "closed" else found.open()
        for name, condition in self.CONDITIONS.items():
            if value := self.cleaned_data.get(name):
                found = found.filter(condition(value))
        return found

    def is_narrow(self) -> bool:
        """Whether anything but the open positions was asked for."""
        return any(self.cleaned_data.get(name) for name in self.fields)
