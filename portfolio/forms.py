"""What people may enter and ask for on the pages of this app."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dates import MONTHS

from portfolio import first_run
from portfolio.holdings import Held
from portfolio.income import payments_of
from portfolio.income_tables import MEASURES
from portfolio.listing import matching
from portfolio.models import ApiToken, Position, PositionQuerySet
from portfolio.tokens import issue
from pricing.models import ASSET_TYPE_LABELS
from transactions.kinds import INCOME, KIND_LABELS, Kind
from transactions.models import Account, Transaction

NAME_LENGTH = 150


class FirstRunForm(forms.Form):
    """The first user, with the token from the log where strangers could reach the page."""

    token = forms.CharField(
        label="Set-up token",
        help_text="The server printed it in its log when it started.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    username = forms.CharField(
        label="User name",
        max_length=NAME_LENGTH,
        validators=[User.username_validator],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    email = forms.EmailField(
        label="E-mail address",
        required=False,
        help_text="Optional: for resetting a forgotten password.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        strip=False,
        help_text=password_validators_help_text_html,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label="Password again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, data: QueryDict | None = None, *, initial: dict[str, str]) -> None:
        super().__init__(data, initial=initial)
        if not first_run.needs_token():
            del self.fields["token"]

    def clean_token(self) -> str:
        text: str = self.cleaned_data["token"]
        if not first_run.is_token(text):
            raise ValidationError("This is not the token. It is in the log of the server.")
        return text

    def clean_password(self) -> str:
        text: str = self.cleaned_data["password"]
        names = {key: self.cleaned_data.get(key, "") for key in ("username", "email")}
        validate_password(text, User(**names))
        return text

    def clean_repeated(self) -> str:
        text: str = self.cleaned_data["repeated"]
        if text != self.cleaned_data.get("password", text):
            raise ValidationError("The two passwords differ.")
        return text

    def save(self) -> User:
        data = self.cleaned_data
        return first_run.create_first_user(data["username"], data["email"], data["password"])


class PositionFilter(forms.Form):
    """Which positions to list. What makes no sense filters nothing, since links get mangled."""

    search = forms.CharField(
        required=False,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Ticker, name or ISIN", "autocomplete": "off"}
        ),
    )
    account = forms.ModelChoiceField(
        Account.objects.none(), required=False, empty_label="All accounts"
    )
    type = forms.ChoiceField(
        required=False, choices=[("", "All types"), *ASSET_TYPE_LABELS.items()]
    )
    status = forms.ChoiceField(
        required=False, choices=[("", "Open"), ("closed", "Closed"), ("all", "Open and closed")]
    )
    issues = forms.BooleanField(required=False, label="Only with issues")

    CONDITIONS: ClassVar[dict[str, Callable[[Any], Q]]] = {
        "search": matching,
        "account": lambda account: Q(account=account),
        "type": lambda kind: Q(instrument__asset_type=kind),
    }

    def __init__(self, data: QueryDict, user_id: int) -> None:
        super().__init__(data)
        self.accounts = Account.objects.owned_by(user_id)
        field = self.fields["account"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = self.accounts
        self.full_clean()

    def positions(self) -> QuerySet[Position]:
        """The user's positions that fit."""
        found = self.candidates()
        status = self.cleaned_data.get("status")
        if status != "all":
            found = found.closed() if status == "closed" else found.open()
        return found.exclude(issues=[]) if self.cleaned_data.get("issues") else found

    def candidates(self) -> PositionQuerySet:
        """The user's positions that fit, whatever became of them with time."""
        found = Position.objects.filter(account__in=self.accounts)
        for name, condition in self.CONDITIONS.items():
            if value := self.cleaned_data.get(name):
                found = found.filter(condition(value))
        return found

    def fits(self, held: Held) -> bool:
        """Whether a candidate has the status that is asked for, on the day that the page is about."""
        status = self.cleaned_data.get("status")
        is_shown = status == "all" or held.is_open is (status != "closed")
        return is_shown and bool(held.issues or not self.cleaned_data.get("issues"))

    def is_narrow(self) -> bool:
        """Whether anything but the open positions was asked for."""
        return any(self.cleaned_data.get(name) for name in self.fields)


