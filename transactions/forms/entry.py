"""Entering one transaction by hand: the type decides what must be filled in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone

from pricing.forms.fields import CurrencyField, NumberField
from pricing.models import ASSET_TYPE_LABELS, Instrument
from pricing.money import EXACT, ZERO, to_amount
from pricing.requests import EARLIEST
from transactions.kinds import INCOME_IN_KIND, KIND_LABELS, Kind
from transactions.ledger import LedgerRow
from transactions.models import Account, Transaction

UNITS = frozenset({Kind.BUY, Kind.SELL, Kind.SPLIT, *INCOME_IN_KIND})
OF_AN_INSTRUMENT = frozenset({*UNITS, Kind.DIVIDEND, Kind.RETURN_OF_CAPITAL})
MONEY = frozenset(
    {
        Kind.DIVIDEND,
        Kind.RETURN_OF_CAPITAL,
        Kind.INTEREST,
        Kind.TAX,
        Kind.DEPOSIT,
        Kind.WITHDRAWAL,
    }
)
# Units or money, as the case may be.
EITHER = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT, Kind.FEE})
WITHOUT_INSTRUMENT = frozenset({Kind.DEPOSIT, Kind.WITHDRAWAL})
EXTRAS = ("fee", "fee_currency", "tax", "fx_rate", "raw_description")
# Where the columns of the ledger have other names here.
FIELD_OF = {"transaction_date": "date", "trade_date": "date", "instrument": "ticker"}


class TransactionForm(forms.Form):
    account = forms.ModelChoiceField(Account.objects.none(), empty_label=None)
    transaction_type = forms.ChoiceField(
        label="Type", choices=[(kind.value, label) for kind, label in KIND_LABELS.items()]
    )
    date = forms.DateField(
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        error_messages={"required": "Say on which day it happened."},
    )
    time = forms.TimeField(
        required=False,
        widget=forms.TimeInput({"type": "time", "step": "1"}, "%H:%M:%S"),
        help_text="Leave empty if only the day is known.",
    )
    ticker = forms.CharField(
        required=False,
        max_length=40,
        label="Ticker",
        widget=forms.TextInput(
            {
                "list": "tickers",
                "autocomplete": "off",
                "spellcheck": "false",
                "autocapitalize": "off",
            }
        ),
    )
    asset_type = forms.ChoiceField(
        required=False, label="What is it?", choices=[("", "Choose"), *ASSET_TYPE_LABELS.items()]
    )
    instrument_name = forms.CharField(required=False, max_length=200, label="Name")
    quantity = NumberField(required=False, decimals=18)
    price = NumberField(
        required=False, decimals=18, label="Price per unit", help_text="Leave empty if unknown."
    )
    total_amount = NumberField(
        required=False,
        decimals=8,
        label="Total amount",
        help_text="Before fee and tax. Empty: quantity times price, or unknown.",
    )
    currency = CurrencyField(error_messages={"required": "Say in which currency it was."})
    fee = NumberField(required=False, decimals=8)
    fee_currency = CurrencyField(
        required=False, label="Fee currency", help_text="Only if it differs."
    )
    tax = NumberField(required=False, decimals=8)
    fx_rate = NumberField(
        required=False,
        decimals=18,
        label="Exchange rate",
        help_text="Account currency per unit of the currency above, if you know it.",
    )
    raw_description = forms.CharField(required=False, max_length=500, label="Description")

    def __init__(
        self, data: Any = None, *, user: User, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        accounts = Account.objects.owned_by(user.pk)
        self.fields["account"].queryset = accounts  # type: ignore[attr-defined]
        self.instrument: Instrument | None = None
        self.is_new_instrument = False

    @classmethod
    def of(cls, transaction: Transaction, user: User, data: Any = None) -> TransactionForm:
        """The form filled from a stored row; it stays in its account."""
        form = cls(data, user=user, initial=_initial(transaction))
        form.fields["account"].disabled = True
        return form

    def has_extras(self) -> bool:
        """Whether something is filled in, or wrong, in the part that is closed otherwise."""
        return any(self[name].value() or self[name].errors for name in EXTRAS)

    def clean_date(self) -> Any:
        day = self.cleaned_data["date"]
        # A row that came from a file may be changed without its day.
        if day != self.get_initial_for_field(self.fields["date"], "date"):
            _require_past(day)
        return day

    def clean_ticker(self) -> str:
        ticker: str = self.cleaned_data["ticker"].strip()
        if ticker:
            self.instrument = (
                Instrument.objects.filter(ticker=ticker).first()
                or Instrument.objects.filter(ticker__iexact=ticker).order_by("pk").first()
            )
            self.is_new_instrument = self.instrument is None
        return ticker

    def clean(self) -> None:
        if "transaction_type" not in self.cleaned_data:
            return
        kind = Kind(self.cleaned_data["transaction_type"])
        label = KIND_LABELS[kind].lower()
        if self.is_new_instrument and not self.cleaned_data.get("asset_type"):
            self.add_error("ticker", _unknown(self.cleaned_data["ticker"]))
        self._require_instrument(kind, label)
        self._require_numbers(kind, label)
        self._forbid_signs(kind, label)

    def _require_instrument(self, kind: Kind, label: str) -> None:
        given = self.cleaned_data.get("ticker")
        if kind in OF_AN_INSTRUMENT and not given and "ticker" not in self.errors:
            self.add_error("ticker", f"A {label} needs an instrument: enter its ticker.")
        if kind in WITHOUT_INSTRUMENT and given:
            self.add_error("ticker", f"A {label} moves money only: leave the ticker empty.")

    def _require_numbers(self, kind: Kind, label: str) -> None:
        quantity, amount = self._number("quantity"), self._number("total_amount")
        has_units = bool(self.cleaned_data.get("ticker"))
        if quantity is None and (
            kind in UNITS or (kind in EITHER and has_units and amount is None)
        ):
            self._miss("quantity", f"A {label} needs a quantity.")
        if amount is None and (kind in MONEY or (kind in EITHER and not has_units)):
            self._miss("total_amount", f"A {label} needs an amount.")

    def _forbid_signs(self, kind: Kind, label: str) -> None:
        quantity = self._number("quantity")
        if quantity is not None and (not quantity or (quantity < 0 and kind is not Kind.SPLIT)):
            self._miss("quantity", "The quantity must be above zero; the type says the direction.")
        for name in ("price", "fx_rate"):
            number = self._number(name)
            if number is not None and number < 0:
                self._miss(name, "This cannot be negative.")
        amount = self._number("total_amount")
        if amount is not None and amount < 0 and kind in {Kind.BUY, Kind.SELL}:
            self._miss(
                "total_amount", f"The amount of a {label} is positive; the type says the rest."
            )

    def _number(self, name: str) -> Decimal | None:
        number: Decimal | None = self.cleaned_data.get(name)
        return number

    def _miss(self, name: str, sentence: str) -> None:
        if name not in self.errors:
            self.add_error(name, sentence)

    def row(self) -> LedgerRow:
        """What the ledger stores; a new instrument is created here, so call it in a transaction."""
        chosen = self.cleaned_data
        account: Account = chosen["account"]
        return LedgerRow(
            transaction_date=_instant(chosen["date"], chosen["time"], account),
            has_time=chosen["time"] is not None,
            transaction_type=chosen["transaction_type"],
            instrument=self._instrument(),
            quantity=chosen["quantity"],
            price=chosen["price"],
            total_amount=self._amount(),
            currency=chosen["currency"],
            fee=chosen["fee"] or ZERO,
            fee_currency=chosen["fee_currency"],
            tax=chosen["tax"] or ZERO,
            fx_rate=chosen["fx_rate"],
            raw_description=chosen["raw_description"],
        )

    def _amount(self) -> Decimal | None:
        amount, kind = self._number("total_amount"), self.cleaned_data["transaction_type"]
        quantity, price = self._number("quantity"), self._number("price")
        if amount is not None or quantity is None or price is None or kind == Kind.SPLIT:
            return amount
        return to_amount(EXACT.multiply(quantity, price))

    def _instrument(self) -> Instrument | None:
        if not self.is_new_instrument:
            return self.instrument
        self.instrument, _ = Instrument.objects.get_or_create(
            ticker=self.cleaned_data["ticker"].upper(),
            defaults={
                "name": self.cleaned_data["instrument_name"],
                "asset_type": self.cleaned_data["asset_type"],
                "currency": self.cleaned_data["currency"],
            },
        )
        return self.instrument

    def add_ledger_errors(self, error: ValidationError) -> None:
        """Show what the ledger refused beside the fields that it is about."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for column, errors in error.error_dict.items():
            name = FIELD_OF.get(column, column)
            self.add_error(
                name if name in self.fields and name != NON_FIELD_ERRORS else None, errors
            )


