"""Moved to pricing.forms.fields, so that forms of every app can use it."""

from pricing.forms.fields import CurrencyField, NumberField, plain

__all__ = ["CurrencyField", "NumberField", "plain"]
