"""Positions as JSON: the rows of the page of positions, and one with its lots and disposals."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router
from ninja.errors import HttpError

from portfolio.api.asked import Question, currency_of
from portfolio.as_of import position_on
from portfolio.evidence import Evidence, as_of, stored
from portfolio.gains import NO_GAIN
from portfolio.holdings import books
from portfolio.listing import (
    DEFAULT_SORT,
    LotRow,
    PositionRow,
    disposal_row,
    ordered,
    position_rows,
)
from portfolio.models import Disposal, Position
from portfolio.valuation import market_of
from pricing.money import ZERO
from pricing.requests import PageRequest
from transactions.answers import Answer, Exact, accounts_of, answers
from transactions.kinds import Kind
from transactions.models import Account

ROWS_A_PAGE = 200

router = Router(tags=["positions"])


class GainAnswer(Answer):
    """``price`` + ``currency`` = ``total``."""

    total: Exact | None
    price: Exact | None
    currency: Exact | None


class PriceAnswer(Answer):
    """Per unit as it is on the day that is asked for."""

    price: Exact
    currency: str
    day: date
    source: str


class RateAnswer(Answer):
    """Units of the asked currency per unit of the price's."""

    value: Exact
    day: date | None
    source: str


class OwnAnswer(Answer):
    """The figures in the currency in which the position was traded."""

    currency: str
    average_cost: Exact | None
    cost: Exact | None
    realized_gain: Exact | None


class PositionAnswer(Answer):
    """Figures are in the currency of the answer, except those in ``own`` and the price."""

    id: int
    account: int
    ticker: str
    name: str
    isin: str | None
    asset_type: str
    quantity: Exact
    cost: Exact | None
    value: Exact | None
    weight: Exact | None = Field(description="In hundredths of all open positions of known value.")
    unrealized_gain: GainAnswer
    unrealized_percent: Exact | None = Field(description="In hundredths of the cost.")
    realized_gain: GainAnswer
    own: OwnAnswer
    price: PriceAnswer | None
    rate: RateAnswer | None
    is_stale: bool
    issues: int
    missing: list[str] = Field(
        description="Of purchase, price, rate, cost, cost-rate, realized, realized-rate."
    )


class PositionsAnswer(Answer):
    currency: str
    on: date | None
    positions: list[PositionAnswer]


class PositionsQuestion(Question):
    account: int | None = None
    status: Literal["open", "closed", "all"] = "open"


@router.get("/positions", response=answers(PositionsAnswer), url_name="positions")
def positions(request: PageRequest, asked: Query[PositionsQuestion]) -> PositionsAnswer:
    """One row an instrument and account, by ticker."""
    candidates = Position.objects.filter(account__in=accounts_of(request, asked.account))
    stored_ones = candidates.defer("issues").select_related("account", "instrument").in_bulk()
    wanted = currency_of(request, asked.currency)
    rows = _rows(request, stored_ones, wanted, asked)
    if asked.status != "all":
        rows = [row for row in rows if row.held.is_open is (asked.status == "open")]
    told = [_position(row) for row in ordered(rows, DEFAULT_SORT)]
    return PositionsAnswer(currency=wanted, on=asked.past, positions=told)


def _rows(
    request: PageRequest, candidates: dict[int, Position], wanted: str, asked: Question
) -> list[PositionRow]:
    """As the pages value them: by the books of all accounts, since weights are of the whole."""
    accounts = list(Account.objects.owned_by(request.user.pk))
    found = books(accounts, wanted, asked.past)
    return position_rows(candidates, found, market_of(accounts, found, asked.past, asked.day))


def _position(row: PositionRow) -> PositionAnswer:
    position, held, worth = row.position, row.held, row.valuation
    is_oversold, is_open = held.holding.quantity < 0, held.is_open
    return PositionAnswer(
        id=position.pk,
        account=position.account_id,
        ticker=held.ticker,
        name=position.instrument.name,
        isin=position.instrument.isin,
        asset_type=position.instrument.asset_type,
        quantity=held.holding.quantity,
        # What was sold without a purchase has a cost that nobody knows yet.
        cost=None if is_oversold else held.holding.cost,
        value=worth.value if is_open else ZERO,
        weight=row.weight if is_open else ZERO,
        unrealized_gain=GainAnswer.model_validate(worth.gain if is_open else NO_GAIN),
        unrealized_percent=worth.percent if is_open else None,
        realized_gain=GainAnswer.model_validate(held.realized),
        own=OwnAnswer(
            currency=held.holding.currency,
            average_cost=held.average,
            cost=None if is_oversold else held.holding.own_cost,
            realized_gain=held.own_realized,
        ),
        price=None if worth.quote is None else PriceAnswer.model_validate(worth.quote),
        rate=None if worth.rate is None else RateAnswer.model_validate(worth.rate),
        is_stale=row.is_stale,
        issues=held.issues,
        missing=_missing(row),
    )


