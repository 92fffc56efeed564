"""manage.py positions: what is held, from which lots, and what was gained."""

import json
from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Prefetch

from portfolio.models import Lot, Position
from pricing.terminal import table
from transactions.models import Account


class Command(BaseCommand):
    help = "Print positions with quantity, cost and realised gain; with --json also their lots."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", help="only the accounts of this name")
        parser.add_argument("--user", help="only this user's")
        parser.add_argument("--json", action="store_true", help="decimals as strings, null unknown")

    def handle(self, **options: Any) -> None:
        positions = Position.objects.select_related("account").order_by(
            "account__name", "instrument", "pk"
        )
        if options["account"]:
            if not Account.objects.filter(name=options["account"]).exists():
                raise CommandError(f"There is no account “{options['account']}”.")
            positions = positions.filter(account__name=options["account"])
        if options["user"]:
            positions = positions.filter(account__owner__username=options["user"])
        if options["json"]:
            lots = Lot.objects.exclude(remaining_quantity=0).order_by("purchase_date", "sequence")
            positions = positions.prefetch_related(Prefetch("lots", queryset=lots))
            self.stdout.write(json.dumps([describe(position) for position in positions]))
            return
        header = ["Account", "Ticker", "Quantity", "Total cost", "Realised", "Currency", "To check"]
        rows = [_row(position) for position in positions]
        if not rows:
            self.stdout.write("No positions yet. Import a file: manage.py import_transactions FILE")
            return
        self.stdout.write(table(header, rows, numbers_from=2))


def describe(position: Position) -> dict[str, Any]:
    """One position as the documented JSON object, with its open lots, oldest first."""
    return {
        "account": position.account.name,
        "ticker": position.instrument_id,
        "quantity": plain(position.quantity),
        "avg_cost_basis": plain(position.avg_cost_basis),
        "total_cost": plain(position.total_cost),
        "realized_pl": plain(position.realized_pl),
        "currency": position.currency,
        "lots": [
            {
                "purchase_date": lot.purchase_date.isoformat(),
                "quantity": plain(lot.quantity),
                "remaining_quantity": plain(lot.remaining_quantity),
                "purchase_price": plain(lot.purchase_price),
                "cost": plain(lot.cost),
                "remaining_cost": plain(lot.remaining_cost),
            }
            for lot in position.lots.all()
        ],
        "issues": [issue["message"] for issue in position.issues],
    }


def plain(number: Decimal | None) -> str | None:
    """The number without exponent and trailing zeros; None stays unknown."""
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _row(position: Position) -> list[str]:
    return [
        position.account.name,
        position.instrument_id,
        plain(position.quantity) or "",
        plain(position.total_cost) or "unknown",
        plain(position.realized_pl) or "unknown",
        position.currency,
        str(len(position.issues) or ""),
    ]
