"""Positions, lots and gains as tables to export; what is unknown is empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import Http404

from portfolio.as_of import Past, books_on
from portfolio.derived import unit_price
from portfolio.double_entry import beancount_text
from portfolio.forms import PositionFilter
from portfolio.models import Disposal, Lot, Position
from pricing.models import Instrument
from transactions.downloads import Table
from transactions.exports import CHUNK, EXPORTS, Document, Export, Scope, register
from transactions.kinds import ACQUISITIONS, Kind
from transactions.models import Account

POSITIONS = (
    *("account", "ticker", "isin", "name", "asset_type", "quantity", "average_cost", "cost"),
    *("realized_gain", "currency", "issues"),
)
LOTS = (
    *("account", "ticker", "isin", "name", "bought", "lot", "quantity", "remaining_quantity"),
    *("price", "cost", "remaining_cost", "currency"),
)
GAINS = (
    *("account", "ticker", "isin", "name", "type", "bought", "sold", "days_held", "lot"),
    *("quantity", "proceeds", "cost", "gain", "currency"),
)
_INSTRUMENT = ("instrument__ticker", "instrument__isin", "instrument__name")


def positions_table(scope: Scope) -> Table:
    """Open and closed ones, unless the list of positions narrows them."""
    if scope.on is not None:
        return Table("positions", POSITIONS, _positions_on(scope, scope.on))
    found: QuerySet[Position] = Position.objects.filter(account__in=_ids(scope))
    # The list always says which status it shows.
    if scope.filters is not None and "status" in scope.filters:
        form = PositionFilter(scope.filters, scope.owner.pk)
        if not form.is_valid():
            raise Http404("There are no such filters.")
        found = form.positions()
    return Table("positions", POSITIONS, _positions(found))


def _positions_on(scope: Scope, on: date) -> Iterator[tuple[object, ...]]:
    """All positions of the accounts as of a past day; the filters of the list are of today's."""
    for build, instrument in _builds_on(scope, on):
        position = build.position
        yield (
            position.account.name,
            *(instrument.ticker, instrument.isin, instrument.name, instrument.asset_type),
            *(position.quantity, position.avg_cost_basis, position.total_cost),
            *(position.realized_pl, position.currency),
            " ".join(issue["message"] for issue in position.issues),
        )


def _lots_on(scope: Scope, on: date) -> Iterator[tuple[object, ...]]:
    for build, instrument in _builds_on(scope, on):
        position = build.position
        day_of = position.account.day_of
        for lot in sorted(build.book.opened):
            yield (
                *(position.account.name, instrument.ticker, instrument.isin, instrument.name),
                *(day_of(lot.purchased_at), lot.sequence, lot.quantity, lot.remaining),
                *(unit_price(lot), lot.cost, lot.remaining_cost, position.currency),
            )


def _builds_on(scope: Scope, on: date) -> Iterator[tuple[Past, Instrument]]:
    """Computed over all accounts of the owner, because lots may have come from any of them."""
    wanted = set(_ids(scope))
    found = books_on(list(Account.objects.owned_by(scope.owner.pk)), on)
    builds = [build for build in found if build.position.account_id in wanted]
    tickers = [build.position.instrument_id for build in builds]
    instruments = Instrument.objects.in_bulk(tickers, field_name="ticker")
    builds.sort(key=lambda build: (build.position.account.name, build.position.instrument_id))
    for build in builds:
        yield build, instruments[build.position.instrument_id]


def _positions(found: QuerySet[Position]) -> Iterator[tuple[object, ...]]:
    fields = (
        *("account__name", *_INSTRUMENT, "instrument__asset_type", "quantity"),
        *("avg_cost_basis", "total_cost", "realized_pl", "currency", "issues"),
    )
    rows = found.order_by("account__name", "instrument", "pk").values_list(*fields)
    for *figures, issues in rows.iterator(chunk_size=CHUNK):
        yield (*figures, " ".join(issue["message"] for issue in issues))


def lots_table(scope: Scope) -> Table:
    rows = _lots(scope) if scope.on is None else _lots_on(scope, scope.on)
    return Table("lots", LOTS, rows)


def _lots(scope: Scope) -> Iterator[tuple[object, ...]]:
    zones = _zones(scope)
    fields = (
        *("position__account", "position__account__name"),
        *(f"position__{name}" for name in _INSTRUMENT),
        *("purchase_date", "sequence", "quantity", "remaining_quantity", "purchase_price", "cost"),
        *("remaining_cost", "position__currency"),
    )
    rows = Lot.objects.filter(position__account__in=_ids(scope)).order_by(
        "position__account__name",
        "position__instrument",
        "position",
        "purchase_date",
        "sequence",
    )
    for account, name, ticker, isin, title, at, *figures in rows.values_list(*fields).iterator(
        chunk_size=CHUNK
    ):
        yield (name, ticker, isin, title, _day(at, zones[account]), *figures)


def gains_table(scope: Scope) -> Table:
    return Table("gains", GAINS, _gains(scope))


def _gains(scope: Scope) -> Iterator[tuple[object, ...]]:
    """What was sold, given away or paid back beyond its cost; moves between own accounts gain nothing."""
    zones = _zones(scope)
    wanted = Q(lot__position__account__in=_ids(scope))
    if scope.on is not None:
        wanted &= Q(closing_transaction__trade_date__lte=scope.on)
    rows = (
        Disposal.objects.filter(wanted)
        .exclude(closing_transaction__transaction_type=Kind.TRANSFER_OUT.value)
        .order_by(
            "lot__position__account__name",
            "lot__position__instrument",
            "lot__position",
            "closing_transaction__trade_date",
            "pk",
        )
    )
    fields = (
        *("lot__position__account", "lot__position__account__name"),
        *(f"lot__position__{name}" for name in _INSTRUMENT),
        *("closing_transaction__transaction_type", "lot__purchase_date", "lot__quantity"),
        *("closing_transaction__trade_date", "lot__sequence", "quantity", "proceeds", "cost"),
        *("gain", "lot__position__currency"),
    )
    for row in rows.values_list(*fields).iterator(chunk_size=CHUNK):
        account, name, ticker, isin, title, kind, at, lot_quantity, closed, *figures = row
        bought, sold = _day(at, zones[account]), closed
        days: int | None = (sold - bought).days
        if lot_quantity < 0 and Kind(kind) in ACQUISITIONS:
            # Sold before a purchase is recorded: what closes the lot is the purchase.
            kind, bought, sold, days = Kind.SELL.value, closed, bought, None
        yield (name, ticker, isin, title, kind, bought, sold, days, *figures)


def _ids(scope: Scope) -> list[int]:
    return [account.pk for account in scope.accounts]


def _zones(scope: Scope) -> Mapping[int, ZoneInfo]:
    return {account.pk: ZoneInfo(account.time_zone) for account in scope.accounts}


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def offer() -> None:
    EXPORTS["transactions"].documents["beancount"] = Document(
        "beancount", "beancount", "text/plain; charset=utf-8", beancount_text
    )
    register(
        Export(
            "positions",
            "Positions",
            "One line an instrument and account, with its cost and realised gain.",
            positions_table,
        )
    )
    register(
        Export(
            "lots",
            "Lots",
            "Every purchase, what is left of it and at which cost, first in, first out.",
            lots_table,
        )
    )
    register(
        Export(
            "gains",
            "Gains",
            "Every sale by the lots that it closed: bought, sold, days held, proceeds, cost, gain.",
            gains_table,
        )
    )