class Selection(forms.Form):
    """Whose figures a page adds up. What makes no sense selects nothing less, since links get mangled."""

    account = forms.ModelChoiceField(
        Account.objects.none(), required=False, empty_label="All accounts"
    )
    instrument = forms.CharField(
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Ticker", "autocomplete": "off"}
        ),
    )
    year = forms.IntegerField(
        required=False, min_value=0, max_value=date.max.year - 1, widget=forms.Select
    )
    # The day that the whole page is about, see portfolio.display.as_of.
    on = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, user_id: int) -> None:
        super().__init__(data)
        self.owned = Account.objects.owned_by(user_id)
        field = self.fields["account"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = self.owned
        self.full_clean()

    def chosen(self, name: str) -> Any:  # noqa: ANN401 - as many types as fields
        """What a field says, None when it says nothing or nothing that makes sense."""
        return self.cleaned_data.get(name) or None

    def chosen_year(self) -> int | None:
        year: int | None = self.chosen("year")
        return year

    def offer_years(self, years: Iterable[int], every: str) -> None:
        """The years to choose from; ``every`` is the value that stands for all of them."""
        choices = [(str(year), str(year)) for year in sorted(years, reverse=True)]
        all_years = (every, "All years")
        widget = self.fields["year"].widget
        assert isinstance(widget, forms.Select)
        # What comes first is chosen when nothing is.
        widget.choices = [*choices, all_years] if every else [all_years, *choices]

    def accounts(self) -> Sequence[Account]:
        one = self.chosen("account")
        return [one] if one else list(self.owned)

    def tickers(self) -> list[str]:
        """The instrument as it may be meant: people write in small letters what stands in capitals."""
        text = self.chosen("instrument")
        return sorted({text, text.upper()}) if text else []

    def is_narrow(self) -> bool:
        return any(self.chosen(name) for name in self.fields if name != "on")


class IncomeFilter(Selection):
    type = forms.ChoiceField(
        required=False,
        choices=[
            ("", "All types"),
            *((kind.value, label) for kind, label in KIND_LABELS.items() if kind in INCOME),
            (Kind.TAX.value, "Withheld tax"),
        ],
    )
    month = forms.IntegerField(required=False, min_value=1, max_value=12, widget=forms.HiddenInput)
    show = forms.ChoiceField(required=False, choices=list(MEASURES.items()))

    field_order = ("account", "instrument", "type", "year", "show", "month", "on")

    # What the page says in words.
    month_names = tuple(MONTHS[month] for month in range(1, 13))

    def month_name(self) -> str:
        """The chosen month; one without its year would mean nothing."""
        month = self.chosen_month()
        return str(MONTHS[month]) if month else ""

    def chosen_month(self) -> int | None:
        month: int | None = self.chosen("month") if self.chosen("year") else None
        return month

    def kind(self) -> Kind | None:
        name = self.chosen("type")
        return Kind(name) if name else None

    def is_narrow(self) -> bool:
        return any(self.chosen(name) for name in self.fields if name not in {"on", "show"})

    def payments(self, accounts: Sequence[Account], on: date | None) -> QuerySet[Transaction]:
        """The payments of the selection, of all years."""
        rows = payments_of(accounts, on)
        if tickers := self.tickers():
            rows = rows.filter(instrument__ticker__in=tickers)
        return rows

    def narrowed(self, rows: QuerySet[Transaction]) -> QuerySet[Transaction]:
        """Those of the chosen type, year and month."""
        kind, year, month = self.kind(), self.chosen("year"), self.chosen_month()
        if kind:
            rows = rows.filter(transaction_type=kind.value)
        if year:
            first, last = (month, month) if month else (1, 12)
            until = date(year + last // 12, last % 12 + 1, 1)
            rows = rows.filter(trade_date__gte=date(year, first, 1), trade_date__lt=until)
        return rows


class GainsFilter(Selection):
    """Which realised gains: of the latest year that has any, unless another is chosen; 0 is all years."""

    def year_of(self, latest: int | None) -> int | None:
        year = self.cleaned_data.get("year")
        return latest if year is None else year or None

    def is_narrow(self) -> bool:
        return any(self.chosen(name) for name in ("account", "instrument"))


class TokenForm(forms.ModelForm):  # type: ignore[type-arg] # not generic when it runs
    class Meta:
        model = ApiToken
        fields = ("name", "expires_on")
        labels: ClassVar[dict[str, str]] = {"expires_on": "Valid until"}
        help_texts: ClassVar[dict[str, str]] = {
            "name": "What will use it, for example “spreadsheet”.",
            "expires_on": "Optional: its last day.",
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "name": forms.TextInput(attrs={"autocomplete": "off"}),
            "expires_on": forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        }

    def __init__(self, data: QueryDict | None, user: User) -> None:
        super().__init__(data)
        self.user = user

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if ApiToken.objects.filter(user=self.user, name=name).exists():
            raise ValidationError(f"You already have a token named “{name}”.")
        return name

    def clean_expires_on(self) -> date | None:
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None and day < timezone.localdate():
            raise ValidationError("That day is over.")
        return day

    def issue(self) -> tuple[ApiToken, str]:
        return issue(self.user, self.cleaned_data["name"], self.cleaned_data["expires_on"])
