"""Other names of an instrument, as staff enters them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict

from pricing.forms.fields import CurrencyField
from pricing.models import Instrument, InstrumentName
from pricing.money import is_isin


class NameForm(forms.Form):
    value = forms.CharField(label="Ticker or ISIN", max_length=40)
    currency = CurrencyField(
        required=False,
        help_text="Only where it is traded in this currency. Empty: everywhere.",
    )

    def __init__(self, data: QueryDict | None, instrument: Instrument, **options: Any) -> None:
        super().__init__(data, **options)
        self.instrument = instrument

    def clean_value(self) -> str:
        value: str = self.cleaned_data["value"]
        rival = Instrument.objects.filter(Q(ticker=value) | Q(isin=value)).first()
        if rival == self.instrument:
            raise ValidationError(f"{value} is its own name already.")
        if rival is not None:
            raise ValidationError(
                f"{value} is an instrument of its own. If they are the same, merge them:"
                f" manage.py merge_instruments {rival.ticker} {self.instrument.ticker}"
            )
        return value

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if is_isin(data.get("value", "")):
            # It is the same security wherever it is traded.
            data["currency"] = ""
        taken = InstrumentName.objects.filter(
            value=data.get("value", ""), currency=data.get("currency", "")
        ).first()
        if taken is not None:
            raise ValidationError(f"{taken.value} means {taken.instrument_id} already.")
        return data

    def save(self) -> InstrumentName:
        value = self.cleaned_data["value"]
        kind = InstrumentName.Kind.ISIN if is_isin(value) else InstrumentName.Kind.TICKER
        return InstrumentName.objects.create(
            instrument=self.instrument,
            kind=kind,
            value=value,
            currency=self.cleaned_data["currency"],
        )
