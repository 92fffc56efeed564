"""The words of Koinly: names of columns, and what types and tags make of a row."""

import re
from typing import NamedTuple

from pricing.readers import has_columns
from transactions.kinds import Kind

LAYOUTS = (
    has_columns("Date (UTC)", "Type", "From Amount", "From Currency", "To Amount", "To Currency"),
    has_columns("Date", "Type", "In Amount", "In Currency", "Out Amount", "Out Currency"),
    has_columns(
        "Date", "Type", "Sent Amount", "Sent Currency", "Received Amount", "Received Currency"
    ),
)


class Cells(NamedTuple):
    """The cells of a record; ``COLUMNS`` has the names of their columns in the same order."""

    date: str
    type: str
    tag: str
    out: str
    out_currency: str
    into: str
    into_currency: str
    fee: str
    fee_currency: str
    fee_value: str
    value: str
    value_currency: str
    worth: str
    worth_currency: str
    missing_rates: str
    deleted: str
    id: str
    hash: str
    description: str


COLUMNS = (
    ("Date (UTC)", "Date"),
    ("Type",),
    ("Tag", "Label"),
    ("From Amount", "Out Amount", "Sent Amount"),
    ("From Currency", "Out Currency", "Sent Currency"),
    ("To Amount", "In Amount", "Received Amount"),
    ("To Currency", "In Currency", "Received Currency"),
    ("Fee Amount",),
    ("Fee Currency",),
    ("Fee Value (read-only)", "Fee Worth Amount"),
    ("Net Value (read-only)", "Net Value"),
    ("Value Currency (read-only)", "Value Currency"),
    ("Net Worth Amount",),
    ("Net Worth Currency",),
    ("Missing Rates (read-only)",),
    ("Deleted",),
    ("ID (read-only)",),
    ("TxHash",),
    ("Description",),
)
REQUIRED = ("Date (UTC)", "Type", "From Amount", "From Currency", "To Amount", "To Currency")
# ``Net Value(USD)``, ``Fee Value (EUR)``: the currency is in the name of the column.
FEE_VALUE, NET_VALUE = 9, 10
VALUE_IN = re.compile(r"(net|fee) value\s*\(([a-z]{3})\)", re.IGNORECASE)

# Types and tags are compared in lower_case with underscores.

# Also what a row is when both sides are filled; with one side they are at the net value.
BOUGHT = frozenset({"buy", "fiat_buy"})
SOLD = frozenset({"sell", "fiat_sell"})
TRADE = frozenset({*BOUGHT, *SOLD, "trade", "swap", "exchange"})
DEPOSIT = frozenset({"", "transfer", "deposit", "crypto_deposit", "fiat_deposit", "receive"})
WITHDRAWAL = frozenset(
    {"", "transfer", "withdrawal", "crypto_withdrawal", "fiat_withdrawal", "send"}
)
INCOME = {
    **dict.fromkeys(("staking", "staking_reward", "reward", "interest"), Kind.STAKING),
    **dict.fromkeys(("lending_interest", "loan_interest"), Kind.STAKING),
    "mining": Kind.MINING,
    **dict.fromkeys(("airdrop", "fork", "cashback", "fee_refund", "bonus"), Kind.AIRDROP),
    **dict.fromkeys(("income", "other_income", "salary"), Kind.AIRDROP),
    **dict.fromkeys(("realized_gain", "realized_pnl", "realized_p&l"), Kind.AIRDROP),
}
EXPENSES = frozenset(
    {
        *("fee", "cost", "tax", "margin_fee", "loan_fee", "interest_payment"),
        *("realized_gain", "realized_pnl", "realized_p&l"),
    }
)
PLAIN_IN = frozenset({"gift", "gift_received", "loan", "margin_loan", "swap"})
PLAIN_OUT = frozenset(
    {
        *("gift", "gift_sent", "donation", "lost", "stolen", "swap"),
        *("loan_repayment", "margin_repayment"),
    }
)
# Coins in a pool are the customer's; Koinly moves them to a wallet of its own.
POOL = frozenset(
    {
        *("sent_to_pool", "received_from_pool", "add_to_pool", "remove_from_pool"),
        *("stake", "unstake", "to_pool", "from_pool"),
    }
)
TYPES = tuple(sorted({*TRADE, *DEPOSIT, *WITHDRAWAL, *INCOME, *EXPENSES} - {""}))