def _missing(row: PositionRow) -> list[str]:
    found = [what.value for what in row.valuation.missing] if row.held.is_open else []
    if row.held.own_realized is None:
        found.append("realized")
    elif row.held.realized.total is None:
        found.append("realized-rate")
    return found


class LotAnswer(Answer):
    """Units that were bought together; money is in ``own.currency`` of the position."""

    lot: int
    bought: date
    quantity: Exact
    remaining_quantity: Exact
    price: Exact | None
    cost: Exact | None
    remaining_cost: Exact | None
    account_rate: Exact | None = Field(description="Account currency per unit, on that day.")
    transaction: int


class DisposalAnswer(Answer):
    """A part of a lot that was closed; money is in ``own.currency`` of the position."""

    lot: int
    type: Kind
    bought: date
    sold: date
    days_held: int | None
    quantity: Exact
    proceeds: Exact | None
    cost: Exact | None
    gain: Exact | None
    account_rate: Exact | None
    bought_by: int
    sold_by: int


class LotsAnswer(Answer):
    total: int
    page: int
    pages: int
    rows: list[LotAnswer]


class DisposalsAnswer(Answer):
    total: int
    page: int
    pages: int
    rows: list[DisposalAnswer]


class OnePositionAnswer(Answer):
    """Lots are in the order in which they will be sold, closed ones last; disposals newest first."""

    currency: str
    on: date | None
    position: PositionAnswer
    issues: list[str]
    lots: LotsAnswer
    disposals: DisposalsAnswer


class PositionQuestion(Question):
    lots_page: int = Field(1, ge=1)
    disposals_page: int = Field(1, ge=1)


@router.get("/positions/{int:pk}", response=answers(OnePositionAnswer), url_name="position")
def position(request: PageRequest, pk: int, asked: Query[PositionQuestion]) -> OnePositionAnswer:
    """One position with the lots and disposals that its figures rest on, 200 of each a page."""
    owned = Position.objects.filter(account__in=Account.objects.owned_by(request.user.pk))
    found = get_object_or_404(owned.select_related("account", "instrument"), pk=pk)
    evidence, wanted = _evidence(found, asked.past), currency_of(request, asked.currency)
    rows = _rows(request, {pk: evidence.position}, wanted, asked)
    counts = evidence.counts()
    lots = Portion("lots", counts["lots"], asked.lots_page)
    disposals = Portion("disposals", counts["disposals"], asked.disposals_page)
    day_of = found.account.day_of
    return OnePositionAnswer(
        currency=wanted,
        on=asked.past,
        position=_position(rows[0]),
        issues=[issue["message"] for issue in evidence.position.issues],
        lots=LotsAnswer(
            **lots.facts(),
            rows=[_lot(LotRow(lot, day_of(lot.purchase_date))) for lot in evidence.lots[lots.rows]],
        ),
        disposals=DisposalsAnswer(
            **disposals.facts(),
            rows=[_disposal(found.account, one) for one in evidence.disposals[disposals.rows]],
        ),
    )


def _evidence(found: Position, on: date | None) -> Evidence:
    if on is None:
        return stored(found)
    past = position_on(found, on)
    if past is None:
        raise HttpError(404, f"There was no such position on {on} yet.")
    return as_of(past, on)


class Portion:
    """A page of a long list. What is counted bounds how far it can be asked for."""

    def __init__(self, name: str, total: int, page: int) -> None:
        self.total, self.page = total, page
        self.pages = max(1, -(-total // ROWS_A_PAGE))
        if page > self.pages:
            raise HttpError(404, f"The {name} end with page {self.pages}.")

    @property
    def rows(self) -> slice:
        return slice((self.page - 1) * ROWS_A_PAGE, self.page * ROWS_A_PAGE)

    def facts(self) -> dict[str, int]:
        return {"total": self.total, "page": self.page, "pages": self.pages}


def _lot(row: LotRow) -> LotAnswer:
    lot = row.lot
    return LotAnswer(
        lot=lot.sequence,
        bought=row.bought,
        quantity=lot.quantity,
        remaining_quantity=lot.remaining_quantity,
        price=lot.purchase_price,
        cost=lot.cost,
        remaining_cost=lot.remaining_cost,
        account_rate=lot.account_rate,
        transaction=lot.opening_transaction_id,
    )


def _disposal(account: Account, found: Disposal) -> DisposalAnswer:
    row = disposal_row(account, found)
    return DisposalAnswer(
        lot=found.lot.sequence,
        type=found.closing_transaction.kind,
        bought=row.bought,
        sold=row.sold,
        days_held=row.days,
        quantity=found.quantity,
        proceeds=found.proceeds,
        cost=found.cost,
        gain=found.gain,
        account_rate=found.account_rate,
        bought_by=row.bought_by,
        sold_by=row.sold_by,
    )
