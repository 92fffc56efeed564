"""What an export is asked for: which file, of which account, until which day."""

from __future__ import annotations

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict

from transactions.downloads import FORMATS
from transactions.exports import EXPORTS, Scope
from transactions.models import Account

DEFAULT_FILE = "transactions.csv"


def files() -> list[str]:
    """The names of all files that can be asked for: positions.xlsx, transactions.beancount."""
    return [
        f"{export.name}.{format}"
        for export in EXPORTS.values()
        for format in (*FORMATS, *export.documents)
    ]


class ExportForm(forms.Form):
    file = forms.ChoiceField(required=False)
    account = forms.ModelChoiceField(
        Account.objects.none(), required=False, empty_label="All accounts"
    )
    on = forms.DateField(
        required=False,
        label="Until",
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
    )

    def __init__(self, data: QueryDict | None, user: User) -> None:
        super().__init__(data)
        self.query, self.user = data, user
        self.accounts = Account.objects.owned_by(user.pk)
        self.fields["file"].choices = [(name, name) for name in files()]  # type: ignore[attr-defined]
        self.fields["account"].queryset = self.accounts  # type: ignore[attr-defined]

    def wanted(self) -> tuple[str, str]:
        """The export and its format. Only of a valid form."""
        name, _, format = (self.cleaned_data["file"] or DEFAULT_FILE).partition(".")
        return name, format

    def scope(self) -> Scope:
        """Only of a valid form."""
        account = self.cleaned_data["account"]
        accounts = [account] if account else list(self.accounts)
        return Scope(self.user, accounts, self.cleaned_data["on"], self.query)
