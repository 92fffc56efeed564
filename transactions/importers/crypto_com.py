"""Crypto.com: the transactions of the app as CSV (crypto wallet, and fiat wallet, which has the same header).

``Timestamp (UTC),Transaction Description,Currency,Amount,To Currency,To Amount,Native Currency,Native
Amount,Native Amount (in USD),Transaction Kind[,Transaction Hash]``. Newest first. The kind says what a row
is; the native amount is its worth in the customer's currency, as a rule without a sign.

Quirks: both sides of a purchase or sale are in one row, those of dust and of renamed coins in rows of one
second (``…_debited``, ``…_credited``). What was locked up or lent is still held. The exchange is another
account of the customer, so coins that go there leave. Purchases by card have no deposit: cash does not
add up.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from pricing.money import parse_number
from pricing.readers import Header, ImporterError, Source, has_columns
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    RowError,
)
from transactions.importers.coins import (
    ID_LENGTH,
    Coins,
    Event,
    Leg,
    is_fiat,
    summed,
    utc_instant,
)
from transactions.importers.figures import rejected, required
from transactions.importers.picking import Picker
from transactions.kinds import Kind

_REQUIRED = ("Timestamp (UTC)", "Currency", "Amount", "Transaction Kind")
_COLUMNS = (
    *(("Timestamp (UTC)",), ("Transaction Description",), ("Currency",), ("Amount",)),
    *(("To Currency",), ("To Amount",), ("Native Currency",), ("Native Amount",)),
    *(("Transaction Kind",), ("Transaction Hash",)),
)
_is_app_export = has_columns(*_REQUIRED, "To Currency", "Native Currency", "Native Amount")


class _Rule(Enum):
    TRADE = "trade"
    SIDE = "side"
    MOVED = "moved"
    EARNED = "earned"
    GIVEN = "given"
    HELD = "held"


_NAMES = {
    _Rule.TRADE: (
        *("crypto_purchase", "viban_purchase", "van_purchase", "xfers_purchase", "crypto_exchange"),
        *("crypto_viban_exchange", "crypto_to_van_sell_order", "recurring_buy_order"),
        # Coins that pay for something, or load the card, are sold at their value of that moment.
        *("card_top_up", "crypto_payment", "crypto_payment_refund"),
    ),
    _Rule.MOVED: (
        *("crypto_deposit", "crypto_withdrawal", "crypto_transfer", "crypto_to_exchange_transfer"),
        *("exchange_to_crypto_transfer", "admin_wallet_credited", "admin_wallet_debited"),
        *(
            "viban_deposit",
            "viban_withdrawal",
            "viban_card_top_up",
            "van_deposit",
            "van_withdrawal",
        ),
        *("invest_deposit", "invest_withdrawal"),
        "transfer.p2p_transfer.crypto_wallet.crypto_wallet.credit",
        "transfer.p2p_transfer.crypto_wallet.crypto_wallet.debit",
    ),
    _Rule.EARNED: ("mco_stake_reward", "staking_reward", "supercharger_reward_to_app_credited"),
    _Rule.GIVEN: ("rewards_platform_deposit_credited", "dynamic_coin_swap_bonus_exchange_deposit"),
    _Rule.HELD: (
        *("lockup_lock", "lockup_unlock", "lockup_upgrade", "supercharger_deposit"),
        *(
            "supercharger_withdrawal",
            "crypto_earn_program_created",
            "crypto_earn_program_withdrawn",
        ),
        "council_node_deposit_created",
    ),
}
_RULES = {name: rule for rule, names in _NAMES.items() for name in names}
# Newer kinds name the product and the wallet: finance.lockup.dpos_lock.crypto_wallet.
_ALIKE = (
    (re.compile(r"(?:finance|trading)\..*(?:lock|unlock|staking|unstaking)(?:\.\w+)?"), _Rule.HELD),
    (re.compile(r"trading\..*(?:_commit|crypto_purchase)(?:\.\w+)?"), _Rule.TRADE),
    (re.compile(r".*interest(?:_paid)?(?:\.\w+)?"), _Rule.EARNED),
    (
        re.compile(
            r".*(?:reward|cashback|rebate|bonus|referral_gift|referral_commission|reimbursement|airdrop)"
            r"(?:_reverted|_locked|_to_exchange_transfer)?(?:\.\w+)?"
        ),
        _Rule.GIVEN,
    ),
    (re.compile(r".*_(?:debited|credited)"), _Rule.SIDE),
)


class CryptoCom(Importer):
    format = "crypto-com"
    broker = "Crypto.com"
    tracks_cash = False

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_app_export) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_app_export)
        if header is None:
            raise ImporterError("The header line of a Crypto.com export is missing.")
        outcomes = _Export(header).outcomes(source.records(header))
        # In the order of the file, from which the order of equal instants follows.
        return iter(sorted(outcomes, key=attrgetter("line")))


class _Row(NamedTuple):
    line: int
    record: list[str]
    event: Event
    rule: _Rule
    leg: Leg
    gains: bool
    other: Leg | None


class _Export:
    """The state of reading one file."""

    def __init__(self, header: Header) -> None:
        self.picker = Picker(header, _COLUMNS, _REQUIRED)
        self.delimiter = header.delimiter
        self.coins = Coins()
        self.waiting: dict[tuple[str, str], list[_Row]] = {}

    def outcomes(self, records: Iterator[tuple[int, list[str]]]) -> Iterator[Outcome]:
        for line, cells in records:
            try:
                yield from self._outcomes(line, cells)
            except ValueError as error:
                yield rejected(line, error, cells, self.delimiter)
        for rows in self.waiting.values():
            try:
                yield from self._sides(rows)
            except ValueError as error:
                for row in rows:
                    yield rejected(row.line, error, row.record, self.delimiter)

    def _outcomes(self, line: int, record: list[str]) -> list[Outcome]:
        (time, text, coin, amount_cell, to, to_cell, money, worth, kind, id) = self.picker.cells(
            record
        )
        rule = _rule_of(kind)
        if rule is None:
            raise RowError(f"the kind “{kind}” is not known; known are {', '.join(sorted(_RULES))}")
        if rule is _Rule.HELD:
            return [Ignored(line, "coins that are locked up, staked or lent are still held")]
        amount = required(amount_cell, "Amount")
        if not amount:
            return [Ignored(line, "nothing moved")]
        value = _size(worth) if money else None
        event = Event(line, utc_instant(time), money or "USD", id[:ID_LENGTH], text or kind)
        leg, to_amount = Leg(amount.copy_abs(), coin, value), _size(to_cell)
        # A payment repeats its own coin there.
        other = Leg(to_amount, to, value) if to_amount and to != coin else None
        row = _Row(line, record, event, rule, leg, amount > 0, other)
        if rule is _Rule.SIDE:
            # dust_conversion_debited and dust_conversion_credited of one second.
            self.waiting.setdefault((kind.rpartition("_")[0], time), []).append(row)
            return []
        return [*self._single(row)]

    def _single(self, row: _Row) -> list[ParsedTransaction]:
        if row.rule is _Rule.TRADE:
            return self._trade(row)
        if row.rule is _Rule.MOVED or not row.gains:
            # A reward that was taken back leaves like coins that are sent.
            return self.coins.moved(row.event, row.leg, row.gains)
        kind = Kind.STAKING if row.rule is _Rule.EARNED else Kind.AIRDROP
        return [self.coins.income(row.event, row.leg, kind)]

    def _trade(self, row: _Row) -> list[ParsedTransaction]:
        if row.other is not None:
            return self.coins.exchange(row.event, [row.leg], [row.other])
        if is_fiat(row.leg.asset):
            return self.coins.moved(row.event, row.leg, row.gains)
        kind = Kind.BUY if row.gains else Kind.SELL
        return [self.coins.units(row.event, kind, row.leg, row.leg.value)]

    def _sides(self, rows: list[_Row]) -> list[Outcome]:
        event = rows[0].event._replace(merged_lines=tuple(row.line for row in rows[1:]))
        out = summed(row.leg for row in rows if not row.gains)
        into = summed(row.leg for row in rows if row.gains)
        return [*self.coins.exchange(event, out, into)]


@lru_cache(maxsize=1024)
def _rule_of(kind: str) -> _Rule | None:
    name = kind.lower()
    known = _RULES.get(name)
    if known is None:
        known = next((rule for pattern, rule in _ALIKE if pattern.fullmatch(name)), None)
    return known


def _size(text: str) -> Decimal | None:
    """A size; None for nothing and for the 0 that stands where no price is known."""
    value = parse_number(text) if text else None
    return value.copy_abs() if value else None
