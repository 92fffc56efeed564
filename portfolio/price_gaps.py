"""What is unknown about prices: none, an old one, one that nobody believes, nothing to fetch one by."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet, Window

from portfolio.findings import MOST_SHOWN, Finding, Group, Scope
from portfolio.models import Position
from pricing.assets import AssetType
from pricing.closes import closes_on
from pricing.models import Instrument, PriceHistory
from pricing.staleness import is_stale


def price_page(pk: int) -> str:
    return f"/prices/{pk}/"


def _held(scope: Scope) -> QuerySet[Instrument]:
    """Instruments of open positions."""
    open_positions = Position.objects.filter(account__in=scope.accounts).open()
    return Instrument.objects.filter(ticker__in=open_positions.values("instrument"))


def prices(scope: Scope) -> list[Group]:
    """Held instruments whose last price is missing or old; two queries."""
    held = list(_held(scope).exclude(asset_type=AssetType.CASH.value))
    closes = closes_on([instrument.ticker for instrument in held], scope.today)
    without = [one for one in held if one.ticker not in closes]
    stale = [
        one
        for one in held
        if one.ticker in closes and is_stale(one.asset_type, closes[one.ticker].day, scope.today)
    ]
    return [
        Group(
            "prices",
            "Held without a price",
            "Everything that is held has a price",
            "Their value is unknown, and missing from every total.",
            len(without),
            [
                Finding(one.ticker, one.name, "No price is known.", "Enter one", price_page(one.pk))
                for one in without[:MOST_SHOWN]
            ],
            "/prices/",
        ),
        Group(
            "stale-prices",
            "Old prices",
            "All prices are fresh",
            "The last price is carried forward until there is a newer one.",
            len(stale),
            [
                Finding(
                    one.ticker,
                    one.name,
                    f"The last price is of {closes[one.ticker].day:%-d %b %Y}.",
                    "Update it",
                    price_page(one.pk),
                )
                for one in stale[:MOST_SHOWN]
            ],
            "/prices/",
        ),
    ]


def quarantined(scope: Scope) -> list[Group]:
    """Prices that wait for a person's judgement, of instruments in the user's positions."""
    mine = Position.objects.filter(account__in=scope.accounts).values("instrument")
    rows = (
        PriceHistory.objects.filter(instrument__in=mine)
        .exclude(quarantine="")
        .select_related("instrument")
        .annotate(found=Window(Count("pk")))
        .order_by("instrument", "-date", "source")[:MOST_SHOWN]
    )
    found = list(rows)
    return [
        Group(
            "quarantine",
            "Prices in quarantine",
            "No price waits for your judgement",
            "They jumped too far to be believed, and are not used until you have judged them.",
            found[0].found if found else 0,
            [
                Finding(
                    row.instrument_id,
                    f"{row.date:%-d %b %Y}, {row.source}",
                    row.quarantine,
                    "Judge it",
                    price_page(row.instrument.pk),
                )
                for row in found
            ],
            "/prices/",
        )
    ]


def instruments(scope: Scope) -> list[Group]:
    """Held instruments that nobody has described."""
    lacking = {
        "asset type": Q(asset_type=AssetType.OTHER.value),
        "currency": Q(currency=""),
        "source of prices": Q(provider=""),
    }
    is_lacking = Q()
    for condition in lacking.values():
        is_lacking |= condition
    found = list(
        _held(scope)
        .filter(is_lacking)
        .annotate(found=Window(Count("pk")))
        .order_by("ticker")[:MOST_SHOWN]
    )
    return [
        Group(
            "instruments",
            "Instruments that lack a description",
            "Every instrument has a type, a currency and a source of prices",
            "Without them there is no allocation by type, and nothing to fetch prices by.",
            found[0].found if found else 0,
            [
                Finding(row.ticker, row.name, _lacks(row), "Describe it", price_page(row.pk))
                for row in found
            ],
            "/prices/",
        )
    ]


def _lacks(instrument: Instrument) -> str:
    missing = [
        name
        for name, is_missing in (
            ("asset type", instrument.asset_type == AssetType.OTHER.value),
            ("currency", not instrument.currency),
            ("source of prices", not instrument.provider),
        )
        if is_missing
    ]
    return f"No {' and no '.join(missing)}."
