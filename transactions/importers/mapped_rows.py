"""The rows of a table whose columns and words a person explained; see ``layouts``.

What a transaction needs, and what a currency and an instrument are, is decided by the rules of our own CSV.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from pricing.currencies import is_money
from pricing.money import EXACT, ONE, ZERO, NumberError
from transactions.importers.base import (
    Ignored,
    Outcome,
    ParsedTransaction,
    RowError,
    Security,
    Stated,
)
from transactions.importers.figures import number
from transactions.importers.free_dates import moment
from transactions.importers.generic_csv import DAY_LENGTH, check, currency_of, security_of
from transactions.importers.layouts import IGNORE, MONEY, NOTHING, TRADE, UNITS, Layout, Role
from transactions.kinds import CASH_SIGN, MOVES_UNITS, Kind

LONGEST_TICKER = 40
_TRADES = frozenset({Kind.BUY, Kind.SELL})
_IN_UNITS = {Kind.DEPOSIT: Kind.TRANSFER_IN, Kind.WITHDRAWAL: Kind.TRANSFER_OUT}
_TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
# With an amount these move money alone, whatever number of shares the row mentions.
_MONEY_ONLY = frozenset({*_IN_UNITS, Kind.INTEREST, Kind.FEE, Kind.TAX})
# A row of these is of an instrument, which its name tells where there is no ticker.
_OF_UNITS = MOVES_UNITS | {Kind.DIVIDEND, Kind.RETURN_OF_CAPITAL}


class Cells(NamedTuple):
    """What a row has for each role, in their order."""

    date: str
    time: str
    type: str
    ticker: str
    isin: str
    name: str
    quantity: str
    price: str
    amount: str
    currency: str
    fee: str
    tax: str
    fx_rate: str
    id: str
    description: str
    paid_in: str
    paid_out: str
    units_in: str
    units_out: str
    balance: str


class Rows:
    """Reads one row after another; what repeats in a file is looked up once."""

    def __init__(self, name: str, layout: Layout) -> None:
        self.name = name
        self.layout = layout
        self.width = len(layout.header)
        # Roles without a column read the blank cell that is put at the end of every record.
        self.pick = itemgetter(*(layout.columns.get(role, self.width) for role in Role))
        self.security = lru_cache(maxsize=None)(security_of)
        self.currency = lru_cache(maxsize=None)(currency_of)
        self.when = lru_cache(maxsize=4096)(self._when)

    def read(self, line: int, record: list[str]) -> Outcome:
        cells = self._cells(record)
        meaning = self._meaning(cells.type)
        if meaning == IGNORE:
            return Ignored(line, f"the type “{cells.type}”, which the mapping leaves out")
        quantity = self._units(cells)
        price = self._number(Role.PRICE, cells.price)
        stated, is_signed = self._sum(cells, meaning)
        currency = cells.currency
        fee = (self._number(Role.FEE, cells.fee) or ZERO).copy_abs()
        tax = (self._number(Role.TAX, cells.tax) or ZERO).copy_abs()
        kind = _kind(meaning, quantity, stated, is_signed=is_signed)
        is_size = meaning in {TRADE, MONEY} or kind in _TRADES
        if kind in _IN_UNITS and stated is None and quantity and (cells.ticker or cells.isin):
            # A wallet states how much of which currency or coin was moved.
            if is_money(cells.ticker.upper()):
                stated, currency, is_size = quantity, cells.ticker.upper(), True
            else:
                kind = _IN_UNITS[kind]
        code, factor = self.currency(currency or self.layout.currency)
        security = self._security(kind, cells, quantity)
        quantity = _quantity(kind, quantity, cells.type, has_amount=stated is not None)
        amount = _worth(kind, quantity, price)
        if stated is not None:
            amount = _gross(kind, stated, security, is_size=is_size, is_signed=is_signed)
            if amount is not None and self.layout.has_fees:
                amount = _without(amount, EXACT.add(fee, tax), kind)
        check(kind, security, quantity, has_amount=amount is not None)
        if factor is not ONE:
            price = None if price is None else EXACT.multiply(price, factor)
            amount = None if amount is None else EXACT.multiply(amount, factor)
            fee, tax = EXACT.multiply(fee, factor), EXACT.multiply(tax, factor)
        when, has_time = self.when(cells.date, cells.time)
        return ParsedTransaction(
            line, when, kind, code, amount, security, quantity, price, fee or ZERO, "", tax or ZERO,
            self._number(Role.FX_RATE, cells.fx_rate), has_time, cells.id, "",
            cells.description or (cells.name if security is None else "") or cells.type,
        )  # fmt: skip

    def balance(self, line: int, record: list[str]) -> Iterator[Stated]:
        """What the account holds after the row; nothing where the row does not say it."""
        with suppress(ValueError):
            cells = self._cells(record)
            stated = self._number(Role.BALANCE, cells.balance)
            code, factor = self.currency(cells.currency or self.layout.currency)
            when, _ = self.when(cells.date, cells.time)
            if stated is not None:
                yield Stated(line, when, EXACT.multiply(stated, factor), code)

    def _cells(self, record: list[str]) -> Cells:
        if len(record) != self.width:
            if any(map(str.strip, record[self.width :])):
                raise RowError(f"the row has {len(record)} cells, the header only {self.width}")
            record = [*record[: self.width], *[""] * (self.width - len(record))]
        cells = [text.strip() for text in self.pick([*record, ""])]
        if NOTHING.isdisjoint(cells):
            return Cells._make(cells)
        found = Cells._make("" if text in NOTHING else text for text in cells)
        # A word may be one of these.
        return found._replace(type=cells[Cells._fields.index("type")])

    def _meaning(self, word: str) -> str:
        if Role.TYPE not in self.layout.columns:
            # Without a column of types the signs say all.
            return MONEY if self.layout.columns.keys().isdisjoint(UNITS) else TRADE
        found = self.layout.kinds.get(word.casefold())
        if found is None:
            raise RowError(
                f"the type “{word}” has no meaning in the mapping “{self.name}” yet; give it one"
            )
        return found

    def _number(self, role: Role, text: str) -> Decimal | None:
        if not text:
            return None
        try:
            return number(text, self.layout.decimal)
        except NumberError as error:
            raise RowError(f"{role.value}: {error}") from error

    def _when(self, day: str, time: str) -> tuple[datetime, bool]:
        text = moment(day, time, self.layout.dates)
        try:
            return datetime.fromisoformat(text), len(text) > DAY_LENGTH
        except ValueError as error:
            order = {"y": "year", "m": "month", "d": "day"}
            parts = ", ".join(order[letter] for letter in self.layout.dates.value)
            shown = f"{day} {time}".strip()[:40]
            raise RowError(f"“{shown}” is not a date in the order {parts}") from error

    def _units(self, cells: Cells) -> Decimal | None:
        quantity = self._number(Role.QUANTITY, cells.quantity)
        if quantity is not None:
            return quantity
        return self._of_two(Role.UNITS_IN, cells.units_in, Role.UNITS_OUT, cells.units_out)

    def _sum(self, cells: Cells, meaning: str) -> tuple[Decimal | None, bool]:
        """How much money, and whether a minus says that it left."""
        moved = self._of_two(Role.PAID_IN, cells.paid_in, Role.PAID_OUT, cells.paid_out)
        if moved is not None:
            if moved > 0 and meaning == Kind.BUY:
                raise RowError(
                    f"money came in for a purchase; let the sign tell what “{cells.type}” means"
                )
            return moved, True
        return self._number(Role.AMOUNT, cells.amount), self.layout.is_signed

    def _of_two(self, into: Role, came: str, out: Role, went: str) -> Decimal | None:
        """What came in, or with a minus what went out, of two columns; None where both are blank."""
        gain, loss = self._number(into, came), self._number(out, went)
        if gain and loss:
            raise RowError(f"of the columns for in and out both have a figure, {came} and {went}")
        if not loss:
            return loss if gain is None else gain
        is_signed = self.layout.is_signed and out is Role.PAID_OUT
        return loss if is_signed else loss.copy_negate()

    def _security(self, kind: Kind, cells: Cells, quantity: Decimal | None) -> Security | None:
        if kind in _IN_UNITS:
            return None
        if not cells.ticker and not cells.isin:
            # A fee, or money that is sent, with a text in the column of names is of no instrument.
            is_of_one = kind in _OF_UNITS and (bool(quantity) or kind not in _TRANSFERS)
            name = cells.name[:LONGEST_TICKER]
            return self.security(name, "", cells.name) if is_of_one else None
        return self.security(cells.ticker, cells.isin.upper(), cells.name)


def _gross(
    kind: Kind, stated: Decimal, security: Security | None, *, is_size: bool, is_signed: bool
) -> Decimal | None:
    """In the direction of the kind, with the charges still in it; see ParsedTransaction."""
    if kind in _TRANSFERS and security is not None and not stated:
        # Nobody gives shares away for nothing: the file does not say what they had cost.
        return None
    sign = CASH_SIGN[kind]
    if is_size or not sign:
        return stated.copy_abs()
    return stated.copy_negate() if is_signed and sign < 0 else stated


def _without(amount: Decimal, charges: Decimal, kind: Kind) -> Decimal:
    """What came in is less by the charges, what went out is more."""
    if not charges:
        return amount
    return (EXACT.add if CASH_SIGN[kind] > 0 else EXACT.subtract)(amount, charges)


def _kind(
    meaning: str, quantity: Decimal | None, amount: Decimal | None, *, is_signed: bool
) -> Kind:
    if meaning == MONEY or (meaning == TRADE and not quantity):
        moved = quantity if amount is None else amount
        if moved is None:
            raise RowError("there is neither a quantity nor an amount whose sign tells the type")
        return Kind.DEPOSIT if moved > 0 else Kind.WITHDRAWAL
    if meaning == TRADE:
        # Some files have quantities without sign; then the money tells.
        is_paid = is_signed and amount is not None and amount > 0
        is_sale = quantity < 0 or is_paid  # type: ignore[operator]
        return Kind.SELL if is_sale else Kind.BUY
    return Kind(meaning)


def _quantity(kind: Kind, stated: Decimal | None, word: str, *, has_amount: bool) -> Decimal | None:
    if not stated or (has_amount and kind in _MONEY_ONLY):
        return None
    if kind is Kind.SPLIT:
        return stated
    if stated < 0 and kind is Kind.BUY:
        raise RowError(
            f"the quantity {stated:f} of a purchase is negative; let the sign tell what “{word}” means"
        )
    return stated.copy_abs()


def _worth(kind: Kind, quantity: Decimal | None, price: Decimal | None) -> Decimal | None:
    """The amount of a trade of which only quantity and price are stated."""
    if kind not in _TRADES or quantity is None or price is None:
        return None
    return EXACT.multiply(quantity, price)
