"""What the ledger adds up to: cash, income, fees and taxes.

One pass over the rows in the database groups them by everything that decides what an amount means;
the rules themselves are those of ``transactions.kinds`` and ``Transaction.cash_effects``, applied here to
the few groups. Nothing is converted: every sum is in one currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.core.cache import cache
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Sum, Value, When

from pricing.money import EXACT, ZERO
from transactions.kinds import CASH_SIGN, INCOME, Kind
from transactions.models import Account, Transaction

# With an instrument these move units and no money; see Transaction.cash_effects.
UNITS_ONLY = Q(instrument__isnull=False) & (
    Q(transaction_type__in=[Kind.TRANSFER_IN.value, Kind.TRANSFER_OUT.value])
    | Q(transaction_type=Kind.FEE.value, quantity__isnull=False)
)
PAYER = Case(
    When(fee_currency="", then=F("currency")), default=F("fee_currency"), output_field=CharField()
)
MISSING = Count("pk", filter=Q(total_amount__isnull=True))
# Part of the key, to be raised with every change of Group: what an older version kept is then ignored.
VERSION = 1


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are alike in account, kind and currencies, added up."""

    account: int
    kind: Kind
    currency: str
    payer: str
    is_units_only: bool
    amount: Decimal
    fee: Decimal
    tax: Decimal
    unknown: int


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount in one currency, and how many of its rows are missing because nobody knows them."""

    amount: Decimal = ZERO
    unknown: int = 0

    def plus(self, amount: Decimal, unknown: int = 0) -> Figure:
        return replace(self, amount=EXACT.add(self.amount, amount), unknown=self.unknown + unknown)

    def with_part(self, amount: Decimal | None) -> Figure:
        """With one more part, which may be unknown."""
        return self.plus(ZERO, 1) if amount is None else self.plus(amount)


NOTHING = Figure()


def groups(rows: QuerySet[Transaction]) -> list[Group]:
    """The rows in groups, by one query."""
    units_only = Case(When(UNITS_ONLY, then=Value(True)), default=Value(False))
    found = (
        rows.order_by()
        .annotate(payer=PAYER, units_only=units_only)
        .values_list("account", "transaction_type", "currency", "payer", "units_only")
        .annotate(amount=Sum("total_amount"), fees=Sum("fee"), taxes=Sum("tax"), missing=MISSING)
    )
    return [
        Group(account, Kind(kind), currency, payer, units_only, amount or ZERO, fee, tax, unknown)
        for account, kind, currency, payer, units_only, amount, fee, tax, unknown in found
    ]


def groups_of(accounts: Sequence[Account]) -> list[Group]:
    """The groups of whole accounts, kept until the next change of an account's ledger."""
    keys = {
        account.pk: f"ledger-sums:{VERSION}:{account.pk}:{account.revision}" for account in accounts
    }
    kept: dict[str, list[Group]] = cache.get_many(keys.values())
    missing = [pk for pk, key in keys.items() if key not in kept]
    if missing:
        fresh: dict[str, list[Group]] = {keys[pk]: [] for pk in missing}
        for group in groups(Transaction.objects.filter(account__in=missing)):
            fresh[keys[group.account]].append(group)
        cache.set_many(fresh)
        kept |= fresh
    return [group for key in keys.values() for group in kept[key]]


def cash(found: Iterable[Group]) -> dict[tuple[int, str], Decimal]:
    """Balance per account and currency; a currency whose balance is nothing is left out."""
    balances: defaultdict[tuple[int, str], Decimal] = defaultdict(lambda: ZERO)
    for group in found:
        amount = ZERO if group.is_units_only else CASH_SIGN[group.kind] * group.amount
        for currency, effect in (
            (group.currency, EXACT.subtract(amount, group.tax)),
            (group.payer, -group.fee),
        ):
            key = (group.account, currency)
            balances[key] = EXACT.add(balances[key], effect)
    return {key: balance for key, balance in sorted(balances.items()) if balance}


def income(found: Iterable[Group]) -> dict[str, Figure]:
    """Dividends, interest and income in kind per currency, before tax."""
    return _sums((g.currency, g.amount, g.unknown) for g in found if g.kind in INCOME)


def fees(found: Iterable[Group]) -> dict[str, Figure]:
    """Fees of trades and rows that are fees themselves, per currency."""
    found = list(found)
    charged = [(group.payer, group.fee, 0) for group in found]
    # Units that were paid as a fee are gone from the lots; what they were worth need not be known.
    own = [
        (group.currency, group.amount, 0 if group.is_units_only else group.unknown)
        for group in found
        if group.kind is Kind.FEE
    ]
    return _sums([*charged, *own])


def taxes(found: Iterable[Group]) -> dict[str, Figure]:
    """Taxes withheld from other rows and rows that are taxes themselves, per currency."""
    found = list(found)
    withheld = [(group.currency, group.tax, 0) for group in found]
    own = [(g.currency, g.amount, g.unknown) for g in found if g.kind is Kind.TAX]
    return _sums([*withheld, *own])


def _sums(terms: Iterable[tuple[str, Decimal, int]]) -> dict[str, Figure]:
    sums: defaultdict[str, Figure] = defaultdict(Figure)
    for currency, amount, unknown in terms:
        if amount or unknown:
            sums[currency] = sums[currency].plus(amount, unknown)
    return dict(sums)
