"""Form fields that read what people write: exact numbers, and codes of currencies."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from pricing.money import LARGEST, NumberError, major_unit, parse_number

# One comma before exactly three digits is a decimal mark to some and a thousands mark to others.
AMBIGUOUS = re.compile(r"^\s*[+-]?[1-9]\d{0,2},\d{3}\s*$")
CURRENCY = re.compile(r"^[A-Z0-9]{2,12}$")


class NumberField(forms.Field):
    """An exact number with a decimal point or comma, with or without thousands separators."""

    def __init__(self, *, decimals: int, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(widget=widget, **options)
        self.decimals = decimals

    def to_python(self, value: object) -> Decimal | None:
        text = str(value or "")
        if AMBIGUOUS.match(text):
            plain, point = text.strip().replace(",", ""), text.strip().replace(",", ".")
            raise ValidationError(
                f"“{text.strip()}” can be read in two ways: write {plain}, or {point} with a point."
            )
        try:
            number = parse_number(text)
        except NumberError as error:
            raise ValidationError(f"{error}.") from error
        if number is not None:
            self._require_storable(number)
        return number

    def _require_storable(self, number: Decimal) -> None:
        exponent = number.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > self.decimals:
            raise ValidationError(f"At most {self.decimals} decimals can be kept.")
        if abs(number) >= LARGEST:
            raise ValidationError("The number is too large to be kept.")

    def prepare_value(self, value: Any) -> Any:
        """Stored numbers without the zeros that fill their column."""
        return plain(value) if isinstance(value, Decimal) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))


class CurrencyField(forms.CharField):
    """A currency code in capitals, never a hundredth of one."""

    def __init__(self, **options: Any) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false", "list": "currencies"}
        super().__init__(max_length=12, widget=forms.TextInput(attrs=attrs), **options)

    def to_python(self, value: object) -> str:
        code = str(super().to_python(value) or "")
        major, _ = major_unit(code)
        if major != code:
            raise ValidationError(
                f"{code} is a hundredth of {major}: write the amounts in {major}."
            )
        code = code.upper()
        if code and not CURRENCY.match(code):
            raise ValidationError(f"“{code}” is not a currency code like EUR or USD.")
        return code


def plain(number: Decimal) -> str:
    """All digits with a point, without exponent and without zeros at the end."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
