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
from transactions.importers.guessing import Table, guess
from transactions.importers.guessing_types import meanings
from transactions.importers.layouts import (
    EXCHANGE,
    IGNORE,
    MONEY,
    OF_MOVES,
    OF_ONE_ASSET,
    SIDES,
    SUMS,
    TOLD,
    TRADE,
    UNITS,
    Layout,
    Role,
)
from transactions.importers.mapped_coin_columns import coin_columns
from transactions.kinds import KIND_LABELS

ROLE_LABELS = {
    Role.DATE: "Date",
    Role.TIME: "Time",
    Role.TYPE: "Type",
    Role.SUBTYPE: "Second column of types, or status",
    Role.TICKER: "Ticker or symbol",
    Role.ISIN: "ISIN",
    Role.NAME: "Name",
    Role.QUANTITY: "Quantity",
    Role.UNITS_OUT: "Units out, if apart",
    Role.ASSET_OUT: "Asset that went out",
    Role.UNITS_IN: "Units in, if apart",
    Role.ASSET_IN: "Asset that came in",
    Role.PRICE: "Price per unit",
    Role.AMOUNT: "Amount",
    Role.PAID_IN: "Money in, if apart (credit)",
    Role.PAID_OUT: "Money out, if apart (debit)",
    Role.BALANCE: "Balance of the money after the row",
    Role.CURRENCY: "Currency",
    Role.FEE: "Fee",
    Role.FEE_CURRENCY: "Currency of the fee",
    Role.TAX: "Tax",
    Role.FX_RATE: "Exchange rate",
    Role.ID: "Id",
    Role.DESCRIPTION: "Note",
}
# With an asset for each side.
TWO_ASSET_LABELS = ROLE_LABELS | {
    Role.UNITS_OUT: "Units that went out",
    Role.UNITS_IN: "Units that came in",
    Role.AMOUNT: "Worth of the row",
    Role.PAID_OUT: "Worth of what went out",
    Role.PAID_IN: "Worth of what came in",
    Role.CURRENCY: "Currency of the worth",
    Role.FEE_CURRENCY: "Currency or coin of the fee",
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
    (EXCHANGE, "Exchange of currency, by the sign"),
    (TOLD, "What came and went tells"),
    *((kind.value, label) for kind, label in KIND_LABELS.items()),
]
SAMPLE_LENGTH = 18
LINE_LENGTH = 60
LONGEST_LABEL = 120


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
    is_text = forms.BooleanField(
        required=False,
        label="The type is a text: its beginning tells what the row is, or else the signs do",
    )

    by_coin = forms.BooleanField(required=False)

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
            "is_text": guessed.is_text,
            "by_coin": guessed.by_coin,
        }
        super().__init__(data, initial=initial)
        self.table = table
        self._guessed = guessed
        if headers:
            self._add_lines(headers)
        self._name_coins()
        self._add_columns()
        self._add_words()

    def _name_coins(self) -> None:
        """Whether each coin has a column of its own is asked where names say so."""
        assets = ", ".join(column.asset for column in coin_columns(self.table.header.cells))
        if assets:
            label = f"Each has a column of its own, with a minus where it leaves: {assets}"
            self.fields["by_coin"].label = Truncator(label).chars(LONGEST_LABEL)
        else:
            del self.fields["by_coin"]

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
        labels = TWO_ASSET_LABELS if self._has_two_assets() else ROLE_LABELS
        for role, label in labels.items():
            self.fields[f"column_{role.value}"] = forms.ChoiceField(
                label=label,
                choices=choices,
                required=role is Role.DATE,
                initial=self._guessed.columns.get(role, ""),
            )

    def _has_two_assets(self) -> bool:
        """Whether an asset of each side is chosen, or guessed while nothing is."""
        if "by_coin" in self.fields and self["by_coin"].value():
            return True
        sides = (Role.ASSET_OUT, Role.ASSET_IN)
        if self.is_bound:
            return all(self.data.get(f"column_{role.value}") for role in sides)
        return all(role in self._guessed.columns for role in sides)

    def _columns(self) -> list[tuple[str, str]]:
        found = []
        for place, name in enumerate(self.table.header.cells):
            sample = Truncator(next(iter(self.table.column(place)), "")).chars(SAMPLE_LENGTH)
            label = name or f"Column {place + 1}"
            found.append((str(place), f"{label} ({sample})" if sample else label))
        return found

    def _add_words(self) -> None:
        """One choice for each word of the columns of types that are chosen now."""
        columns = {
            role: int(place)
            for role in (Role.TYPE, Role.SUBTYPE)
            if str(place := self[f"column_{role}"].value()).isdecimal()
            and int(place) < len(self.table.header.cells)
        }
        self.words: list[str] = []
        if Role.TYPE in columns:
            found = self.table.words(columns, is_text=bool(self["is_text"].value()))
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
        by_coin = bool(found.get("by_coin"))
        chosen = {role for role in Role if found.get(f"column_{role}")}
        if not by_coin and chosen.isdisjoint((*UNITS, *SUMS)):
            raise forms.ValidationError(
                "Choose the column of the quantity, of the amount, or both."
            )
        if Role.CURRENCY not in chosen and not found.get("currency"):
            raise forms.ValidationError(
                "Choose the column of the currency, or name one for all rows."
            )
        _check_coins(chosen) if by_coin else _check_sides(chosen)
        return found

    def layout(self) -> Layout:
        """What is chosen; only of a valid form."""
        return _layout(self.table.header.cells, self.words, self.cleaned_data)


def _check_sides(chosen: set[Role]) -> None:
    """Of a table with two assets in a row both have to be told, and nothing else is of either."""
    if chosen.isdisjoint({Role.ASSET_IN, Role.ASSET_OUT}):
        return
    missing = [role for role in SIDES if role not in chosen]
    if missing:
        raise forms.ValidationError(
            f"With an asset for each side choose the column of {_labels(missing)} as well."
        )
    more = [role for role in OF_ONE_ASSET if role in chosen]
    if more:
        raise forms.ValidationError(
            f"With an asset for each side nothing says of which one {_labels(more)} is; "
            "choose “None” there."
        )


def _check_coins(chosen: set[Role]) -> None:
    """The columns of the coins say all of what moved."""
    more = [role for role in (*OF_ONE_ASSET, *OF_MOVES) if role in chosen]
    if more:
        raise forms.ValidationError(
            f"Where each coin has a column of its own, {_labels(more)} is not read; "
            "choose “None” there."
        )


def _labels(roles: Sequence[Role]) -> str:
    return ", ".join(f"“{ROLE_LABELS[role]}”" for role in roles)


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
        chosen["is_text"],
        bool(chosen.get("by_coin")),
    )
