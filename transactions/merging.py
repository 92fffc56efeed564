"""Make one instrument of two that turned out to be the same, in one database transaction."""

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction
from django.db.models import Min

from pricing import corrections
from pricing.assets import AssetType
from pricing.models import Instrument, InstrumentName, PriceHistory, Split
from transactions.cancelling import link_cancelled
from transactions.models import Account, StatedBalance, Transaction
from transactions.resolve import is_one_family
from transactions.signals import announce


class NotMergeable(ValueError):
    """The two cannot be one instrument; the message says why."""


@transaction.atomic
def merge_instruments(old: str, new: str) -> int:
    """Move all rows, prices, splits and names of ``old`` to ``new``; returns the rows moved.

    The old ticker and ISIN become other names of the new instrument, so that later files find it. What
    both have stays as the new one has it. Positions of all accounts are rebuilt. An exchange of one
    for the other no longer moves anything, see ``portfolio.entries``.
    """
    # Accounts before instruments, as imports lock them, so that neither waits for the other for ever.
    _lock(_changes(old))
    leaving, staying = _both(old, new)
    changes = _changes(old)
    _lock(changes)
    moved = _move_rows(old, new)
    first = _move_prices(old, new)
    _move_names(leaving, staying)
    for account, since in changes.items():
        # A trade and the one that takes it back may have come under one of the names each.
        days: dict[str | None, date] = {old: since, new: since}
        for ticker, day in link_cancelled(account).items():
            days[ticker] = min(days.get(ticker, day), day)
        # Read again: the lock of one account locks all of its owner's.
        announce(Account.objects.get(pk=account.pk), days)
    leaving.delete()
    _complete(leaving, staying)
    if first is not None:
        corrections.tell(new, first)
    return moved


def _both(old: str, new: str) -> tuple[Instrument, Instrument]:
    if old == new:
        raise NotMergeable(f"{old} is one instrument already.")
    # Nobody may add a row to the one that goes.
    locked = Instrument.objects.filter(ticker__in=(old, new)).order_by("pk").select_for_update()
    found = {instrument.ticker: instrument for instrument in locked}
    for ticker in (old, new):
        if ticker not in found:
            raise NotMergeable(f"There is no instrument {ticker}.")
    leaving, staying = found[old], found[new]
    if not is_one_family(AssetType(leaving.asset_type), AssetType(staying.asset_type)):
        raise NotMergeable(
            f"{old} is of the type {leaving.get_asset_type_display()} and {new} of the type"
            f" {staying.get_asset_type_display()}; change one of them first if they are the same."
        )
    return leaving, staying


def _changes(old: str) -> dict[Account, date]:
    """The first day that changes in each account, also in one that only a statement says to hold it."""
    stated = StatedBalance.objects.filter(instrument__ticker=old).order_by()
    first = dict(stated.values_list("account").annotate(Min("at__date")))
    rows = Transaction.objects.filter(instrument__ticker=old).order_by()
    first |= dict(rows.values_list("account").annotate(Min("trade_date")))
    accounts = Account.objects.filter(pk__in=first).order_by("owner", "pk")
    return {account: first[account.pk] for account in accounts}


def _lock(accounts: Iterable[Account]) -> None:
    for account in accounts:
        Account.objects.lock(account.pk)


def _move_rows(old: str, new: str) -> int:
    """Rows of both that are equal but for the ticker were two events, and stay two."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE transactions AS row SET ticker = %(new)s, occurrence = occurrence + COALESCE((
                SELECT max(twin.occurrence) FROM transactions AS twin
                WHERE twin.account_id = row.account_id AND twin.ticker = %(new)s
                  AND twin.transaction_date = row.transaction_date
                  AND twin.quantity IS NOT DISTINCT FROM row.quantity
                  AND twin.transaction_type = row.transaction_type
            ), 0)
            WHERE ticker = %(old)s
            """,
            {"old": old, "new": new},
        )
        moved: int = cursor.rowcount
    return moved


def _move_prices(old: str, new: str) -> date | None:
    """Prices and splits of days for which the new one has none; the first day that gets one."""
    days: list[date] = []
    for rows in (
        PriceHistory.objects.filter(instrument__ticker=old),
        Split.objects.filter(instrument__ticker=old),
    ):
        model = rows.model
        kept = set(model._default_manager.filter(instrument__ticker=new).values_list(*_KEYS[model]))
        moving = [
            (pk, day)
            for pk, day, *rest in rows.values_list("pk", *_KEYS[model])
            if (day, *rest) not in kept
        ]
        rows.filter(pk__in=[pk for pk, _ in moving]).update(instrument=new)
        days += [day for _, day in moving]
    return min(days, default=None)


# What two prices or splits of one instrument cannot have in common.
_KEYS: dict[type, tuple[str, ...]] = {PriceHistory: ("date", "source"), Split: ("date",)}


def _move_names(leaving: Instrument, staying: Instrument) -> None:
    InstrumentName.objects.filter(instrument=leaving).update(instrument=staying)
    _move_statements(leaving, staying)
    names = [(InstrumentName.Kind.TICKER, leaving.ticker)]
    if leaving.isin and staying.isin:
        names.append((InstrumentName.Kind.ISIN, leaving.isin))
    for kind, value in names:
        InstrumentName.objects.update_or_create(
            kind=kind, value=value, currency="", defaults={"instrument": staying}
        )


def _move_statements(leaving: Instrument, staying: Instrument) -> None:
    """Of two that one file makes at one instant, each is a part of what is held of the one instrument."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH parts AS (
                DELETE FROM stated_balances AS part USING stated_balances AS kept
                WHERE part.ticker = %(old)s AND kept.ticker = %(new)s
                  AND kept.import_id = part.import_id AND kept.account_id = part.account_id
                  AND kept.at = part.at AND kept.is_list = part.is_list
                RETURNING kept.id, part.amount, part.decimals
            )
            UPDATE stated_balances AS kept SET amount = kept.amount + parts.amount,
                   decimals = greatest(kept.decimals, parts.decimals)
            FROM parts WHERE kept.id = parts.id
            """,
            {"old": leaving.ticker, "new": staying.ticker},
        )
    StatedBalance.objects.filter(instrument=leaving).update(instrument=staying)


def _complete(leaving: Instrument, staying: Instrument) -> None:
    """What the staying one lacks; its ISIN is free only once the other is gone."""
    for field in ("isin", "name", "currency"):
        setattr(staying, field, getattr(staying, field) or getattr(leaving, field))
    if staying.asset_type == AssetType.OTHER:
        staying.asset_type = leaving.asset_type
    if not staying.provider:
        staying.provider, staying.provider_symbol = leaving.provider, leaving.provider_symbol
    staying.save()
