"""The one call upwards: the ledger tells those who derive from it what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.dispatch import Signal

if TYPE_CHECKING:
    from transactions.models import Account

# Sent inside the database transaction that changed the ledger, with
#   account: transactions.models.Account, locked by the sender
#   changes: dict[str | None, date], the first changed day per ticker; None stands for cash.
# A receiver that fails undoes the change: a position never disagrees with its transactions.
# Receivers may return a list of Effects.
ledger_changed = Signal()


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change did to one position, for the preview of an import. None is unknown."""

    ticker: str
    currency: str
    quantity_before: Decimal
    quantity_after: Decimal
    cost_before: Decimal | None
    cost_after: Decimal | None
    realized_before: Decimal | None
    realized_after: Decimal | None


def announce(account: "Account", changes: Mapping[str | None, date]) -> list[Effect]:
    """Count the change and tell the receivers; returns the effects that they report."""
    account.revision += 1
    account.save(update_fields=["revision"])
    answers = ledger_changed.send(sender=type(account), account=account, changes=changes)
    reported: list[Any] = [answer for _, answer in answers]
    return [effect for effects in reported for effect in effects or []]
