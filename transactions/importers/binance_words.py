"""The operations of Binance's statement, and what each makes of its rows."""

import re
from enum import Enum
from functools import lru_cache


class Rule(Enum):
    """What an operation is. The values of sides of trades say which sides belong together."""

    TRADE = "trade"
    BUY = "buy"
    SELL = "sell"
    FIAT = "fiat"
    CONVERT = "convert"
    DUST = "dust"
    INVEST = "invest"
    FEE = "fee"
    RENAMED = "renamed"
    GIVEN = "given"
    EARNED = "earned"
    MOVED = "moved"
    PAID = "paid"
    RESULT = "result"
    HELD = "held"


# Sides of one trade have one moment; money waits for the bank to confirm it.
SIDES = frozenset(
    {Rule.TRADE, Rule.BUY, Rule.SELL, Rule.FIAT, Rule.CONVERT, Rule.DUST, Rule.INVEST}
)
_NAMES = {
    Rule.TRADE: ("buy", "sell", "transaction related", "large otc trading"),
    Rule.BUY: ("transaction buy", "transaction spend"),
    Rule.SELL: ("transaction sold", "transaction revenue"),
    Rule.FIAT: (
        "buy crypto",
        "buy crypto with fiat",
        "buy crypto with card",
        "sell crypto to fiat",
        "sell crypto for fiat",
        "convert fiat to crypto ocbs",
        "fiat ocbs - add fiat and fees",
    ),
    Rule.CONVERT: (
        "binance convert",
        "convert",
        "stablecoins auto-conversion",
        "eth 2.0 staking",
        "wbeth2.0 - staking",
        "sol staking - purchase",
        "sol staking - redemption",
        "rwusd - subscription",
        "rwusd - redemption",
        "bfusd subscription",
        "bfusd redemption",
        "leverage token redemption",
        "swap farming transaction",
        "liquid swap sell",
    ),
    Rule.DUST: (
        "small assets exchange bnb",
        "small assets exchange bnb (spot)",
        "small assets exchange",
    ),
    Rule.INVEST: ("auto-invest transaction", "auto invest transaction"),
    Rule.FEE: ("fee", "transaction fee"),
    Rule.RENAMED: ("token swap - redenomination/rebranding", "token swap - distribution"),
    Rule.GIVEN: (
        "distribution",
        "airdrop assets",
        "cash voucher",
        "commission history",
        "referral kickback",
        "commission fee shared with you",
        "referral commission",
        "launchpool earnings/airdrop",
        "launchpool earnings / airdrop",
        "crypto box",
        "simple earn flexible airdrop",
        "hodler airdrops distribution",
        "megadrop rewards",
        "campaign rewards",
    ),
    Rule.MOVED: (
        *("deposit", "crypto deposit", "fiat deposit", "withdraw", "withdrawal"),
        *("crypto withdrawal", "fiat withdraw", "fiat withdrawal", "send", "receive"),
        *("binance pay", "payment", "margin loan", "isolated margin loan", "margin repayment"),
        *("isolated margin repayment", "flexible loan - lending", "flexible loan - repayment"),
    ),
    # The money of these is elsewhere.
    Rule.PAID: ("p2p trading", "binance card spending", "c2c"),
    Rule.RESULT: (
        *("realized profit and loss", "realize profit and loss", "funding fee"),
        *("insurance fund compensation", "margin interest", "isolated margin interest"),
        *("bnb deducts fee", "cross margin liquidation - small assets takeover"),
    ),
    Rule.HELD: (
        *("savings purchase", "savings principal redemption", "pos savings purchase"),
        *("pos savings redemption", "staking purchase", "staking redemption"),
        *("launchpool subscription/redemption", "transfer_in", "transfer_out"),
        *("main and funding account transfer", "flexible loan - collateral transfer"),
        "flexible loan - asset transfer",
    ),
}
_RULES = {name: rule for rule, names in _NAMES.items() for name in names}
# Products come and go; their operations are named alike.
_ALIKE = (
    # A sub-account has a statement of its own.
    (re.compile(r"transfer between .*sub-?account.*"), Rule.MOVED),
    (re.compile(r"transfer (?:between|from|to) .*"), Rule.HELD),
    (
        re.compile(r"(?:simple earn|locked staking|defi staking) .*(?:subscription|redemption)"),
        Rule.HELD,
    ),
    (re.compile(r".*(?:interest|staking rewards?|locked rewards?|vault rewards?)"), Rule.EARNED),
    (
        re.compile(r".*(?:rewards?|airdrops?|rebate|voucher|cashback|bonus)(?: distribution)?"),
        Rule.GIVEN,
    ),
)


@lru_cache(maxsize=1024)
def rule_of(operation: str) -> Rule | None:
    """What an operation is, whatever its case; None for one that is not known."""
    name = " ".join(operation.lower().split())
    known = _RULES.get(name)
    if known is None:
        known = next((rule for pattern, rule in _ALIKE if pattern.fullmatch(name)), None)
    return known


def known_operations() -> str:
    return ", ".join(sorted(_RULES))
