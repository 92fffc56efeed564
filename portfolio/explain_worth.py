"""Where the figures of a position in another currency come from: its rows at the rates of their days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from portfolio.evidence import Evidence
from portfolio.explain import Explained, Term, summed
from portfolio.gains import product, realized_gain
from portfolio.listing import PositionRow, disposal_row
from portfolio.rated import FixedRates
from pricing.templatetags.money import money, quantity


def converted(found: Evidence, row: PositionRow, wanted: str) -> list[Explained]:
    """Cost and realised gain in the wanted currency; none where the position is in it anyway."""
    if found.position.currency == wanted:
        return []
    # Read only where the account is in a third currency: else lots keep the rates.
    rates = FixedRates(wanted, {found.position.currency}, date.min, row.market.day)
    figures = [_gains(found, row, rates)]
    return [_costs(found, row, rates), *figures] if row.held.is_open else figures


def _costs(found: Evidence, row: PositionRow, rates: FixedRates) -> Explained:
    position, account, wanted = found.position, found.position.account, rates.wanted
    shown, count = found.first_open_lots
    days = [account.day_of(lot.purchase_date) for lot in shown]
    terms = []
    for lot, day in zip(shown, days, strict=True):
        rate = rates.of(account.currency, position.currency, lot.account_rate, day)
        amount = _times(lot.remaining_cost, rate)
        text = f"{money(lot.remaining_cost, position.currency)} × {_written(rate)}"
        terms.append(Term(day, text, lot.opening_transaction_id, amount))
    value = row.held.holding.cost if row.held.holding.quantity > 0 else None
    return summed(
        Explained(f"Cost in {wanted}", "amount", value, wanted, section="lots"), terms, count
    )


def _gains(found: Evidence, row: PositionRow, rates: FixedRates) -> Explained:
    position, account, wanted = found.position, found.position.account, rates.wanted
    shown, count = found.first_realizing
    bought = [account.day_of(one.lot.purchase_date) for one in shown]
    closed = [one.closing_transaction.trade_date for one in shown]
    terms = []
    for one, bought_on, closed_on in zip(shown, bought, closed, strict=True):
        paid = rates.of(account.currency, position.currency, one.lot.account_rate, bought_on)
        sold = rates.of(account.currency, position.currency, one.account_rate, closed_on)
        if one.lot.quantity < 0:
            # Units that were sold before they were bought: the lot is the sale.
            sold, paid = paid, sold
        told = disposal_row(account, one)
        proceeds, cost = (money(part, position.currency) for part in (one.proceeds, one.cost))
        text = f"{proceeds} × {_written(sold)} − {cost} × {_written(paid)}"
        amount = realized_gain(one.proceeds, one.cost, sold, paid).total
        terms.append(Term(told.sold, text, told.sold_by, amount))
    label, value = f"Realised gain in {wanted}", row.held.realized.total
    unknown = int(row.held.holding.quantity < 0)
    figure = Explained(label, "gain", value, wanted, section="disposals", unknown=unknown)
    return summed(figure, terms, count)


def _times(amount: Decimal | None, rate: Decimal | None) -> Decimal | None:
    return None if amount is None or rate is None else product(amount, rate)


def _written(rate: Decimal | None) -> str:
    """A quotient has dozens of digits; nobody reads more than those that a quantity is written with."""
    return "an unknown rate" if rate is None else quantity(rate)
