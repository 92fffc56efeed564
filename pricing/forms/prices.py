"""What people may enter and ask for on the price pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from pricing.forms.fields import CurrencyField, NumberField
from pricing.listing import MISSING, priced, stale
from pricing.models import ASSET_TYPE_LABELS, Instrument, InstrumentQuerySet, Split
from pricing.price_files import PriceChoices
from pricing.providers import PROVIDERS
from pricing.providers.suggestions import suggest

PRICE_DECIMALS = 18
# A century of daily prices has less.
LARGEST_FILE = 10 * 1024 * 1024
ADJUSTED = [("", "As the format usually is"), ("yes", "Yes"), ("no", "No, as traded")]


def day_field(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **options
    )


class PriceFilter(forms.Form):
    """Which instruments to list. What makes no sense filters nothing, since links get mangled."""

    search = forms.CharField(
        required=False,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Ticker, name or ISIN", "autocomplete": "off"}
        ),
    )
    show = forms.ChoiceField(
        required=False,
        choices=[
            ("", "All"),
            ("held", "Held now"),
            ("stale", "Stale"),
            ("missing", "Without a price"),
            ("quarantined", "In quarantine"),
            ("failed", "Last refresh failed"),
        ],
    )

    SHOWN: ClassVar[dict[str, Callable[[date], Q]]] = {
        "held": lambda _: Q(is_held=True),
        "stale": stale,
        "missing": lambda _: MISSING,
        "quarantined": lambda _: Q(is_waiting=True),
        "failed": lambda _: ~Q(price_error=""),
    }

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.full_clean()

    def instruments(self, user_id: int, on: date) -> InstrumentQuerySet:
        found = priced(user_id, on)
        if show := self.cleaned_data.get("show"):
            found = found.filter(self.SHOWN[show](on))
        if text := self.cleaned_data.get("search"):
            found = found.filter(
                Q(ticker__icontains=text) | Q(name__icontains=text) | Q(isin__icontains=text)
            )
        return found

    def is_narrow(self) -> bool:
        return any(self.cleaned_data.get(name) for name in self.fields)


class PriceForm(forms.Form):
    day = day_field("Day")
    price = NumberField(label="Price of one unit", decimals=PRICE_DECIMALS)
    currency = CurrencyField()

    def clean_day(self) -> date:
        return require_past(self.cleaned_data["day"])

    def clean_price(self) -> Any:
        price = self.cleaned_data["price"]
        if price is None or price < 0:
            raise ValidationError("A price is zero, for what is worthless, or more.")
        return price


class SettingsForm(forms.Form):
    # Filled in with what is likely, which nobody has confirmed yet.
    is_suggested = False

    name = forms.CharField(required=False, max_length=200)
    asset_type = forms.ChoiceField(
        required=False, label="What is it?", choices=list(ASSET_TYPE_LABELS.items())
    )
    provider = forms.ChoiceField(
        required=False,
        choices=[
            ("", "None"),
            *((name, provider.label) for name, provider in PROVIDERS.items()),
        ],
    )
    provider_symbol = forms.CharField(
        required=False,
        max_length=80,
        label="Symbol there",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    currency = CurrencyField(
        required=False,
        help_text="In which it is traded, for prices that come without one.",
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("provider") and not data.get("provider_symbol"):
            help_text = PROVIDERS[data["provider"]].symbol_help
            self.add_error(
                "provider_symbol", f"The provider needs to know what to ask. {help_text}"
            )
        return data

    @classmethod
    def of(cls, instrument: Instrument, data: QueryDict | None) -> SettingsForm:
        names = ("name", "asset_type", "provider", "provider_symbol", "currency")
        initial = {name: getattr(instrument, name) for name in names}
        suggestion = suggest(instrument.ticker, instrument.isin, instrument.asset_type)
        if instrument.provider or suggestion is None:
            return cls(data, initial=initial)
        initial["provider"], initial["provider_symbol"] = suggestion
        form = cls(data, initial=initial)
        form.is_suggested = True
        return form


class SplitForm(forms.Form):
    day = day_field("First day with the new units")
    numerator = forms.IntegerField(label="New units", min_value=1, max_value=1_000_000)
    denominator = forms.IntegerField(label="for old units", min_value=1, max_value=1_000_000)

    def __init__(self, data: QueryDict | None, instrument: Instrument, **options: Any) -> None:
        super().__init__(data, **options)
        self.instrument = instrument

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if Split.objects.filter(instrument=self.instrument, date=day).exists():
            raise ValidationError("There is a split on that day already. Delete it first.")
        return day

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("numerator") and data.get("numerator") == data.get("denominator"):
            raise ValidationError("As many new units as old ones are no split.")
        return data


class PriceFileForm(forms.Form):
    file = forms.FileField(
        help_text="Our own table, or a download from Yahoo or Stooq, recognised by its content."
    )
    currency = forms.CharField(
        required=False,
        max_length=12,
        label="Currency",
        help_text="Where the file has none: GBX for pence. Empty: the instrument's.",
    )
    adjusted = forms.ChoiceField(
        required=False, choices=ADJUSTED, label="Are past prices adjusted for splits?"
    )
    keep_rejects = forms.BooleanField(
        required=False, label="Import the other rows when some are rejected"
    )

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if file.size is not None and file.size > LARGEST_FILE:
            raise ValidationError(
                "The file is too large: prices of one instrument need less than 10 MB."
            )
        return file

    def choices(self, instrument: Instrument) -> PriceChoices:
        data = self.cleaned_data
        return PriceChoices(
            ticker=instrument.ticker,
            currency=data["currency"].strip(),
            adjusted={"yes": True, "no": False}.get(data["adjusted"]),
            keep_rejects=data["keep_rejects"],
        )


def require_past(day: date) -> date:
    if day > timezone.localdate():
        raise ValidationError("The day is in the future.")
    return day
