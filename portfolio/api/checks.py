"""What is stated beside what is reckoned, what is unknown, and who asks, as JSON."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from ninja import Field, Query, Router, Schema

from portfolio.api.asked import Question, currency_of
from portfolio.data_health import groups
from portfolio.findings import Scope
from portfolio.reconciliation import Line, Point, reconciled
from pricing.requests import PageRequest
from transactions.answers import Answer, Exact, accounts_of, answers
from transactions.models import Account

router = Router(tags=["checks"])


class HomeAnswer(Answer):
    user: str
    schema_url: str


@router.get("", response=answers(HomeAnswer), url_name="home")
def home(request: PageRequest) -> HomeAnswer:
    """Whose figures a token leads to, and where the rest is described."""
    return HomeAnswer(user=request.user.get_username(), schema_url=reverse("api:openapi-json"))


class StatementAnswer(Answer):
    day: date
    stated: Exact
    ours: Exact
    difference: Exact = Field(description="Ours minus what is stated.")
    agrees: bool = Field(description="Equal in the decimals that are stated.")
    import_id: int | None = Field(description="Null for one that was typed in.")
    line: int | None


class ReconcileLine(Answer):
    """One asset of an account, by the latest that is stated about it."""

    account: int
    ticker: str | None
    currency: str | None = Field(description="Of money; else null.")
    agrees: bool
    last_agreeing: date | None
    first_differing: date | None
    statements: int
    latest: StatementAnswer


class ReconcileAnswer(Answer):
    differing: int
    lines: list[ReconcileLine]


class ReconcileQuestion(Schema):
    account: int | None = None


@router.get("/reconcile", response=answers(ReconcileAnswer), url_name="reconcile")
def reconcile(request: PageRequest, asked: Query[ReconcileQuestion]) -> ReconcileAnswer:
    """What brokers say that was held, beside what the transactions add up to."""
    accounts = {account.pk: account for account in accounts_of(request, asked.account)}
    lines = reconciled(list(accounts.values()))
    return ReconcileAnswer(
        differing=sum(not line.agrees for line in lines),
        lines=[_line(accounts[line.account], line) for line in lines],
    )


def _line(account: Account, line: Line) -> ReconcileLine:
    return ReconcileLine(
        account=account.pk,
        ticker=line.ticker or None,
        currency=line.currency or None,
        agrees=line.agrees,
        last_agreeing=_day(account, line.last_agreeing),
        first_differing=_day(account, line.first_differing),
        statements=len(line.points),
        latest=_statement(account, line.latest),
    )


def _day(account: Account, point: Point | None) -> date | None:
    return None if point is None else account.day_of(point.at)


def _statement(account: Account, point: Point) -> StatementAnswer:
    return StatementAnswer(
        day=account.day_of(point.at),
        stated=point.stated,
        ours=point.ours,
        difference=point.difference,
        agrees=point.agrees,
        import_id=point.source,
        line=point.line,
    )


class HealthGroup(Answer):
    name: str
    title: str
    about: str
    count: int


class DataHealthAnswer(Answer):
    open: int = Field(description="How many findings there are in all.")
    groups: list[HealthGroup]


@router.get("/data-health", response=answers(DataHealthAnswer), url_name="data-health")
def data_health(request: PageRequest, asked: Query[Question]) -> DataHealthAnswer:
    """How much is unknown or contradictory, by what is the matter; zeros are what is in order."""
    currency = currency_of(request, asked.currency)
    scope = Scope(request.user, accounts_of(request, None), asked.day, currency)
    found = [HealthGroup.model_validate(group) for group in groups(scope)]
    return DataHealthAnswer(open=sum(group.count for group in found), groups=found)
