"""Snapshots as a test wants them, and days to look back from."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from pricing.models import ExchangeRate, PriceHistory
from snapshots.models import PortfolioSnapshot, StaleMark
from tests.factories import InstrumentFactory
from transactions.models import Account


def ago(days: int) -> date:
    """So many days before today; yesterday is the last day that is recorded."""
    return timezone.localdate() - timedelta(days=days)


def record(account: Account, first: date, *rows: tuple, **fields: object) -> None:
    """One snapshot a day: ``(value, inflow, outflow, moved_in, moved_out)``, zeros left out.

    Nothing is stale after it, as after a recording.
    """
    StaleMark.objects.filter(account=account).delete()
    names = ("total_value", "inflow", "outflow", "moved_in", "moved_out")
    PortfolioSnapshot.objects.bulk_create(
        PortfolioSnapshot(
            account=account,
            snapshot_date=first + timedelta(days=place),
            **dict(zip(names, map(Decimal, row), strict=False)),
            **fields,
        )
        for place, row in enumerate(rows)
    )


def held(ticker: str, quantity: str, price: str, value: str | None, currency: str = "EUR") -> dict:
    """An entry of positions_json."""
    day = "2024-01-01"
    keys = ("ticker", "quantity", "price", "currency", "price_date", "rate", "value")
    return dict(zip(keys, (ticker, quantity, price, currency, day, "1", value), strict=True))


def rate(currency: str, day: date, per_euro: str) -> None:
    ExchangeRate.objects.create(currency=currency, date=day, rate=Decimal(per_euro), source="ECB")


def price(ticker: str, day: date, close: str, currency: str = "EUR") -> None:
    PriceHistory.objects.create(
        instrument=InstrumentFactory(ticker=ticker),
        date=day,
        close_price=Decimal(close),
        currency=currency,
        source="manual",
    )
