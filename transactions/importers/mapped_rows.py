"""The rows of a table whose columns and words a person explained; see ``layouts``.

What a transaction needs, and what a currency and an instrument are, is decided by the rules of our own CSV.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from pricing.currencies import is_money
from pricing.money import EXACT, ONE, ZERO
from transactions.cancellations import cancelling_id
from transactions.importers.base import (
    Outcome,
    ParsedTransaction,
    RowError,
    Security,
    Stated,
)
from transactions.importers.coins import Coins, Event, Leg
from transactions.importers.generic_csv import check, currency_of, security_of
from transactions.importers.layouts import (
    EXCHANGE,
    IGNORE,
    MONEY,
    TRADE,
    UNITS,
    Role,
)
from transactions.importers.mapped_cells import (
    LONGEST_TICKER,
    QUOTE_COINS,
    CellReader,
    Cells,
    is_coin,
    isin_in,
    left_out,
    meaning_of,
    unit_in,
)
from transactions.importers.mapping_words import takes_back
from transactions.kinds import CASH_SIGN, MOVES_UNITS, Kind

HUNDREDTH = Decimal("0.01")
# Behind some names is the trade, “Vodafone 40 @ 70.5”, so that they would be another each time.
_TRADED = re.compile(r"(?:\s+[\d.,]+)?\s*@\s*(?:[A-Z]{3}\s*)?[\d.,]+\s*$")
# And in front of some the payment, “Reversal of DIV: Vodafone”.
_PAID = re.compile(r"(?:\w+ of )?(?:div|dividend|int|interest)\s*:\s*", re.IGNORECASE)
# With these the signs tell the kind, and the amount is a size.
_BY_SIGN = frozenset({TRADE, MONEY, EXCHANGE})
_TRADES = frozenset({Kind.BUY, Kind.SELL})
_IN_UNITS = {Kind.DEPOSIT: Kind.TRANSFER_IN, Kind.WITHDRAWAL: Kind.TRANSFER_OUT}
_TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
# With an amount these move money alone, whatever number of shares the row mentions.
_MONEY_ONLY = frozenset({*_IN_UNITS, Kind.INTEREST, Kind.FEE, Kind.TAX})
# A row of these is of an instrument, which its name tells where there is no ticker.
_OF_UNITS = MOVES_UNITS | {Kind.DIVIDEND, Kind.RETURN_OF_CAPITAL}


@dataclass(slots=True)
class _Told:
    """What the cells of one row tell."""

    meaning: str
    kind: Kind
    ticker: str
    currency: str
    quantity: Decimal | None
    price: Decimal | None
    stated: Decimal | None
    is_signed: bool
    fee: Decimal
    fee_unit: str
    tax: Decimal

    @property
    def is_size(self) -> bool:
        return self.meaning in _BY_SIGN or self.kind in _TRADES


class Rows:
    """Reads one row after another; what repeats in a file is looked up once."""

    def __init__(self, name: str, reader: CellReader) -> None:
        self.name = name
        self.reader = reader
        self.layout = layout = reader.layout
        self.security = lru_cache(maxsize=None)(security_of)
        columns = layout.columns.keys()
        self.has_units = not columns.isdisjoint({*UNITS, Role.TICKER, Role.ISIN})
        self.coins = Coins()
        self.currency = lru_cache(maxsize=None)(currency_of)

    def read(self, line: int, record: list[str]) -> Sequence[Outcome]:
        cells = self.reader.cells(record)
        meaning = self._meaning(cells)
        if meaning == IGNORE:
            return [left_out(line, cells)]
        told = self._told(cells, meaning)
        if told.kind in _TRADES and (told.currency in QUOTE_COINS or is_coin(told.fee_unit)):
            return self._in_coins(line, told, cells)
        self._turn_to_units(told, cells)
        return [self._transaction(line, told, cells)]

    def _in_coins(self, line: int, told: _Told, cells: Cells) -> Sequence[Outcome]:
        """A trade for coins, or with a fee in coins, as those of exchanges are."""
        paid = told.stated
        if paid is None and told.quantity and told.price:
            paid = EXACT.multiply(told.quantity, told.price)
        if not (told.quantity and paid and told.ticker):
            raise RowError("a trade of coins needs a coin, a quantity and an amount or price")
        bought = Leg(told.quantity.copy_abs(), told.ticker)
        given = Leg(paid.copy_abs(), told.currency or self.layout.currency)
        fees = [Leg(told.fee, told.fee_unit or given.asset)] if told.fee else []
        when, _ = self.reader.when(cells.date, cells.time)
        money = self.layout.currency or given.asset
        event = Event(line, when, money, cells.id, cells.description or cells.word)
        if told.kind is Kind.BUY:
            return self.coins.exchange(event, [given], [bought], fees)
        return self.coins.exchange(event, [bought], [given], fees)

    def _transaction(self, line: int, told: _Told, cells: Cells) -> ParsedTransaction:
        reader = self.reader
        code, factor = self.currency(told.currency or self.layout.currency)
        factor = self._in_major_units(told, factor)
        security = self._security(told, cells)
        quantity = _quantity(told, cells.word)
        amount = self._amount(told, quantity, security)
        check(told.kind, security, quantity, has_amount=amount is not None)
        fee, tax = told.fee, told.tax
        other = told.fee_unit if fee and told.fee_unit != code else ""
        if factor is not ONE:
            amount = None if amount is None else EXACT.multiply(amount, factor)
            fee, tax = EXACT.multiply(fee, factor), EXACT.multiply(tax, factor)
        when, has_time = reader.when(cells.date, cells.time)
        id = cells.id
        if told.meaning == TRADE and takes_back(cells.word.casefold()):
            id = cancelling_id(id, "")
        return ParsedTransaction(
            line, when, told.kind, code, amount, security, quantity, told.price or None, fee or ZERO, other,
            tax or ZERO, reader.number(Role.FX_RATE, cells.fx_rate), has_time, id, "",
            cells.description or (cells.name if security is None else "") or cells.word,
        )  # fmt: skip

    def balance(self, line: int, record: list[str]) -> Iterator[Stated]:
        """What the account holds after the row; nothing where the row does not say it."""
        with suppress(ValueError):
            cells = self.reader.cells(record)
            stated = self.reader.number(Role.BALANCE, cells.balance)
            code, factor = self.currency(cells.currency or self.layout.currency)
            when, _ = self.reader.when(cells.date, cells.time)
            if stated is not None:
                yield Stated(line, when, EXACT.multiply(stated, factor), code)

    def _meaning(self, cells: Cells) -> str:
        found = meaning_of(self.layout, self.name, cells)
        if not found:
            return MONEY if self.layout.columns.keys().isdisjoint(UNITS) else TRADE
        if found in MOVES_UNITS and not self.has_units:
            # Where nothing tells what and how many, only the money is known.
            return MONEY
        return found

    def _told(self, cells: Cells, meaning: str) -> _Told:
        reader = self.reader
        ticker, currency = reader.traded(cells)
        quantity = reader.units(cells)
        price = reader.number(Role.PRICE, cells.price)
        stated, is_signed = reader.paid(cells), True
        if stated is None:
            stated = reader.number(Role.AMOUNT, cells.amount)
            is_signed = self.layout.is_signed
        elif stated > 0 and meaning == Kind.BUY:
            raise RowError(
                f"money came in for a purchase; let the sign tell what “{cells.word}” means"
            )
        unit = (cells.fee_currency or unit_in(cells.fee)).upper()
        fee = (reader.number(Role.FEE, cells.fee) or ZERO).copy_abs()
        tax = (reader.number(Role.TAX, cells.tax) or ZERO).copy_abs()
        kind = _kind(meaning, quantity, stated, is_signed=is_signed)
        return _Told(
            meaning,
            kind,
            ticker,
            currency,
            quantity,
            price,
            stated,
            is_signed,
            fee,
            unit,
            tax,
        )

    def _turn_to_units(self, told: _Told, cells: Cells) -> None:
        """A wallet states how much of which currency or coin was moved, and what it was worth then."""
        if told.kind is Kind.INTEREST and self._is_of_coins(told):
            told.kind = Kind.STAKING
        if told.kind not in _IN_UNITS or not told.quantity:
            return
        if told.stated is not None and self.reader.names_isins:
            # Of shares the number is told beside the money that they earned.
            return
        if is_money(told.ticker.upper()):
            if told.stated is None:
                told.stated, told.currency = told.quantity.copy_abs(), told.ticker.upper()
                told.is_signed = False
        elif told.ticker or cells.isin:
            # What the network took is part of what was sent.
            told.kind, told.stated, told.fee = _IN_UNITS[told.kind], None, ZERO

    def _is_of_coins(self, told: _Told) -> bool:
        is_coin = bool(told.quantity and told.ticker) and not is_money(told.ticker.upper())
        return is_coin and not self.reader.names_isins

    def _in_major_units(self, told: _Told, factor: Decimal) -> Decimal:
        """The factor of the amounts; the price is brought into the unit of the currency."""
        price_factor = factor
        if self.reader.is_in_hundredths(told.quantity, told.price, told.stated):
            price_factor, factor = HUNDREDTH, ONE
        if told.price is not None and price_factor is not ONE:
            told.price = EXACT.multiply(told.price, price_factor)
        return factor

    def _security(self, told: _Told, cells: Cells) -> Security | None:
        if told.meaning == EXCHANGE and self._is_of_coins(told):
            raise RowError(f"“{told.ticker}” is no currency; give “{cells.word}” another meaning")
        if told.kind in _IN_UNITS or told.meaning == EXCHANGE:
            return None
        name = cells.name or (cells.description if self.layout.is_text else "")
        name = _TRADED.sub("", name)
        name = name[paid.end() :] if (paid := _PAID.match(name)) else name
        isin = cells.isin.upper()
        if not isin:
            isin, name = isin_in(name)
        if not told.ticker and not isin:
            # A fee, or money that is sent, with a text in the column of names is of no instrument.
            is_of_one = told.kind in _OF_UNITS and (
                bool(told.quantity) or told.kind not in _TRANSFERS
            )
            return self.security(name[:LONGEST_TICKER], "", name) if is_of_one else None
        return self.security(told.ticker, isin, name)

    def _amount(
        self, told: _Told, quantity: Decimal | None, security: Security | None
    ) -> Decimal | None:
        """Gross, in the direction of the kind; see ParsedTransaction."""
        if told.stated is None:
            # Of a trade of which only quantity and price are stated.
            if told.kind not in _TRADES or quantity is None or told.price is None:
                return None
            return EXACT.multiply(quantity, told.price)
        if told.kind in _TRANSFERS and security is not None and not told.stated:
            # Nobody gives shares away for nothing: the file does not say what they had cost.
            return None
        amount, sign = told.stated, CASH_SIGN[told.kind]
        if told.is_size or not sign:
            amount = amount.copy_abs()
        elif told.is_signed and sign < 0:
            amount = amount.copy_negate()
        charges = EXACT.add(ZERO if is_coin(told.fee_unit) else told.fee, told.tax)
        if not self.layout.has_fees or not charges:
            return amount
        # What came in is less by the charges, what went out is more.
        return EXACT.add(amount, charges) if sign > 0 else EXACT.subtract(amount, charges)


def _kind(
    meaning: str, quantity: Decimal | None, amount: Decimal | None, *, is_signed: bool
) -> Kind:
    if meaning in {MONEY, EXCHANGE} or (meaning == TRADE and not quantity):
        moved = quantity if amount is None else amount
        if moved is None:
            raise RowError("there is neither a quantity nor an amount whose sign tells the type")
        if meaning == EXCHANGE:
            return Kind.TRANSFER_IN if moved > 0 else Kind.TRANSFER_OUT
        return Kind.DEPOSIT if moved > 0 else Kind.WITHDRAWAL
    if meaning == TRADE:
        # Some files have quantities without sign; then the money tells.
        is_paid = is_signed and amount is not None and amount > 0
        is_sale = quantity < 0 or is_paid  # type: ignore[operator]
        return Kind.SELL if is_sale else Kind.BUY
    return Kind(meaning)


def _quantity(told: _Told, word: str) -> Decimal | None:
    if not told.quantity or (told.stated is not None and told.kind in _MONEY_ONLY):
        return None
    if told.kind is Kind.SPLIT:
        return told.quantity
    if told.quantity < 0 and told.kind is Kind.BUY:
        raise RowError(
            f"the quantity {told.quantity:f} of a purchase is negative; "
            f"let the sign tell what “{word}” means"
        )
    return told.quantity.copy_abs()
