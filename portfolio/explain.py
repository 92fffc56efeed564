"""Where each figure of a position comes from: the rows that it is the sum of.

Long sums show their first terms and what the others add up to; the tables of the page have all rows.
The totals are those that are stored or summed by the database, never sums of what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q
from django.urls import reverse

from portfolio import ledger_sums
from portfolio.evidence import Evidence, Head, costless_lot, heads_of
from portfolio.ledger_sums import Figure
from portfolio.listing import disposal_row
from portfolio.models import Lot, Position
from pricing.money import EXACT, ZERO
from transactions.kinds import INCOME, KIND_LABELS, Kind
from transactions.models import Transaction, TransactionQuerySet


@dataclass(frozen=True, slots=True)
class Term:
    """One row of a sum; an amount of None is unknown, and the row's page is where to enter it."""

    day: date | None
    text: str
    transaction: int | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Explained:
    label: str
    # How the figure is written: quantity, price, amount or gain.
    style: str
    value: Decimal | None
    currency: str = ""
    terms: Sequence[Term] = ()
    # The rows that are not shown, and where they are.
    more: int = 0
    rest: Decimal | None = None
    section: str = ""
    formula: str = ""
    # Rows of unknown amount that the value leaves out.
    unknown: int = 0
    fix: str = ""


def explanations(found: Evidence) -> list[Explained]:
    position = found.position
    shown, count = found.first_open_lots
    quantity = Explained("Quantity", "quantity", position.quantity, section="lots")
    return [
        summed(
            quantity, [_lot_term(position, lot, lot.remaining_quantity) for lot in shown], count
        ),
        _average(found),
        _cost(position, shown, count),
        _realized(found),
        *_charges(found),
    ]


def _lot_term(position: Position, lot: Lot, amount: Decimal | None) -> Term:
    return Term(
        position.account.day_of(lot.purchase_date),
        "Lot" if lot.quantity > 0 else "Sold without a purchase",
        lot.opening_transaction_id,
        amount,
    )


def _cost(position: Position, shown: list[Lot], count: int) -> Explained:
    if position.quantity < 0:
        # The cost of a negative lot is what its sale brought.
        formula = "More was sold than is recorded as bought, so nobody knows what it cost."
        return Explained("Cost", "amount", None, position.currency, formula=formula)
    figure = Explained("Cost", "amount", position.total_cost, position.currency, section="lots")
    return summed(figure, [_lot_term(position, lot, lot.remaining_cost) for lot in shown], count)


def _average(found: Evidence) -> Explained:
    position = found.position
    formula = "The cost of the open lots, divided by the quantity."
    if position.quantity <= 0:
        formula = "Nothing is held, so there is no average."
    return Explained(
        "Average cost",
        "price",
        position.avg_cost_basis,
        position.currency,
        formula=formula,
        fix=_fix_of_cost(found),
    )


def _fix_of_cost(found: Evidence) -> str:
    """Where the first missing cost can be entered."""
    if found.position.total_cost is not None:
        return ""
    lot = costless_lot(found.open_lots)
    return (
        reverse("transactions:transaction-edit", args=[lot.opening_transaction_id]) if lot else ""
    )


def _realized(found: Evidence) -> Explained:
    position = found.position
    shown, count = found.first_realizing
    rows = [disposal_row(position.account, one) for one in shown]
    terms = [Term(row.sold, f"{row.kind} of a lot", row.sold_by, row.disposal.gain) for row in rows]
    figure = Explained(
        "Realised gain", "gain", position.realized_pl, position.currency, section="disposals"
    )
    if position.quantity < 0:
        # What is sold without a purchase has brought a gain that nobody knows.
        figure = replace(figure, unknown=1)
    return summed(figure, terms, count)


class Charge(NamedTuple):
    label: str
    currency: str
    figure: Figure
    rows: TransactionQuerySet
    amount_in: Callable[[Transaction, str], Decimal | None]


def _charges(found: Evidence) -> list[Explained]:
    """Income, fees and taxes, each per currency; those without any row are left out."""
    rows = found.ledger.newest_first().annotate(payer=ledger_sums.PAYER)
    groups = ledger_sums.groups(found.ledger)
    charges = [
        Charge(label, currency, figure, rows.filter(rows_in(currency)), amount_in)
        for label, figures, rows_in, amount_in in (
            ("Income", ledger_sums.income(groups), income_in, income_of),
            ("Fees", ledger_sums.fees(groups), fees_in, fee_of),
            ("Taxes", ledger_sums.taxes(groups), taxes_in, tax_of),
        )
        for currency, figure in sorted(figures.items())
    ]
    heads = heads_of([charge.rows for charge in charges])
    return [_charge(charge, head) for charge, head in zip(charges, heads, strict=True)]


def income_in(currency: str) -> Q:
    return Q(transaction_type__in=[kind.value for kind in INCOME], currency=currency)


def fees_in(currency: str) -> Q:
    return (~Q(fee=0) & Q(payer=currency)) | (
        Q(transaction_type=Kind.FEE.value, currency=currency)
        & (Q(quantity__isnull=True) | Q(total_amount__isnull=False))
    )


def taxes_in(currency: str) -> Q:
    return (~Q(tax=0) | Q(transaction_type=Kind.TAX.value)) & Q(currency=currency)


def income_of(row: Transaction, currency: str) -> Decimal | None:
    return row.total_amount


def fee_of(row: Transaction, currency: str) -> Decimal | None:
    charged = row.fee if (row.fee_currency or row.currency) == currency else ZERO
    if row.kind is not Kind.FEE or row.currency != currency:
        return charged
    return None if row.total_amount is None else EXACT.add(charged, row.total_amount)


def tax_of(row: Transaction, currency: str) -> Decimal | None:
    if row.kind is not Kind.TAX:
        return row.tax
    return None if row.total_amount is None else EXACT.add(row.tax, row.total_amount)


def _charge(charge: Charge, head: Head[Transaction]) -> Explained:
    figure = Explained(
        charge.label,
        "amount",
        charge.figure.amount,
        charge.currency,
        section="transactions",
        unknown=charge.figure.unknown,
    )
    terms = [
        Term(row.trade_date, KIND_LABELS[row.kind], row.pk, charge.amount_in(row, charge.currency))
        for row in head.rows
    ]
    return summed(figure, terms, head.total)


def summed(figure: Explained, terms: list[Term], count: int) -> Explained:
    """The figure with its first terms; what the others add up to follows from its value."""
    unknown = next((term for term in terms if term.amount is None), None)
    rest = None
    if figure.value is not None:
        rest = EXACT.subtract(figure.value, exact_sum(term.amount or ZERO for term in terms))
    return replace(
        figure,
        terms=terms,
        more=count - len(terms),
        rest=rest,
        fix=reverse("transactions:transaction-edit", args=[unknown.transaction]) if unknown else "",
    )


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total
