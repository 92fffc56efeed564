"""What a person says about a table of an unknown format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import Truncator

from pricing.forms.fields import CurrencyField
from pricing.readers import Header
from transactions.importers.free_dates import DateOrder
from transactions.importers.guessing import Table, guess, meanings
from transactions.importers.mapped import IGNORE, MONEY, TRADE, Layout, Role
from transactions.kinds import KIND_LABELS

ROLE_LABELS = {
    Role.DATE: "Date",
    Role.TIME: "Time",
    Role.TYPE: "Type",
    Role.TICKER: "Ticker or symbol",
    Role.ISIN: "ISIN",
    Role.NAME: "Name",
    Role.QUANTITY: "Quantity",
    Role.PRICE: "Price per unit",
    Role.AMOUNT: "Amount",
    Role.CURRENCY: "Currency",
    Role.FEE: "Fee",
    Role.TAX: "Tax",
    Role.FX_RATE: "Exchange rate",
    Role.ID: "Id",
    Role.DESCRIPTION: "Note",
}
DATE_LABELS = {
    DateOrder.YEAR_FIRST: "2024-01-31: year first",
    DateOrder.DAY_FIRST: "31.01.2024: day first",
    DateOrder.MONTH_FIRST: "01/31/2024: month first",
}
DECIMALS = {".": "1,234.56: point", ",": "1.234,56: comma"}
MEANINGS = [
    ("", "Say what it means"),
    (IGNORE, "Leave out"),
    (TRADE, "Purchase or sale, by the sign"),
    (MONEY, "Deposit or withdrawal, by the sign"),
    *((kind.value, label) for kind, label in KIND_LABELS.items()),
]
SAMPLE_LENGTH = 18
LINE_LENGTH = 60


class MappingForm(forms.Form):
    """Filled with a guess until something is posted.

    ``headers`` are the lines that could be the one with the names; without them that cannot be chosen.
    ``words`` are those of the column of types.
    """

    name = forms.CharField(
        max_length=80,
        label="Name of the mapping",
        help_text="The next file with these columns is read the same way.",
    )
    dates = forms.ChoiceField(label="Dates", choices=[*DATE_LABELS.items()])
    decimal = forms.ChoiceField(label="Decimal mark", choices=[*DECIMALS.items()])
    currency = CurrencyField(
        required=False, label="Currency", help_text="Of rows without a currency of their own."
    )
    is_signed = forms.BooleanField(
        required=False, label="Money that leaves the account has a minus"
    )
    has_fees = forms.BooleanField(required=False, label="Fee and tax are in the amount")

    def __init__(
        self,
        data: QueryDict | None,
        table: Table,
        *,
        layout: Layout | None = None,
        name: str = "",
        currency: str = "",
        headers: Sequence[Header] = (),
    ) -> None:
        guessed = layout or guess(table)
        initial = {
            "name": name,
            "dates": guessed.dates,
            "decimal": guessed.decimal,
            "currency": guessed.currency or currency,
            "is_signed": guessed.is_signed,
            "has_fees": guessed.has_fees,
        }
        super().__init__(data, initial=initial)
        self.table = table
        self._guessed = guessed
        if headers:
            self._add_lines(headers)
        self._add_columns()
        self._add_words()

    def _add_lines(self, headers: Sequence[Header]) -> None:
        chosen = self.table.header.line
        choices = [
            (str(one.line), Truncator(f"{one.line}: {', '.join(one.cells)}").chars(LINE_LENGTH))
            for one in headers
        ]
        self.fields["line"] = forms.ChoiceField(
            label="Line with the names of the columns", choices=choices, initial=str(chosen)
        )
        # Choices that were made for another line mean nothing.
        self.fields["columns_of"] = forms.CharField(
            widget=forms.HiddenInput, required=False, initial=str(chosen)
        )

    def _add_columns(self) -> None:
        choices = [("", "None"), *self._columns()]
        for role, label in ROLE_LABELS.items():
            self.fields[f"column_{role.value}"] = forms.ChoiceField(
                label=label,
                choices=choices,
                required=role is Role.DATE,
                initial=self._guessed.columns.get(role, ""),
            )

    def _columns(self) -> list[tuple[str, str]]:
        found = []
        for place, name in enumerate(self.table.header.cells):
            sample = Truncator(next(iter(self.table.column(place)), "")).chars(SAMPLE_LENGTH)
            label = name or f"Column {place + 1}"
            found.append((str(place), f"{label} ({sample})" if sample else label))
        return found

    def _add_words(self) -> None:
        """One choice for each word of the column of types that is chosen now."""
        place = self["column_type"].value()
        self.words: list[str] = []
        if str(place).isdecimal() and int(place) < len(self.table.header.cells):
            found = self.table.words(int(place))
            self.words = [*found, *(one for one in self._guessed.kinds if one not in found)]
        known = {**meanings(self.words), **self._guessed.kinds}
        for number, word in enumerate(self.words):
            self.fields[f"word_{number}"] = forms.ChoiceField(
                label=word or "(empty)",
                choices=MEANINGS,
                required=False,
                initial=known.get(word, ""),
            )

    def as_posted(self) -> QueryDict:
        """What posting the guess unchanged would send."""
        found = QueryDict(mutable=True)
        for field in self:
            value = field.value()
            # The first column is number 0.
            if value is not False and value not in {None, ""}:
                found[field.html_name] = str(value)
        return found

    def column_fields(self) -> list[forms.BoundField]:
        return [self[f"column_{role.value}"] for role in ROLE_LABELS]

    def word_fields(self) -> list[forms.BoundField]:
        return [self[f"word_{number}"] for number, _ in enumerate(self.words)]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not found.get("column_quantity") and not found.get("column_amount"):
            raise forms.ValidationError(
                "Choose the column of the quantity, of the amount, or both."
            )
        if not found.get("column_currency") and not found.get("currency"):
            raise forms.ValidationError(
                "Choose the column of the currency, or name one for all rows."
            )
        return found

    def layout(self) -> Layout:
        """What is chosen; only of a valid form."""
        return _layout(self.table.header.cells, self.words, self.cleaned_data)


def _layout(header: list[str], words: list[str], chosen: Mapping[str, Any]) -> Layout:
    kinds = {word: chosen[f"word_{number}"] for number, word in enumerate(words)}
    return Layout(
        tuple(header),
        {role: int(chosen[f"column_{role}"]) for role in Role if chosen[f"column_{role}"]},
        DateOrder(chosen["dates"]),
        chosen["decimal"],
        chosen["is_signed"],
        chosen["has_fees"],
        chosen["currency"],
        {word: meaning for word, meaning in kinds.items() if meaning},
    )
