"""What readers of the performance pages may choose."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from pricing.models import Instrument, PriceHistory
from pricing.money import EXACT, ZERO
from snapshots import periods
from snapshots.periods import Period, period
from transactions.models import Account, Transaction

HUNDREDTH = Decimal("0.01")
# What the session remembers of the choices.
REMEMBERED = ("benchmark", "risk_free")


def benchmarks(user_id: int) -> QuerySet[Instrument]:
    """Instruments with prices: the user's own, and those that are in nobody's ledger."""
    rows = Transaction.objects.filter(instrument=OuterRef("ticker"))
    prices = PriceHistory.objects.filter(instrument=OuterRef("ticker"))
    mine = Exists(rows.filter(account__owner=user_id))
    return Instrument.objects.filter(Q(Exists(prices)), Q(mine) | ~Exists(rows))


class PerformanceForm(forms.Form):
    """Account, period, benchmark and risk-free rate. What makes no sense chooses nothing."""

    account = forms.ModelChoiceField(
        Account.objects.none(), required=False, empty_label="All accounts"
    )
    benchmark = forms.ModelChoiceField(
        Instrument.objects.none(), required=False, empty_label="None", to_field_name="ticker"
    )
    risk_free = forms.DecimalField(
        label="Risk-free rate, % a year",
        required=False,
        min_value=-100,
        max_value=1000,
        decimal_places=4,
        widget=forms.NumberInput(attrs={"step": "0.01", "placeholder": "0"}),
    )
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: QueryDict, session: Any, user_id: int) -> None:  # noqa: ANN401 - a SessionBase
        values = data.copy()
        for name in REMEMBERED:
            if name in data:
                session[f"performance-{name}"] = data[name]
            else:
                values[name] = session.get(f"performance-{name}", "")
        super().__init__(values)
        self.name = data.get("period", periods.DEFAULT)
        for name, found in (
            ("account", Account.objects.owned_by(user_id)),
            ("benchmark", benchmarks(user_id)),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = found
        self.full_clean()

    def chosen_period(self, today: date, on: date | None) -> Period:
        """The chosen period, as seen on a past day when one is asked for."""
        seen = today if on is None else min(on + timedelta(days=1), today)
        given = self.cleaned_data
        since, until = given.get("since"), given.get("until")
        name = periods.CUSTOM if since or until else self.name
        return period(name, seen, since, until)

    def chosen_benchmark(self) -> str:
        chosen: Instrument | None = self.cleaned_data.get("benchmark")
        return chosen.ticker if chosen else ""

    def chosen_risk_free(self) -> Decimal:
        hundredths: Decimal = self.cleaned_data.get("risk_free") or ZERO
        return EXACT.multiply(hundredths, HUNDREDTH)

    def chosen_accounts(self, owned: list[Account]) -> list[Account]:
        chosen: Account | None = self.cleaned_data.get("account")
        return owned if chosen is None else [one for one in owned if one.pk == chosen.pk]
