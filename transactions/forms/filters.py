"""What the list of transactions can be narrowed to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q

from pricing.models import Instrument
from transactions.kinds import KIND_LABELS
from transactions.models import Account, Import

# A search that fits more instruments than this is too vague for the difference to matter.
MOST_INSTRUMENTS = 200


class TransactionFilter(forms.Form):
    search = forms.CharField(
        required=False,
        max_length=100,
        label="Search",
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Ticker, name, ISIN or description"}
        ),
    )
    account = forms.ModelChoiceField(Account.objects.none(), required=False, empty_label="All")
    type = forms.ChoiceField(
        choices=[("", "All"), *((kind.value, label) for kind, label in KIND_LABELS.items())],
        required=False,
    )
    since = forms.DateField(
        required=False, label="From", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    until = forms.DateField(
        required=False, label="To", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    # Reached by a link on the page of an import.
    source = forms.ModelChoiceField(
        Import.objects.none(), required=False, widget=forms.HiddenInput()
    )

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        self.user = user
        accounts = Account.objects.owned_by(user.pk)
        self.fields["account"].queryset = accounts  # type: ignore[attr-defined]
        imports = Import.objects.filter(account__owner=user).defer("content", "rejects", "remarks")
        self.fields["source"].queryset = imports  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """The valid choices; what was not understood narrows nothing and shows its error."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def accounts(self) -> list[int]:
        account = self.chosen().get("account")
        if account:
            return [account.pk]
        return list(Account.objects.owned_by(self.user.pk).values_list("pk", flat=True))

    def condition(self) -> Q:
        chosen, wanted = self.chosen(), Q()
        if "type" in chosen:
            wanted &= Q(transaction_type=chosen["type"])
        if "since" in chosen:
            wanted &= Q(trade_date__gte=chosen["since"])
        if "until" in chosen:
            wanted &= Q(trade_date__lte=chosen["until"])
        if "source" in chosen:
            wanted &= Q(source=chosen["source"].pk)
        if "search" in chosen:
            wanted &= _found(chosen["search"])
        return wanted


def _found(text: str) -> Q:
    """Rows of the instruments that fit the text; a whole ticker or ISIN finds only itself."""
    exact = Instrument.objects.filter(Q(ticker__iexact=text) | Q(isin__iexact=text))
    tickers = list(exact.values_list("ticker", flat=True))
    if tickers:
        return Q(instrument__in=tickers)
    like = Instrument.objects.filter(Q(ticker__icontains=text) | Q(name__icontains=text))
    tickers = list(like.values_list("ticker", flat=True)[:MOST_INSTRUMENTS])
    return Q(instrument__in=tickers) | Q(raw_description__icontains=text)
