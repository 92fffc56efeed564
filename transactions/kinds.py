"""What a transaction is: the vocabulary shared by models, importers and the lot engine.

Amounts are positive in the direction that the kind names and negative when they reverse it: a
DIVIDEND of -5 is a dividend taken back, a TAX of -5 a refund. ``CASH_SIGN`` gives the direction of
the money: +1 comes into the account's cash, -1 leaves it, 0 moves none.
"""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from pricing.money import ZERO


class Kind(StrEnum):
    BUY = "BUY"
    SELL = "SELL"
    DIVIDEND = "DIVIDEND"
    INTEREST = "INTEREST"
    FEE = "FEE"
    TAX = "TAX"
    DEPOSIT = "DEPOSIT"
    WITHDRAWAL = "WITHDRAWAL"
    TRANSFER_IN = "TRANSFER_IN"
    TRANSFER_OUT = "TRANSFER_OUT"
    SPLIT = "SPLIT"
    RETURN_OF_CAPITAL = "RETURN_OF_CAPITAL"
    STAKING = "STAKING"
    AIRDROP = "AIRDROP"
    MINING = "MINING"


# Income paid in units of the instrument itself: income at market value, and a lot at that value.
INCOME_IN_KIND = frozenset({Kind.STAKING, Kind.AIRDROP, Kind.MINING})
INCOME = frozenset({Kind.DIVIDEND, Kind.INTEREST, *INCOME_IN_KIND})
# These need an instrument and a quantity.
ACQUISITIONS = frozenset({Kind.BUY, *INCOME_IN_KIND})
MOVES_UNITS = frozenset({*ACQUISITIONS, Kind.SELL, Kind.TRANSFER_IN, Kind.TRANSFER_OUT, Kind.SPLIT})

CASH_SIGN: dict[Kind, int] = {
    Kind.BUY: -1,
    Kind.SELL: 1,
    Kind.DIVIDEND: 1,
    Kind.INTEREST: 1,
    Kind.FEE: -1,
    Kind.TAX: -1,
    Kind.DEPOSIT: 1,
    Kind.WITHDRAWAL: -1,
    # A transfer without an instrument moves money: one leg of a currency conversion, or cash between
    # own accounts. With an instrument it moves units and no money.
    Kind.TRANSFER_IN: 1,
    Kind.TRANSFER_OUT: -1,
    Kind.SPLIT: 0,
    Kind.RETURN_OF_CAPITAL: 1,
    Kind.STAKING: 0,
    Kind.AIRDROP: 0,
    Kind.MINING: 0,
}

# Direction of the units, for rows with an instrument; the quantity of a split has a sign of its own.
UNIT_SIGN: dict[Kind, int] = {
    **dict.fromkeys(ACQUISITIONS, 1),
    Kind.TRANSFER_IN: 1,
    Kind.SPLIT: 1,
    Kind.SELL: -1,
    Kind.TRANSFER_OUT: -1,
    # With a quantity: a fee that was paid in units.
    Kind.FEE: -1,
}


KIND_LABELS = {
    Kind.BUY: "Buy",
    Kind.SELL: "Sell",
    Kind.DIVIDEND: "Dividend",
    Kind.INTEREST: "Interest",
    Kind.FEE: "Fee",
    Kind.TAX: "Tax",
    Kind.DEPOSIT: "Deposit",
    Kind.WITHDRAWAL: "Withdrawal",
    Kind.TRANSFER_IN: "Transfer in",
    Kind.TRANSFER_OUT: "Transfer out",
    Kind.SPLIT: "Split",
    Kind.RETURN_OF_CAPITAL: "Return of capital",
    Kind.STAKING: "Staking reward",
    Kind.AIRDROP: "Airdrop",
    Kind.MINING: "Mining",
}


class Money(NamedTuple):
    """The figures of a row; the fee is in ``fee_currency``, or in ``currency`` where that is empty."""

    amount: Decimal | None
    currency: str
    fee: Decimal
    fee_currency: str
    tax: Decimal


def moves_units_only(kind: Kind, *, has_instrument: bool, has_quantity: bool) -> bool:
    """Whether the amount of a row is no money: of a transfer of units, or a fee paid in units."""
    return has_instrument and (
        kind in {Kind.TRANSFER_IN, Kind.TRANSFER_OUT} or (kind is Kind.FEE and has_quantity)
    )


def cash_effects(kind: Kind, money: Money, *, units_only: bool) -> dict[str, Decimal]:
    """What a row does to the cash of its account, per currency; empty when it moves none.

    An unknown amount counts as none: the account's figures are marked incomplete elsewhere.
    """
    effects: dict[str, Decimal] = {}
    if not units_only and money.amount is not None:
        effects[money.currency] = CASH_SIGN[kind] * money.amount - money.tax
    elif money.tax:
        effects[money.currency] = -money.tax
    if money.fee:
        payer = money.fee_currency or money.currency
        effects[payer] = effects.get(payer, ZERO) - money.fee
    return effects