def _require_past(day: date) -> None:
    if day < EARLIEST:
        raise ValidationError(f"The year {day.year} cannot be meant; 1900 is the first.")
    # It may be tomorrow already where the account is.
    if day > timezone.localdate() + timedelta(days=1):
        raise ValidationError("This day is still to come. Enter what has happened.")


def _unknown(ticker: str) -> str:
    return f"“{ticker}” is not known yet. Say below what it is, and save again to add it."


def _instant(day: date, at: time | None, account: Account) -> datetime:
    local = datetime.combine(day, at or time(), ZoneInfo(account.time_zone))
    return local.astimezone(UTC)


def _initial(transaction: Transaction) -> dict[str, Any]:
    local = transaction.transaction_date.astimezone(ZoneInfo(transaction.account.time_zone))
    columns = (
        "account",
        "transaction_type",
        "quantity",
        "price",
        "total_amount",
        "currency",
        "fee",
        "fee_currency",
        "tax",
        "fx_rate",
        "raw_description",
    )
    values = {name: getattr(transaction, name) for name in columns}
    return values | {
        "date": transaction.trade_date,
        "time": local.time() if transaction.has_time else None,
        "ticker": transaction.instrument_id or "",
        "fee": transaction.fee or None,
        "tax": transaction.tax or None,
    }
