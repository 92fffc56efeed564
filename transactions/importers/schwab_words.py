"""The actions of Charles Schwab's transactions, in the words of its exports.

Seen in real exports and in what other readers of them expect. Lower case, single blanks.
"""

from transactions.kinds import Kind

TRADES = {
    **dict.fromkeys(
        ("buy", "buy to open", "buy to close", "buy to cover", "reinvest shares"), Kind.BUY
    ),
    **dict.fromkeys(("sell", "sell short", "sell to open", "sell to close"), Kind.SELL),
}

# Money whose sign the amount has, as seen from the account.
SIGNED = {
    **dict.fromkeys(
        (
            *("cash dividend", "qualified dividend", "non-qualified div", "special dividend"),
            *("special qual div", "special non qual div", "dividend", "qual div reinvest"),
            *("reinvest dividend", "pr yr cash div", "pr yr div reinvest", "pr yr special div"),
            *("pr yr non-qual div", "pr yr non qual div", "pr yr qual div", "div adjustment"),
            *("long term cap gain", "short term cap gain", "long term cap gain reinvest"),
            *("short term cap gain reinvest", "substitute payment", "cash dividend adj"),
        ),
        Kind.DIVIDEND,
    ),
    **dict.fromkeys(
        (
            *("credit interest", "bond interest", "margin interest", "bank interest"),
            *("cd interest", "interest adj", "debit interest", "interest"),
        ),
        Kind.INTEREST,
    ),
    **dict.fromkeys(("return of capital", "cash in lieu"), Kind.RETURN_OF_CAPITAL),
}

# Money that the account pays when the amount has a minus; without one it comes back.
PAID = {
    **dict.fromkeys(
        (
            *("nra tax adj", "nra withholding", "foreign tax paid", "foreign tax reclaim"),
            *("tax withholding", "backup withholding"),
        ),
        Kind.TAX,
    ),
    **dict.fromkeys(
        ("adr mgmt fee", "advisor fee", "service fee", "misc fee", "reorg fee"), Kind.FEE
    ),
}

DEPOSITS = frozenset(
    {
        *("moneylink transfer", "moneylink deposit", "moneylink adj", "wire sent", "wire funds"),
        *("wire received", "wire funds received", "wire funds adj", "funds received", "funds paid"),
        *("atm withdrawal", "visa purchase", "bill pay", "check", "deposit", "withdrawal"),
        *("schwab atm rebate", "promotional award", "misc cash entry", "misc credits"),
        *("direct deposit", "ach credit", "ach debit"),
    }
)

# Money or shares, moved between accounts or delivered; quantity or amount tells which.
MOVES = frozenset(
    {
        *("journal", "journaled shares", "internal transfer", "security transfer"),
        *("stock plan activity", "spin-off", "rights dist", "shares in", "shares out"),
    }
)

# Shares added to a holding, for nothing.
ADDED = frozenset({"stock split", "stock div dist"})

# Options that end without money; the sign of the quantity says what the position gains.
ENDED = frozenset({"expired", "assigned", "exchange or exercise"})

# The old shares out on one row, the new ones in on another.
EXCHANGES = frozenset(
    {
        *("reverse split", "stock merger", "name change", "symbol change", "cusip change"),
        *("conversion", "exchange", "mandatory reorg exc"),
    }
)

# One row with the money, one that takes the units out.
REDEMPTIONS = {
    "cash merger": "cash merger",
    "cash merger adj": "cash merger",
    "full redemption": "full redemption",
    "full redemption adj": "full redemption",
}

# The opposite trade takes it back.
CANCELLED = {"cancel buy": Kind.SELL, "cancel sell": Kind.BUY}

KNOWN = (
    "Buy, Sell (Short, to Open, to Close), Reinvest Shares, dividends, capital gains, interest, taxes"
    " and fees, MoneyLink Transfer, Wire, Journal, Internal and Security Transfer, Stock Plan Activity,"
    " Stock Split, Stock Div Dist, Reverse Split, Stock Merger, Name Change, Conversion, Spin-off,"
    " Cash Merger, Full Redemption, Cash In Lieu, Expired, Assigned, Cancel Buy and Cancel Sell"
)
