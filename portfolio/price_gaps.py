"""What is unknown about prices: none, an old one, one that nobody believes, nothing to fetch one by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Window
from django.urls import reverse

from portfolio.findings import MOST_SHOWN, Finding, Group, Scope
from portfolio.models import Position
from portfolio.split_gaps import absent_splits, split_group
from pricing.assets import AssetType
from pricing.closes import closes_on
from pricing.models import Instrument, PriceHistory
from pricing.staleness import is_stale


@dataclass(frozen=True)
class Held:
    """The instruments of open positions, and the day of the last price of each that has one."""

    instruments: Sequence[Instrument]
    days: Mapping[str, date]
    today: date


def prices(scope: Scope) -> list[Group]:
    """What the instruments of open positions lack; two queries."""
    open_positions = Position.objects.filter(account__in=scope.accounts).open()
    instruments = list(
        Instrument.objects.filter(ticker__in=open_positions.values("instrument"))
        .exclude(asset_type=AssetType.CASH.value)
        .annotate(absent_splits=absent_splits(scope.accounts, scope.today))
    )
    closes = closes_on([one.ticker for one in instruments], scope.today)
    days = {ticker: close.day for ticker, close in closes.items()}
    held = Held(instruments, days, scope.today)
    splits = split_group(vars(one) for one in instruments)
    return [_missing(held), _stale(held), _failed(held), _undescribed(held), splits]


def _missing(held: Held) -> Group:
    return _group(
        ("prices", "missing"),
        "Held without a price",
        "Everything that is held has a price",
        "Their value is unknown, and missing from every total.",
        [
            _finding(one, "No price is known.", "Enter one", "price-add")
            for one in held.instruments
            if one.ticker not in held.days
        ],
    )


def _stale(held: Held) -> Group:
    days = held.days
    return _group(
        ("stale-prices", "stale"),
        "Old prices",
        "All prices are fresh",
        "The last price is carried forward until there is a newer one.",
        [
            _finding(one, f"The last price is of {days[one.ticker]:%-d %b %Y}.", "Update it")
            for one in held.instruments
            if one.ticker in days and is_stale(one.asset_type, days[one.ticker], held.today)
        ],
    )


def _failed(held: Held) -> Group:
    return _group(
        ("price-errors", "failed"),
        "Prices that could not be fetched",
        "Every refresh of prices succeeded",
        "The last good price is kept.",
        [
            _finding(one, one.price_error, "Check its source", "settings")
            for one in held.instruments
            if one.price_error
        ],
    )


def _undescribed(held: Held) -> Group:
    return _group(
        ("instruments", "held"),
        "Instruments that lack a description",
        "Every instrument has a type, a currency and a source of prices",
        "Without them there is no allocation by type, and nothing to fetch prices by.",
        [
            _finding(one, f"No {' and no '.join(lacks)}.", "Describe it", "settings")
            for one in held.instruments
            if (lacks := _lacks(one))
        ],
    )


def _group(
    names: tuple[str, str], title: str, calm: str, about: str, found: Sequence[Finding]
) -> Group:
    """The names are the anchor, and what the filter of the price pages calls them."""
    anchor, show = names
    everything = f"{reverse('pricing:prices')}?show={show}"
    return Group(anchor, title, calm, about, len(found), found[:MOST_SHOWN], everything)


def _finding(instrument: Instrument, sentence: str, fix: str, view: str = "instrument") -> Finding:
    url = reverse(f"pricing:{view}", args=[instrument.pk])
    return Finding(instrument.ticker, instrument.name, sentence, fix, url)


def _lacks(instrument: Instrument) -> list[str]:
    facts = {
        "asset type": instrument.asset_type != AssetType.OTHER.value,
        "currency": instrument.currency,
        "source of prices": instrument.provider,
    }
    return [name for name, is_there in facts.items() if not is_there]


def quarantined(scope: Scope) -> list[Group]:
    """Prices that wait for a person's judgement, of instruments in the user's positions."""
    mine = Position.objects.filter(account__in=scope.accounts).values("instrument")
    found = list(
        PriceHistory.objects.filter(instrument__in=mine)
        .exclude(quarantine="")
        .annotate(found=Window(Count("pk")))
        .order_by("instrument", "-date", "source")[:MOST_SHOWN]
    )
    judge = reverse("pricing:quarantine")
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
                    judge,
                )
                for row in found
            ],
            judge,
        )
    ]
